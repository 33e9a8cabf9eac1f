"""Projections, read once; making one is the work of a process of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from recsys.embedding_map import EmbeddingMap, load_map
from recsys.embedding_map.io import PROJECTION
from recsys.embedding_map.timeline import TIMELINE, Timeline, load_timeline
from recsys.serving.recommender import Recommender

__all__ = ["cached_map", "cached_timeline"]


@st.cache_resource(max_entries=3, show_spinner=False)
def _projection(folder: str, stamp: int, key: str, _model: Recommender) -> EmbeddingMap | None:  # noqa: ARG001 - the cache's key
    return load_map(Path(folder), _model)


def cached_map(folder: Path, model: Recommender) -> EmbeddingMap | None:
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


def cached_timeline(folder: Path, finished: EmbeddingMap) -> Timeline | None:
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
