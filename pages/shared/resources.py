"""What all sessions share, and the only caches: the bundle, the store, the title index."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from recsys import places
from recsys.errors import CheckpointError, RecsysError
from recsys.profiles.store import Store
from recsys.serving.bundle import Bundle, load_bundle
from recsys.serving.models import Models

if TYPE_CHECKING:
    from recsys.data.search import TitleIndex

__all__ = [
    "answering",
    "bundle",
    "bundle_of",
    "models",
    "put_aside",
    "stamp",
    "store",
    "title_index",
    "warm",
]


def stamp(path: Path) -> tuple[str, int]:
    """Name a file's present content cheaply: a new checkpoint or catalogue has another stamp."""
    return str(path), path.stat().st_mtime_ns if path.exists() else 0


@st.cache_resource(max_entries=3, show_spinner=False)
def _bundle(checkpoint: tuple[str, int], catalogue: tuple[str, int]) -> Bundle:
    return load_bundle(Path(checkpoint[0]).parent, Path(catalogue[0]))


def models() -> Models:
    """Return the models of this installation."""
    return Models.default()


def bundle_of(checkpoint: Path) -> Bundle:
    """Return any model with the catalogue, to look at; it does not answer.

    Raises:
        CheckpointError, DataError: they cannot be used; the sentence says why.
    """
    return _bundle(stamp(checkpoint / "card.json"), stamp(places.catalogue_path()))


def answering() -> tuple[Path, Bundle]:
    """Return the folder of the model that answers, and the model with its catalogue.

    It is the one in use, or the one that ships where that is broken.

    Raises:
        CheckpointError, DataError: they cannot be used; the sentence says why.
    """
    known = models()
    chosen = known.in_use()
    try:
        return chosen, bundle_of(chosen)
    except CheckpointError:
        if chosen == known.shipped:
            raise
        return known.shipped, bundle_of(known.shipped)


def bundle() -> Bundle:
    """Return the model that answers, with its catalogue.

    Raises:
        CheckpointError, DataError: they cannot be used; the sentence says why.
    """
    return answering()[1]


def put_aside() -> str | None:
    """Return why the chosen model does not answer, in one sentence; none where it does."""
    known = models()
    chosen = known.in_use()
    if chosen == known.shipped:
        return None
    try:
        bundle_of(chosen)
    except CheckpointError as error:
        return f"{error} The model that ships answers in its place."
    return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _store(url: str) -> Store:
    return Store.open(url)


def store() -> Store:
    """Return the profiles' store.

    Raises:
        ProfileError: the database cannot be opened.
    """
    return _store(places.profiles_url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _index(_bundle_in_use: Bundle, fingerprint: str) -> TitleIndex:  # noqa: ARG001 - the cache's key
    from recsys.data.search import TitleIndex  # noqa: PLC0415 - rapidfuzz, at the first search

    index = TitleIndex(_bundle_in_use.catalogue)
    settle()
    return index


def title_index() -> TitleIndex:
    """Return the search index over the catalogue's titles."""
    in_use = bundle()
    return _index(in_use, in_use.catalogue.fingerprint)


def warm() -> None:
    """Load what the first list needs; a failure is told by the first page, not here."""
    try:
        store()
        bundle()
    except RecsysError:
        return
    settle()


def settle() -> None:
    """Take what is loaded out of the garbage collector's sight.

    Streamlit collects garbage after every run and holds back the last messages meanwhile; what
    lives as long as the server need not be looked through each time.
    """
    gc.freeze()
