"""Letting a model answer: checked, copied, in use on every page at once; and undone."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.resources import bundle, models
from pages.shared.session import notice
from recsys.errors import RecsysError
from recsys.training.projecting import start_projection
from recsys.training.run_folder import RunFolder

__all__ = ["undo_use", "use"]


def use(checkpoint: Path) -> None:
    """Let a checkpoint answer from now on; its map is drawn by a process of its own meanwhile."""
    try:
        place = models().use(checkpoint, bundle().catalogue)
        st.toast(f"{bundle().name} answers now, on every page.", icon=":material/check:")
        if RunFolder(checkpoint.parent).is_run():
            start_projection(checkpoint, also=place)  # there its snapshots are drawn too
        elif place != models().shipped:
            start_projection(place)
    except RecsysError as error:
        notice(str(error))


def undo_use() -> None:
    """Let the model answer again that did before."""
    try:
        models().undo()
        st.toast(f"{bundle().name} answers again.", icon=":material/undo:")
    except RecsysError as error:
        notice(str(error))
