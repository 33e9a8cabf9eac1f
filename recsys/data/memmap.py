"""Stored tables: interactions as a folder of NumPy arrays, opened memory-mapped at any size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recsys.data.csr_validation import check_arrays, check_ratings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.files import atomic_folder

__all__ = ["is_stored_table", "open_interactions", "save_interactions"]

ARRAYS = ("starts", "columns", "ratings")
SUMMARY = "interactions.json"
REMEDY = "Make it again: python -m recsys data store."


def is_stored_table(folder: Path) -> bool:
    """Return whether a folder claims to be a stored table; its arrays are not looked at."""
    return (folder / SUMMARY).exists()


def save_interactions(folder: Path, table: Interactions) -> None:
    """Write a table as a folder, which appears under its name only once it is complete.

    Args:
        folder: new or empty folder.
        table: the interactions.

    Raises:
        DataError: the folder cannot be written, or is not empty; it is unchanged.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise DataError(
                f"The folder {folder} is not empty; nothing was written. Choose a new one."
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        with atomic_folder(folder) as temporary:
            for name in ARRAYS:
                np.save(temporary / f"{name}.npy", getattr(table, name))
            for name, ids in (("users", table.users.ids), ("items", table.items.ids)):
                np.save(temporary / f"{name}.npy", ids)
            summary = {"users": len(table.users), "items": len(table.items), "entries": len(table)}
            (temporary / SUMMARY).write_text(json.dumps(summary) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be written ({error.strerror}); nothing was stored. Choose "
            "another folder, or free some space."
        ) from None


def open_interactions(folder: Path) -> Interactions:
    """Open a table that ``save_interactions`` wrote; the arrays are memory-mapped.

    Every index and rating is checked in one pass, so that a damaged table never reaches a compiled
    kernel.

    Args:
        folder: the stored table.

    Returns:
        The interactions, their entries on disk until they are read.

    Raises:
        DataError: the folder holds no stored table, or a damaged one.
    """
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        users, items = (_load_ids(folder / f"{name}.npy") for name in ("users", "items"))
        starts, columns, ratings = (
            np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS
        )
        sizes = {"users": len(users), "items": len(items), "entries": len(columns)}
        matches = sizes == {name: summary[name] for name in sizes}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The folder {folder} holds no stored table of ratings, or a damaged one "
            f"({type(error).__name__}). {REMEDY}"
        ) from None
    if not matches:
        raise DataError(
            f"The stored table {folder} is damaged: its arrays are of different sizes. {REMEDY}"
        )
    try:
        check_arrays(starts, columns, ratings, len(users))
        table = Interactions(users, items, starts, columns, ratings)
        check_ratings(table.ratings)
    except DataError as error:
        raise DataError(f"The stored table {folder} cannot be used. {error} {REMEDY}") from None
    return table


def _load_ids(path: Path) -> IdMap:
    """Read the ids of the users or the items.

    Raises:
        ValueError: they are no list of distinct ids.
    """
    try:
        return IdMap(np.load(path, allow_pickle=False))
    except DataError as error:
        raise ValueError(str(error)) from None
