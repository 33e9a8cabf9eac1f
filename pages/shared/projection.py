"""Projections, read once; making one is the work of a process of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from recsys.serving.bundle import Bundle
from recsys.serving.projection import Projection, load_projection
from recsys.serving.projection.over_time import TIMELINE, Timeline, load_timeline
from recsys.serving.projection.stored import PROJECTION

__all__ = ["projection", "timeline"]


@st.cache_resource(max_entries=3, show_spinner=False)
def _projection(folder: str, stamp: int, key: str, _model: Bundle) -> Projection | None:  # noqa: ARG001 - the cache's key
    return load_projection(Path(folder), _model)


def projection(folder: Path, model: Bundle) -> Projection | None:
    """Return the projection of a model, none where none was made yet.

    Args:
        folder: of its checkpoint.
        model: that was loaded from there.

    Raises:
        CheckpointError: it is torn or shows another model; the sentence says what to do.
    """
    return _projection(str(folder), _stamp(folder / PROJECTION), model.key, model)


@st.cache_resource(max_entries=3, show_spinner=False)
def _timeline(folder: str, stamp: int, items_sha256: str) -> Timeline | None:  # noqa: ARG001 - as above
    return load_timeline(Path(folder), items_sha256)


def timeline(folder: Path, finished: Projection) -> Timeline | None:
    """Return how a map came about, none where that was not drawn.

    Args:
        folder: of the run.
        finished: the map.

    Raises:
        CheckpointError: it is torn.
    """
    return _timeline(str(folder), _stamp(folder / TIMELINE), finished.items_sha256)


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
