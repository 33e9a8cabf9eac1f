"""Letting a model answer: checked, copied, in use on every page at once; and undone."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.resources import model_registry, recommender
from pages.shared.session import add_notice
from recsys.errors import RecsysError
from recsys.jobs.map_job import start_map_job
from recsys.jobs.run_folder import RunFolder

__all__ = ["activate_model", "undo_activation"]


def activate_model(checkpoint: Path) -> None:
    """Let a checkpoint answer from now on; its map is drawn by a process of its own meanwhile."""
    try:
        place = model_registry().use(checkpoint, recommender().catalogue)
        st.toast(f"{recommender().name} answers now, on every page.", icon=":material/check:")
        if RunFolder(checkpoint.parent).is_run():
            start_map_job(checkpoint, also=place)  # there its snapshots are drawn too
        elif place != model_registry().shipped:
            start_map_job(place)
    except RecsysError as error:
        add_notice(str(error))


def undo_activation() -> None:
    """Let the model answer again that did before."""
    try:
        model_registry().undo()
        st.toast(f"{recommender().name} answers again.", icon=":material/undo:")
    except RecsysError as error:
        add_notice(str(error))
