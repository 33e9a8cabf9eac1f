"""What all sessions share, and the only caches: the recommender, the store, the title index."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.file_cache import FileVersion, file_version
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
    "drop_cached_model",
    "model_registry",
    "profile_store",
    "recommender",
    "recommender_of",
    "title_index",
    "warm",
]


@st.cache_resource(max_entries=3, show_spinner=False)
def _load(checkpoint: FileVersion, catalogue: FileVersion) -> Recommender:
    return load_recommender(Path(checkpoint[0]).parent, Path(catalogue[0]))


def model_registry() -> ModelRegistry:
    """Return the models of this installation."""
    return ModelRegistry.default()


def recommender_of(checkpoint: Path) -> Recommender:
    """Return any model with the catalogue, to look at; it does not answer.

    Raises:
        CheckpointError, DataError: they cannot be used; the sentence says why.
    """
    catalogue = file_version(paths.catalogue_path())
    return read_current(checkpoint, lambda version: _load(file_version(version / CARD), catalogue))


def active_model() -> tuple[Path, Recommender]:
    """Return the folder of the model that answers, and the model with its catalogue.

    It is the one in use, or the one that ships where that is broken.

    Raises:
        CheckpointError, DataError: they cannot be used; the sentence says why.
    """
    known = model_registry()
    chosen = known.in_use()
    try:
        return chosen, recommender_of(chosen)
    except CheckpointError:
        if chosen == known.shipped:
            raise
        return known.shipped, recommender_of(known.shipped)


def recommender() -> Recommender:
    """Return the model that answers, with its catalogue.

    Raises:
        CheckpointError, DataError: they cannot be used; the sentence says why.
    """
    return active_model()[1]


def drop_cached_model() -> str | None:
    """Return why the chosen model does not answer, in one sentence; none where it does."""
    known = model_registry()
    chosen = known.in_use()
    if chosen == known.shipped:
        return None
    try:
        recommender_of(chosen)
    except CheckpointError as error:
        return f"{error} The model that ships answers in its place."
    return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(url: str) -> ProfileStore:
    return ProfileStore.open(url)


def profile_store() -> ProfileStore:
    """Return the profiles' store.

    Raises:
        ProfileError: the database cannot be opened.
    """
    return _store(paths.profiles_url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _index(_recommender: Recommender, fingerprint: str) -> TitleIndex:  # noqa: ARG001 - the cache's key
    from recsys.data.title_search import TitleIndex  # noqa: PLC0415 - rapidfuzz, at the first search

    index = TitleIndex(_recommender.catalogue)
    settle()
    return index


def title_index() -> TitleIndex:
    """Return the search index over the catalogue's titles."""
    in_use = recommender()
    return _index(in_use, in_use.catalogue.fingerprint)


def warm() -> None:
    """Load what the first list needs; a failure is told by the first page, not here."""
    try:
        profile_store()
        recommender()
    except RecsysError:
        return
    settle()


def settle() -> None:
    """Take what is loaded out of the garbage collector's sight.

    Streamlit collects garbage after every run and holds back the last messages meanwhile; what
    lives as long as the server need not be looked through each time.
    """
    gc.freeze()
