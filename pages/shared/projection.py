"""The projection of the model in use, read once; making one is the terminal's work."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.resources import bundle, models
from recsys.serving.bundle import Bundle
from recsys.serving.projection import Projection, load_projection
from recsys.serving.projection.stored import PROJECTION

__all__ = ["projection"]


@st.cache_resource(max_entries=2, show_spinner=False)
def _projection(folder: str, stamp: int, key: str, _in_use: Bundle) -> Projection | None:  # noqa: ARG001 - the cache's key
    return load_projection(Path(folder), _in_use)


def projection() -> Projection | None:
    """Return the projection of the model in use, none where none was made yet.

    Raises:
        CheckpointError: it is torn or shows another model; the sentence says what to do.
    """
    folder, in_use = models().in_use(), bundle()
    path = folder / PROJECTION
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _projection(str(folder), stamp, in_use.key, in_use)
