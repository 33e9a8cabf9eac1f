"""Cached resources that all sessions share: the model, the profile store, the title index."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.file_cache import FileVersion, file_version
from pages.shared.rerun_cache import once_per_rerun
from recsys import paths
from recsys.errors import CheckpointError, RecsysError
from recsys.models.checkpoint_folder import CARD, read_current
from recsys.profiles.store import ProfileStore
from recsys.serving.model_registry import ModelRegistry
from recsys.serving.recommender import Recommender, load_recommender

if TYPE_CHECKING:
    from recsys.data.title_search import TitleIndex

__all__ = [
    "active_model",
    "active_model_problem",
    "model_history",
    "model_registry",
    "profile_store",
    "recommender",
    "recommender_of",
    "title_index",
    "warm",
]


@st.cache_resource(max_entries=3, show_spinner=False)
def _recommender(checkpoint: FileVersion, catalogue: FileVersion) -> Recommender:
    return load_recommender(Path(checkpoint[0]).parent, Path(catalogue[0]))


def model_registry() -> ModelRegistry:
    """Return the models of this installation."""
    return ModelRegistry.default()


def recommender_of(checkpoint: Path) -> Recommender:
    """Return any model with the catalogue, without making it the active one.

    Args:
        checkpoint: folder of the model.

    Raises:
        CheckpointError, DataError: the model or the catalogue cannot be used.
    """
    catalogue = file_version(paths.catalogue_path())
    return read_current(
        checkpoint, lambda version: _recommender(file_version(version / CARD), catalogue)
    )


@once_per_rerun
def model_history() -> tuple[Path, ...]:
    """Return the folders of the models that were chosen, the present one last."""
    return model_registry().history()


@once_per_rerun
def active_model() -> tuple[Path, Recommender]:
    """Return the folder of the active model, and the model with the catalogue.

    The active model is the chosen one, or the shipped one if the chosen one cannot be used.

    Raises:
        CheckpointError, DataError: the model or the catalogue cannot be used.
    """
    registry, chosen = model_registry(), model_history()[-1]
    try:
        return chosen, recommender_of(chosen)
    except CheckpointError:
        if chosen == registry.shipped:
            raise
        return registry.shipped, recommender_of(registry.shipped)


def recommender() -> Recommender:
    """Return the active model with the catalogue.

    Raises:
        CheckpointError, DataError: the model or the catalogue cannot be used.
    """
    return active_model()[1]


def active_model_problem() -> str | None:
    """Return one sentence on why the chosen model cannot be used, or None if it can."""
    chosen = model_history()[-1]
    if chosen == model_registry().shipped:
        return None
    try:
        recommender_of(chosen)
    except CheckpointError as error:
        return f"{error} The shipped model is used instead."
    return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(url: str) -> ProfileStore:
    return ProfileStore.open(url)


def profile_store() -> ProfileStore:
    """Return the store of profiles.

    Raises:
        ProfileError: the database cannot be opened.
    """
    return _store(paths.profiles_url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _index(_model: Recommender, fingerprint: str) -> TitleIndex:  # noqa: ARG001 - the cache's key
    from recsys.data.title_search import TitleIndex  # noqa: PLC0415 - rapidfuzz, at the first search

    index = TitleIndex(_model.catalogue)
    exclude_from_gc()
    return index


def title_index() -> TitleIndex:
    """Return the search index over the catalogue's titles."""
    model = recommender()
    return _index(model, model.catalogue.fingerprint)


def warm() -> None:
    """Load what the first list needs. The first page shows a failure, so none is raised here."""
    try:
        profile_store()
        recommender()
    except RecsysError:
        return
    exclude_from_gc()


def exclude_from_gc() -> None:
    """Exclude all present objects from garbage collection.

    Streamlit collects garbage after every rerun and delays the last messages meanwhile. Objects
    that live as long as the server need no inspection each time.
    """
    gc.freeze()
