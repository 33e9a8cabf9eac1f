"""Map cache: projections and timelines, each read once; another process computes them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.file_cache import FileVersion, file_version
from recsys.embedding_map import EmbeddingMap, load_map
from recsys.embedding_map.timeline import TIMELINE, Timeline, load_timeline
from recsys.models.checkpoint_folder import PROJECTION, read_current
from recsys.serving.recommender import Recommender

__all__ = ["cached_map", "cached_timeline"]


@st.cache_resource(max_entries=3, show_spinner=False)
def _projection(file: FileVersion, key: str, _model: Recommender) -> EmbeddingMap | None:  # noqa: ARG001 - the cache's key
    return load_map(Path(file[0]).parent, _model)


def cached_map(folder: Path, model: Recommender) -> EmbeddingMap | None:
    """Return the projection of a model, or None if there is none yet.

    Args:
        folder: the folder of its checkpoint.
        model: the model that was loaded from that folder.

    Raises:
        CheckpointError: the projection is damaged or shows another model.
    """
    return read_current(
        folder,
        lambda version: _projection(file_version(version / PROJECTION), model.content_hash, model),
    )


@st.cache_resource(max_entries=3, show_spinner=False)
def _timeline(file: FileVersion, items_sha256: str) -> Timeline | None:
    return load_timeline(Path(file[0]).parent, items_sha256)


def cached_timeline(folder: Path, projection: EmbeddingMap) -> Timeline | None:
    """Return the map over a training, or None if there is none.

    Args:
        folder: the folder of the run.
        projection: the map of the finished model.

    Raises:
        CheckpointError: the file is damaged.
    """
    return _timeline(file_version(folder / TIMELINE), projection.items_sha256)
