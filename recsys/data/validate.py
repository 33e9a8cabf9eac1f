"""Looking at a folder of ratings before training on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.data.column_aliases import ANIME, USER, pick_column
from recsys.data.drop_report import DropReport
from recsys.data.items_file import read_items
from recsys.data.memmap import ABOUT
from recsys.data.ratings_file import RatingsFile, read_ratings
from recsys.data.table_reader import open_table
from recsys.errors import DataError

__all__ = ["FolderCheck", "check_folder", "find_ratings"]

ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".gz")


@dataclass(frozen=True, slots=True)
class FolderCheck:
    """What a folder holds.

    Attributes:
        items: the file that describes the most anime, and what of it was dropped; none if there is
            none.
        ratings: each ratings file with its counts.
        unusable: each other table with the sentence that says why.
    """

    items: DropReport | None
    ratings: tuple[dict[str, Any], ...]
    unusable: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the check as one JSON object."""
        return {
            "items": self.items and self.items.to_dict(),
            "ratings": list(self.ratings),
            "unusable": list(self.unusable),
        }

    def sentences(self) -> list[str]:
        """Say it in plain words."""
        told = list(self.items.sentences()) if self.items else ["No file describes the anime."]
        for one in self.ratings:
            told.append(
                f"{one['report']['source']}: {one['ratings']:,} ratings of {one['users']:,} users "
                f"for {one['anime']:,} anime ({one['density']:.3%} of all pairs), {one['likes']:,} "
                "of them likes (7 or more)."
            )
            told += DropReport(**one["report"]).sentences()[1:]
            if one["anime_without_ratings"] is not None:
                told.append(f"  {one['anime_without_ratings']:,} described anime have no rating.")
        return [*told, *self.unusable]


def check_folder(folder: Path) -> FolderCheck:
    """Read every table of a folder and count what it holds.

    Raises:
        DataError: the folder is missing, or holds no ratings that can be used.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}; check the path.")
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in ENDINGS and p.is_file())
    items: tuple[Any, DropReport] | None = None
    rest: list[tuple[Path, str]] = []
    for path in paths:
        try:
            found = read_items(path)
        except DataError as error:
            rest.append((path, str(error)))
            continue
        if items is None or found[1].kept > items[1].kept:
            items = found
    known = None if items is None else items[0]["anime_id"].to_numpy().astype(np.int64)
    ratings, unusable = [], []
    for path, _ in rest:
        try:
            ratings.append(_counts(read_ratings(path, catalogue_ids=known), known))
        except DataError as error:
            unusable.append(str(error))
    if not ratings:
        why = f" The first reason: {unusable[0]}" if unusable else ""
        raise DataError(f"The folder {folder} holds no ratings that can be used.{why}")
    return FolderCheck(items[1] if items else None, tuple(ratings), tuple(unusable))


def find_ratings(folder: Path) -> Path:
    """Return what to train on in a folder: a stored table, or its largest file of people's ratings.

    Only the files' first lines are read.

    Raises:
        DataError: no file has columns for a user and an anime.
    """
    if (folder / ABOUT).exists():
        return folder
    files = [p for p in folder.iterdir() if p.suffix.lower() in ENDINGS and p.is_file()]
    for path in sorted(files, key=lambda one: one.stat().st_size, reverse=True):
        try:
            names = open_table(path).collect_schema().names()
        except DataError:
            continue
        if pick_column(names, USER) and pick_column(names, ANIME):
            return path
    raise DataError(
        f"No file of the folder {folder} has a column for the user and one for the anime "
        f"({len(files)} files were looked at). Give the ratings file itself."
    )


def _counts(file: RatingsFile, known: Any) -> dict[str, Any]:
    table = file.interactions
    users, anime = len(table.users), len(table.items)
    return {
        "report": file.report.to_dict(),
        "ratings": len(table),
        "users": users,
        "anime": anime,
        "density": len(table) / (users * anime),
        "likes": len(table.likes()),
        "anime_without_ratings": None if known is None else len(known) - anime,
    }
