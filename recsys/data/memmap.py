"""A table of interactions as a folder of plain arrays, opened memory-mapped at any size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import DataError

__all__ = ["open_interactions", "save_interactions"]

PARTS = ("starts", "columns", "ratings")
ABOUT = "interactions.json"


def save_interactions(folder: Path, table: Interactions) -> None:
    """Write a table as a folder; the file that names it a table comes last.

    Raises:
        DataError: the folder cannot be written, or holds something already.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise DataError(
                f"The folder {folder} is not empty; nothing was written. Choose a new one."
            )
        for part in PARTS:
            np.save(folder / f"{part}.npy", getattr(table, part))
        for name, ids in (("users", table.users.ids), ("items", table.items.ids)):
            np.save(folder / f"{name}.npy", ids)
        about = {"users": len(table.users), "items": len(table.items), "entries": len(table)}
        (folder / ABOUT).write_text(json.dumps(about) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be written ({error.strerror}).") from None


def open_interactions(folder: Path) -> Interactions:
    """Open a table that ``save_interactions`` wrote; entries stay on disk until they are read.

    Raises:
        DataError: the folder is no stored table, or it is torn.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        users, items = (
            IdMap(np.load(folder / f"{name}.npy", allow_pickle=False))
            for name in ("users", "items")
        )
        starts, columns, ratings = (
            np.load(folder / f"{part}.npy", mmap_mode="r") for part in PARTS
        )
        sizes = (len(users), len(items), columns.size, ratings.size)
        fits = sizes == (about["users"], about["items"], about["entries"], about["entries"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The folder {folder} holds no stored table of ratings, or a torn one "
            f"({type(error).__name__}). Make it again: python -m recsys data store."
        ) from None
    if not fits:
        raise DataError(
            f"The stored table {folder} is torn: its parts are of different sizes. Make it again: "
            "python -m recsys data store."
        )
    return Interactions(users, items, starts, columns, ratings)
