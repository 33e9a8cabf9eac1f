"""Reading ratings: known exports, Parquet, lines of "user item item …", stored tables, frames."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Int64

from recsys.data.column_aliases import DATE, pick_column
from recsys.data.drop_report import DropReport
from recsys.data.frames import to_lazy_frame
from recsys.data.interactions import Interactions
from recsys.data.memmap import open_interactions
from recsys.data.ratings_table import FRAME, RatingsData, select_ratings, validate_ratings
from recsys.data.table_reader import (
    describe,
    first_line,
    is_parquet,
    open_table,
    reader_errors,
)

__all__ = ["has_dates", "read_ratings", "to_interactions"]

ITEM_LIST = re.compile(r"^\s*\S+(\s+\d+)+\s*$")  # a line of a user and the items that they like


def read_ratings(
    source: str | Path | Any, *, catalogue_ids: Int64[np.ndarray, " n"] | None = None
) -> RatingsData:
    """Read ratings from a file, a folder or a data frame.

    Args:
        source: path of a CSV file (any delimiter, gzip or not), a Parquet file, a text file of
            lines "user item item …", or the folder of a stored table, which is memory-mapped; or
            a pandas or polars data frame with the columns of such a file.
        catalogue_ids: anime to keep; rows of others are dropped and counted.

    Returns:
        The ratings, and the number of dropped rows by reason.

    Raises:
        DataError: the source is missing, empty, damaged or of another format, or most of its rows
            cannot be read.
    """
    if not isinstance(source, str | Path):
        with reader_errors(f"the {FRAME}"):
            rows = select_ratings(to_lazy_frame(source), f"the {FRAME}")
            return validate_ratings(rows, FRAME, catalogue_ids)
    path = Path(source)
    with reader_errors(describe(path)):
        if path.is_dir():
            return _read_stored(path, catalogue_ids)
        is_item_list = _is_item_list(path)
        rows = (
            _scan_item_list(path)
            if is_item_list
            else select_ratings(open_table(path), describe(path))
        )
        return validate_ratings(rows, str(path), catalogue_ids)


def to_interactions(ratings: Interactions | RatingsData | str | Path | Any) -> Interactions:
    """Return ratings in any form as interactions.

    Args:
        ratings: interactions, ratings that were read, or what ``read_ratings`` takes: a path or a
            data frame.

    Raises:
        DataError: the ratings are of another type, or cannot be read.
    """
    if isinstance(ratings, Interactions):
        return ratings
    if not isinstance(ratings, RatingsData):
        ratings = read_ratings(ratings)
    return ratings.interactions


def has_dates(path: Path) -> bool:
    """Return whether a ratings file has a column for the date; only its head is read.

    Raises:
        DataError: the file is missing, empty, damaged or of another format.
    """
    with reader_errors(describe(path)):
        if path.is_dir() or _is_item_list(path):
            return False
        return pick_column(open_table(path).collect_schema().names(), DATE) is not None


def _read_stored(folder: Path, catalogue_ids: Int64[np.ndarray, " n"] | None) -> RatingsData:
    """Open a stored table; rows were validated when it was stored, indices are checked here."""
    table = open_interactions(folder)
    read = len(table)
    if catalogue_ids is not None:
        known = np.flatnonzero(np.isin(table.items.ids, catalogue_ids))
        if known.size < len(table.items):
            table = table.with_items(table.items.take(known))
    dropped = {"not_in_catalogue": read - len(table)} if len(table) < read else {}
    return RatingsData(table, DropReport(str(folder), read, len(table), dropped))


def _is_item_list(path: Path) -> bool:
    return not is_parquet(path) and ITEM_LIST.match(first_line(path)) is not None


def _scan_item_list(path: Path) -> pl.LazyFrame:
    """Read lines of a user and their items as one row per pair."""
    lines = pl.scan_csv(
        path, has_header=False, separator="\x01", new_columns=["line"], quote_char=None,
        infer_schema=False,
    )  # fmt: skip
    words = pl.col("line").str.strip_chars().str.replace_all(r"\s+", " ").str.split(" ")
    return (
        lines.select(user=words.list.first(), anime_id=words.list.slice(1))
        .explode("anime_id")
        .with_columns(anime_id=pl.col("anime_id").cast(pl.Int64, strict=False))
    )
