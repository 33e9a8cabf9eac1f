"""Opening a table that a person gave: CSV of any delimiter, gzip, Parquet; one sentence if not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from recsys.data.column_aliases import MISSING
from recsys.errors import DataError

__all__ = ["first_line", "is_parquet", "missing_to_null", "open_table", "reader_errors"]

DELIMITERS = ("\t", ";", ",", "|")


@contextmanager
def reader_errors(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into one clear sentence."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"The file {path} is torn or of another kind and cannot be read ({reason:.120}); "
            "nothing of it was used. Get the file again, or give a CSV or Parquet file."
        ) from None


def first_line(path: Path) -> str:
    """Return the first line of a text file, gzip or not.

    Raises:
        DataError: the file is missing, empty, or no text.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path}; check the path. Nothing was changed.")
    with reader_errors(path):
        with path.open("rb") as file:
            start = file.read(65536)
        if start[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                start = packed.read(65536)
    if not start.strip():
        raise DataError(f"The file {path} is empty; there is nothing to read.")
    if b"\0" in start or start[:4] in {b"\x89PNG", b"PK\x03\x04", b"%PDF"}:
        raise DataError(
            f"The file {path} is no table: it holds binary data of another kind. Give a CSV, a "
            "Parquet file, or lines of “user item item …”; archives must be unpacked first."
        )
    return start.decode("utf-8-sig", errors="replace").splitlines()[0]


def is_parquet(path: Path) -> bool:
    """Say whether a file claims to be Parquet."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def open_table(path: Path) -> pl.LazyFrame:
    """Open a table lazily; all columns of a text file stay text, so that no cell can break it.

    Raises:
        DataError: the file is missing, empty, torn or no table.
    """
    if is_parquet(path):
        with reader_errors(path):
            frame = pl.scan_parquet(path)
            frame.collect_schema()
            return frame
    header = first_line(path)
    delimiter = max(DELIMITERS, key=header.count)
    with reader_errors(path):
        return pl.scan_csv(
            path,
            separator=delimiter,
            infer_schema=False,
            encoding="utf8-lossy",
            truncate_ragged_lines=True,
            null_values=list(MISSING),
        )


def missing_to_null(column: str) -> pl.Expr:
    """Return a column as trimmed text, null where it says nothing."""
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(text.is_in(list(MISSING))).then(None).otherwise(text)
