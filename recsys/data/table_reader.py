"""Table reader: opens CSV files of any delimiter, gzip or not, and Parquet files."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from recsys.data.column_aliases import MISSING
from recsys.errors import DataError

__all__ = [
    "describe",
    "first_line",
    "id_text",
    "is_parquet",
    "missing_to_null",
    "open_table",
    "reader_errors",
    "whole_number",
]

READ_ERRORS = (  # zlib.error and struct.error are no OSError: a damaged gzip file raises them
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    OSError,
    EOFError,
    zlib.error,
    struct.error,
)
DELIMITERS = ("\t", ";", ",", "|")
BINARY_SIGNATURES = {b"\x89PNG", b"PK\x03\x04", b"%PDF"}


def describe(path: Path) -> str:
    """Return how messages name a file."""
    return f"the file {path}"


@contextmanager
def reader_errors(source: str) -> Iterator[None]:
    """Turn every error of a reader within the ``with`` block into one sentence.

    Args:
        source: names what is read, such as "the file ratings.csv".

    Yields:
        Nothing.

    Raises:
        DataError: the block raised an error of polars, of the file system or of decompression.
    """
    try:
        yield
    except PermissionError:
        raise DataError(
            f"{source[0].upper()}{source[1:]} cannot be read: access is denied; nothing was read. "
            "Check its permissions, and whether another program has it open."
        ) from None
    except READ_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{source[0].upper()}{source[1:]} is damaged or of another format and cannot be read "
            f"({reason:.120}); nothing was read. Check it, or give another CSV or Parquet file."
        ) from None


def first_line(path: Path) -> str:
    """Return the first line of a text file, gzip or not.

    Raises:
        DataError: the file is missing, unreadable, empty, damaged, or not a text file.
    """
    with reader_errors(describe(path)):
        if not path.is_file():
            raise DataError(f"There is no file {path}; check the path. Nothing was changed.")
        with path.open("rb") as file:
            start = file.read(65536)
        if start[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                start = packed.read(65536)
    text = start.decode("utf-8-sig", errors="replace")  # without the byte order mark
    if not text.strip():
        raise DataError(f"The file {path} is empty; there is nothing to read.")
    if b"\0" in start or start[:4] in BINARY_SIGNATURES:
        raise DataError(
            f"The file {path} is not a table: it holds binary data of another format. Give a CSV "
            "or Parquet file, or lines of “user item item …”; unpack archives first."
        )
    return text.splitlines()[0]


def is_parquet(path: Path) -> bool:
    """Return whether a file starts with the signature of Parquet; False where there is no file.

    Raises:
        DataError: the file cannot be read.
    """
    with reader_errors(describe(path)):
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"


def open_table(path: Path) -> pl.LazyFrame:
    """Open a table lazily.

    Args:
        path: a CSV or Parquet file.

    Returns:
        The table. All columns of a text file are text, so that no cell makes the file unreadable.

    Raises:
        DataError: the file is missing, unreadable, empty, damaged or not a table.
    """
    if is_parquet(path):
        with reader_errors(describe(path)):
            frame = pl.scan_parquet(path)
            frame.collect_schema()
            return frame
    header = first_line(path)
    delimiter = max(DELIMITERS, key=header.count)
    with reader_errors(describe(path)):
        frame = pl.scan_csv(
            path,
            separator=delimiter,
            infer_schema=False,
            encoding="utf8-lossy",
            truncate_ragged_lines=True,
            null_values=list(MISSING),
        )
        frame.collect_schema()
        return frame


def missing_to_null(column: str) -> pl.Expr:
    """Return a column as trimmed text, null where a cell stands for a missing value."""
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(text.is_in(list(MISSING))).then(None).otherwise(text)


def id_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column of ids as text, in which a whole number has no decimals: 123.0 becomes 123.

    pandas turns integers into floats where a column has missing values.
    """
    text = missing_to_null(column)
    if dtype.is_float():
        integers = pl.col(column).cast(pl.Int64, strict=False)
        return pl.when(integers == pl.col(column)).then(integers.cast(pl.String)).otherwise(text)
    return text.str.replace(r"^([+-]?\d+)\.0*$", "$1")


def whole_number(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column as 64-bit integers; null where a cell is no whole number.

    Only text that is no integer, such as 1e3, passes through floats, which are exact to 2**53.
    """
    text = id_text(column, dtype)
    number = text.cast(pl.Float64, strict=False)
    from_float = pl.when(number == number.floor()).then(number.cast(pl.Int64, strict=False))
    return pl.coalesce(text.cast(pl.Int64, strict=False), from_float)
