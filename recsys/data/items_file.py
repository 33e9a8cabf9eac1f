"""Items file: reads files that describe anime into the columns of the catalogue."""

from __future__ import annotations

import html
from pathlib import Path

import polars as pl

from recsys import paths
from recsys.data.catalogue import Catalogue
from recsys.data.catalogue_schema import schema
from recsys.data.column_aliases import ITEM_COLUMNS, pick_column
from recsys.data.drop_report import DropReport
from recsys.data.table_reader import (
    describe,
    is_parquet,
    missing_to_null,
    open_table,
    reader_errors,
    whole_number,
)
from recsys.errors import DataError

__all__ = ["read_catalogue", "read_items"]

NUMBERS = {"anime_id": pl.Int64, "episodes": pl.Int32, "score": pl.Float32, "members": pl.Int64}


def read_items(path: Path) -> tuple[pl.DataFrame, DropReport]:
    """Read an anime file.

    Args:
        path: CSV (any delimiter, gzip or not) or Parquet.

    Returns:
        The columns of ``ITEM_COLUMNS`` that the file has, one row per anime (the first one
        counts), text decoded from HTML, genres as lists; and the rows that were dropped.

    Raises:
        DataError: the file is missing, empty or damaged, or has no ids or titles.
    """
    with reader_errors(describe(path)):
        table = open_table(path)
        schema = table.collect_schema()
        columns = {
            target: name
            for target, aliases in ITEM_COLUMNS.items()
            if (name := pick_column(schema, aliases))
        }
        if "anime_id" not in columns or "title" not in columns:
            raise DataError(
                f"The file {path} describes no anime: it needs the columns anime_id and title, and "
                f"has {', '.join(schema.names())[:160]}. Nothing was read."
            )
        frame = table.select(
            **{target: _cell(target, name, schema[name]) for target, name in columns.items()}
        ).collect()
    read = frame.height
    unreadable = frame.filter(pl.col("anime_id").is_null()).height
    frame = frame.filter(pl.col("anime_id").is_not_null())
    untitled = frame.filter(pl.col("title").is_null()).height
    frame = frame.filter(pl.col("title").is_not_null())
    items = frame.unique("anime_id", keep="first", maintain_order=True)
    counts = {
        "unreadable": unreadable,
        "no_title": untitled,
        "duplicate_anime": frame.height - items.height,
    }
    if items.height == 0:
        raise DataError(f"No row of {path} has an anime id and a title; nothing was read.")
    dropped = {reason: count for reason, count in counts.items() if count}
    return items, DropReport(str(path), read, items.height, dropped)


def read_catalogue(path: str | Path | None = None) -> Catalogue:
    """Open a catalogue of this project, or build one from any file that describes anime.

    Args:
        path: a catalogue, or a CSV or Parquet file with anime ids and titles; by default the
            catalogue that ships.

    Returns:
        The catalogue.

    Raises:
        DataError: the file is missing, empty, damaged or of another format; the message says which.
    """
    path = paths.catalogue_path() if path is None else Path(path)
    with reader_errors(describe(path)):
        if _is_catalogue(path):
            return Catalogue.load(path)
    frame, _ = read_items(path)
    return Catalogue.from_frame(frame)


def _is_catalogue(path: Path) -> bool:
    if not path.is_file() or not path.stat().st_size:
        return True  # Catalogue.load says what is wrong
    if not is_parquet(path):
        return False
    try:
        return set(schema()) <= set(pl.read_parquet_schema(path))
    except pl.exceptions.PolarsError:
        return True


def _cell(target: str, name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column in the catalogue's type; a cell that cannot be converted becomes null."""
    if target in NUMBERS:
        if NUMBERS[target].is_integer():
            return whole_number(name, dtype).cast(NUMBERS[target], strict=False)
        return missing_to_null(name).cast(NUMBERS[target], strict=False)
    if isinstance(dtype, pl.List):
        return pl.col(name)
    text = missing_to_null(name).map_elements(html.unescape, return_dtype=pl.String)
    if target == "genres":
        return text.str.replace_all(r"\s*[,|;]\s*", "|").str.split("|").fill_null([])
    return text
