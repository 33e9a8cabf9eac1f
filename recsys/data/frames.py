"""Data frames: pandas and polars frames as one lazy polars table, without importing pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from recsys.errors import DataError

__all__ = ["to_lazy_frame"]


def to_lazy_frame(frame: Any) -> pl.LazyFrame:
    """Return a data frame as a lazy polars table.

    Args:
        frame: a pandas data frame, or a polars data frame or lazy frame.

    Returns:
        The table; missing values are null.

    Raises:
        DataError: the value is no data frame.
    """
    if isinstance(frame, pl.DataFrame | pl.LazyFrame):
        return frame.lazy()
    if not all(hasattr(frame, name) for name in ("columns", "dtypes", "iloc")):
        raise DataError(
            "Ratings are read from a path or a pandas or polars data frame, not from a value of "
            f"the type {type(frame).__name__}."
        )
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise DataError("The data frame has two columns of one name; rename one of them.")
    series = [_to_series(name, frame.iloc[:, index]) for index, name in enumerate(names)]
    return pl.LazyFrame(series)


def _to_series(name: str, column: Any) -> pl.Series:
    """Convert a pandas column; what is no plain number or time becomes text."""
    array = column.to_numpy()
    if array.dtype.kind in "iufbM":
        return pl.Series(name, np.ascontiguousarray(array))
    is_missing = column.isna().to_numpy()
    texts = [
        None if missing else str(value) for value, missing in zip(array, is_missing, strict=True)
    ]
    return pl.Series(name, texts, dtype=pl.String)
