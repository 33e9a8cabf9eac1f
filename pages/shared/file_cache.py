"""File cache: parsed files shared by all sessions, keyed by path, modification time and size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from recsys.errors import CheckpointError, RecsysError
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import CARD, read_current

__all__ = ["FileVersion", "cached_card", "file_version", "is_read_failure"]

FileVersion = tuple[str, int, int]


def file_version(path: Path) -> FileVersion:
    """Return the key of a file's present content: path, modification time in ns, size in bytes.

    Args:
        path: the file; the time and the size of a missing one are 0.
    """
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_size


def is_read_failure(error: RecsysError) -> bool:
    """Return whether an error comes from the operating system and not from a file's content."""
    return isinstance(error.__cause__, OSError)


@st.cache_resource(max_entries=1024, show_spinner=False)
def _card(card: FileVersion) -> Mapping[str, Any] | str:
    """Return a card, or the sentence that says why its content cannot be used.

    An error of the operating system is raised and so not cached: the next attempt may succeed.
    """
    try:
        return read_card(Path(card[0]).parent)
    except CheckpointError as error:
        if is_read_failure(error):
            raise
        return str(error)


def cached_card(checkpoint: Path) -> Mapping[str, Any]:
    """Return the card of a checkpoint. Do not change it: all sessions share it.

    Args:
        checkpoint: the checkpoint's folder.

    Raises:
        CheckpointError: the card is missing, torn, altered, or of another format.
    """
    return read_current(checkpoint, _cached_card)


def _cached_card(version: Path) -> Mapping[str, Any]:
    card = _card(file_version(version / CARD))
    if isinstance(card, str):
        raise CheckpointError(card)
    return card
