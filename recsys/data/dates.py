"""When something was rated: the ways in which files write a moment, as whole days since 1970."""

from __future__ import annotations

import polars as pl

__all__ = ["to_day"]

SECONDS_A_DAY = 86_400
MILLISECONDS = 1e11  # a number above is no second of our age: it counts milliseconds


def to_day(moment: pl.Expr) -> pl.Expr:
    """Return the day of a moment; null where it says none.

    Args:
        moment: texts: seconds or milliseconds since 1970, or year, month and day first
            (2016-03-28 …).
    """
    number = moment.cast(pl.Float64, strict=False)
    seconds = pl.when(number > MILLISECONDS).then(number / 1000).otherwise(number)
    days = (seconds / SECONDS_A_DAY).floor().cast(pl.Int32, strict=False)
    counted = pl.when(seconds > 0).then(days)
    written = moment.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32)
    return pl.coalesce(counted, written)
