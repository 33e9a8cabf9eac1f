"""Activation: put a checkpoint in use on every page, and undo that."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.error_boundary import guard_callback
from pages.shared.markdown import escape_markdown
from pages.shared.resources import model_registry, recommender
from recsys.jobs.map_job import start_map_job
from recsys.jobs.run_folder import RunFolder

__all__ = ["activate_model", "undo_activation"]


@guard_callback
def activate_model(checkpoint: Path) -> None:
    """Put a checkpoint in use, and start the process that computes its map.

    Args:
        checkpoint: folder of a checkpoint: of a run, or of an installed model.
    """
    folder = model_registry().use(checkpoint, recommender().catalogue)
    name = escape_markdown(recommender().name)
    st.toast(f"In use on every page: {name}", icon=":material/check:")
    if RunFolder(checkpoint.parent).is_run():
        start_map_job(checkpoint, copy_to=folder)  # the run's folder also gets the map over time
    elif folder != model_registry().shipped:
        start_map_job(folder)


@guard_callback
def undo_activation() -> None:
    """Put the model back in use that was in use before."""
    model_registry().undo()
    name = escape_markdown(recommender().name)
    st.toast(f"In use again: {name}", icon=":material/undo:")
