"""Dates of ratings: the formats of known exports, converted to whole days since 1970."""

from __future__ import annotations

import polars as pl

__all__ = ["to_day"]

SECONDS_PER_DAY = 86_400
MILLISECONDS_FROM = 1e11  # as seconds the year 5138, so a larger number counts milliseconds


def to_day(moment: pl.Expr) -> pl.Expr:
    """Return the day of a point in time.

    Args:
        moment: texts: seconds or milliseconds since 1970, or a date that starts with year, month
            and day (2016-03-28 …).

    Returns:
        Whole days since 1970; null where the text is no such date.
    """
    number = moment.cast(pl.Float64, strict=False)
    seconds = pl.when(number > MILLISECONDS_FROM).then(number / 1000).otherwise(number)
    days = (seconds / SECONDS_PER_DAY).floor().cast(pl.Int32, strict=False)
    from_number = pl.when(seconds > 0).then(days)
    from_date = moment.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32)
    return pl.coalesce(from_number, from_date)
