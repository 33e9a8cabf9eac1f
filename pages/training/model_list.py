"""Model list: the model in use, the installed models, and download and upload of checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.shared.error_boundary import error_boundary
from pages.shared.file_cache import cached_card
from pages.shared.markdown import escape_markdown
from pages.shared.resources import (
    active_model_problem,
    model_history,
    model_registry,
    recommender,
)
from pages.shared.sidebar import quality
from pages.shared.time_format import format_moment
from pages.training.activate import activate_model, undo_activation
from recsys.errors import CheckpointError
from recsys.models.checkpoint_archive import pack_checkpoint
from recsys.serving.model_registry import ModelRegistry

__all__ = ["draw_models"]

UPLOAD_MB = 500
UPLOADED = "checkpoint-uploaded"  # session: ids of the uploaded files, and the folder they are in


def draw_models() -> None:
    """Draw the model in use, the other models, and the upload."""
    registry = model_registry()
    models, upload = st.container(), st.container()
    with upload, error_boundary():  # first, so that a new checkpoint is in the list at once
        st.divider()
        _draw_upload()
    with models:
        _draw_installed(registry)


def _draw_installed(registry: ModelRegistry) -> None:
    *earlier, in_use = model_history()
    if problem := active_model_problem():
        st.warning(escape_markdown(problem), icon=":material/warning:")
    st.subheader(f"In use: {escape_markdown(recommender().name)}", anchor=False)
    st.caption(quality(recommender().card) or "Its quality for new people was not measured.")
    if earlier:
        st.button(
            f"Undo: use {escape_markdown(_name(earlier[-1]))} again", icon=":material/undo:",
            on_click=undo_activation, key="undo-use",
        )  # fmt: skip
    st.divider()
    for folder in registry.listed():
        with error_boundary():  # one unusable model does not hide the next
            _draw_model(folder, in_use=folder == in_use, shipped=folder == registry.shipped)


def _name(folder: Path) -> str:
    try:
        return str(cached_card(folder).get("name", folder.name))
    except CheckpointError:
        return folder.name


def _draw_model(folder: Path, *, in_use: bool, shipped: bool) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    try:
        card = cached_card(folder)
    except CheckpointError as error:
        left.caption(escape_markdown(str(error)))
        return
    data, training = card.get("data", {}), card.get("training", {})
    origin = "comes with the app" if shipped else _created(str(card.get("created", "")))
    left.markdown(f"**{escape_markdown(_name(folder))}**" + ("  ·  in use" if in_use else ""))
    left.caption(
        f"{origin} · {data.get('anime', 0):,} anime from {data.get('likes', 0):,} likes of "
        f"{data.get('users', 0):,} people · {training.get('steps', 0):,} steps"
    )
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Use", icon=":material/auto_awesome:", on_click=activate_model, args=(folder,),
            disabled=in_use, key=f"use-model-{folder.name}",
        )  # fmt: skip
        st.download_button(
            "Download", lambda: pack_checkpoint(folder), f"{folder.name}.zip", "application/zip",
            icon=":material/download:", key=f"download-{folder.name}", on_click="ignore",
            help="The card and the tensors (safetensors) as a zip. It contains no code.",
        )  # fmt: skip


def _created(text: str) -> str:
    try:
        return f"created {format_moment(datetime.fromisoformat(text))}"
    except ValueError:
        return "created at an unknown time"


def _draw_upload() -> None:
    """Draw the upload; an uploaded checkpoint is checked and installed once.

    Raises:
        CheckpointError: the files are no checkpoint, or a damaged one.
    """
    files = st.file_uploader(
        "Add a checkpoint: its zip, or card.json with items.safetensors and optionally "
        "users.safetensors",
        ["zip", "json", "safetensors"], accept_multiple_files=True, key="checkpoint-files",
        max_upload_size=UPLOAD_MB,
    )  # fmt: skip
    if not files:
        return
    folder = _install(files)
    st.success(f"{escape_markdown(_name(folder))} is valid and installed; it is in the list above.")
    st.button("Use it now", on_click=activate_model, args=(folder,), key="use-upload")


def _install(files: Sequence[UploadedFile]) -> Path:
    ids = tuple(file.file_id for file in files)
    installed: tuple[tuple[str, ...], Path] | None = st.session_state.get(UPLOADED)
    if installed is not None and installed[0] == ids and installed[1].exists():
        return installed[1]
    folder = model_registry().add({file.name: file.getvalue() for file in files})
    st.session_state[UPLOADED] = (ids, folder)
    return folder
