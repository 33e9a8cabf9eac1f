"""Models: which one answers, those that can, and checkpoints that go out and come in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.shared.file_cache import cached_card
from pages.shared.resources import drop_cached_model, model_registry, recommender
from pages.shared.run_follower import FollowedRun
from pages.shared.sidebar import quality
from pages.training.activate import activate_model, undo_activation
from recsys.errors import CheckpointError
from recsys.models.checkpoint_archive import pack_checkpoint

__all__ = ["draw_models"]

UPLOAD_MB = 500


def draw_models(_runs: Sequence[FollowedRun]) -> None:
    """Draw the model in use, the others, and the upload."""
    known = model_registry()
    in_use, before = known.in_use(), known.previous()
    if told := drop_cached_model():
        st.warning(told, icon=":material/warning:")
    st.subheader(f"{recommender().name} answers", anchor=False)
    told = quality(recommender().card)
    st.caption(told or "Its quality on new people was not measured.")
    if before is not None:
        st.button(
            f"Undo: let {_name(before)} answer again", icon=":material/undo:", on_click=undo_activation,
            key="undo-use",
        )  # fmt: skip
    st.divider()
    for place in known.listed():
        _draw_model(place, answers=place == in_use, shipped=place == known.shipped)
    _draw_upload()


def _name(place: Path) -> str:
    try:
        return str(cached_card(place).get("name", place.name))
    except CheckpointError:
        return place.name


def _draw_model(place: Path, *, answers: bool, shipped: bool) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    try:
        card = cached_card(place)
    except CheckpointError as error:
        left.caption(str(error))
        return
    data, training = card.get("data", {}), card.get("training", {})
    origin = "ships with the app" if shipped else f"made {str(card.get('created', ''))[:10]}"
    left.markdown(f"**{card.get('name', place.name)}**" + ("  ·  answers now" if answers else ""))
    left.caption(
        f"{origin} · {data.get('anime', 0):,} anime from {data.get('likes', 0):,} likes of "
        f"{data.get('users', 0):,} people · {training.get('steps', 0):,} steps"
    )
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Use", icon=":material/auto_awesome:", on_click=activate_model, args=(place,), disabled=answers,
            key=f"use-model-{place.name}",
        )  # fmt: skip
        st.download_button(
            "Download", lambda: pack_checkpoint(place), f"{place.name}.zip", "application/zip",
            icon=":material/download:", key=f"download-{place.name}", on_click="ignore",
            help="Card and tensors (safetensors) as a zip; nothing in it can run.",
        )  # fmt: skip


def _draw_upload() -> None:
    st.divider()
    files = st.file_uploader(
        "Add a checkpoint: its zip, or card.json with items.safetensors",
        ["zip", "json", "safetensors"], accept_multiple_files=True, key="checkpoint-files",
        max_upload_size=UPLOAD_MB,
    )  # fmt: skip
    if not files:
        return
    try:
        place = model_registry().add({file.name: file.getvalue() for file in files})
    except CheckpointError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.success(f"{_name(place)} is whole, and is listed above with the next change.")
    st.button("Use it now", on_click=activate_model, args=(place,), key="use-upload")
