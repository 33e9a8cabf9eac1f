"""Folder check: what the files of a data folder hold, before training on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.data.column_aliases import ANIME, USER, pick_column
from recsys.data.drop_report import DropReport
from recsys.data.items_file import read_items
from recsys.data.memmap import is_stored_table
from recsys.data.ratings_file import read_ratings
from recsys.data.ratings_table import RatingsData
from recsys.data.table_reader import open_table, reader_errors
from recsys.defaults import LIKE_THRESHOLD
from recsys.errors import DataError

__all__ = ["FolderCheck", "check_folder", "find_ratings"]

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".gz")


@dataclass(frozen=True, slots=True)
class FolderCheck:
    """The contents of a data folder.

    Attributes:
        items: rows read and dropped of the file that describes the most anime; None where no file
            describes any.
        ratings: the counts of each ratings file.
        unusable: for each other table the sentence that says why it cannot be used.
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
        """Return the check as lines of text, one fact a line."""
        lines = list(self.items.sentences()) if self.items else ["No file describes the anime."]
        for file in self.ratings:
            lines.append(
                f"{file['report']['source']}: {file['ratings']:,} ratings of {file['users']:,} "
                f"users for {file['anime']:,} anime ({file['density']:.3%} of all pairs), "
                f"{file['likes']:,} of them likes ({LIKE_THRESHOLD:g} or more)."
            )
            lines += DropReport.from_dict(file["report"]).sentences()[1:]
            if file["anime_without_ratings"] is not None:
                lines.append(f"  {file['anime_without_ratings']:,} described anime have no rating.")
        return [*lines, *self.unusable]


def check_folder(folder: Path) -> FolderCheck:
    """Read every table of a folder and count its rows.

    Args:
        folder: with a ratings file and, optionally, a file that describes the anime.

    Returns:
        The counts, and the rows that cannot be used, by file and reason.

    Raises:
        DataError: the folder is missing, or holds no usable ratings.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}; check the path.")
    items: tuple[Any, DropReport] | None = None
    other_paths: list[Path] = []
    for path in sorted(_table_files(folder)):
        try:
            described = read_items(path)
        except DataError:
            other_paths.append(path)
            continue
        if items is None or described[1].used > items[1].used:
            items = described
    known = None if items is None else items[0]["anime_id"].to_numpy().astype(np.int64)
    ratings, unusable = [], []
    for path in other_paths:
        try:
            ratings.append(_counts(read_ratings(path, catalogue_ids=known), known))
        except DataError as error:
            unusable.append(str(error))
    if not ratings:
        reason = f" The first reason: {unusable[0]}" if unusable else ""
        raise DataError(f"The folder {folder} holds no usable ratings.{reason}")
    return FolderCheck(items[1] if items else None, tuple(ratings), tuple(unusable))


def find_ratings(folder: Path) -> Path:
    """Return the data to train on in a folder; of each file only the column names are read.

    Args:
        folder: a stored table, or a folder of files.

    Returns:
        The folder itself where it is a stored table, else its largest ratings file.

    Raises:
        DataError: no file has columns for a user and an anime.
    """
    if is_stored_table(folder):
        return folder
    files = _table_files(folder)
    for path in sorted(files, key=lambda path: files[path], reverse=True):
        try:
            names = open_table(path).collect_schema().names()
        except DataError:
            continue
        if pick_column(names, USER) and pick_column(names, ANIME):
            return path
    raise DataError(
        f"No file of the folder {folder} has both a user column and an anime column "
        f"({len(files)} files were checked). Give the ratings file itself."
    )


def _table_files(folder: Path) -> dict[Path, int]:
    """Return the files of a folder that may hold a table, with their sizes in bytes.

    Raises:
        DataError: the folder cannot be read.
    """
    with reader_errors(f"the folder {folder}"):
        return {
            path: path.stat().st_size
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and path.is_file()
        }


def _counts(file: RatingsData, known: Any) -> dict[str, Any]:
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
