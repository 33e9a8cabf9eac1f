"""Ratings tables: columns found by alias, rows validated, and every dropped row counted.

The same rules hold for a file and for a data frame: a row needs a user, an anime id and a rating
from 1 to 10; of equal pairs the last one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Int64

from recsys.data.column_aliases import (
    ANIME,
    DATE,
    ITEM_COLUMNS,
    NOT_RATED,
    OWN_RATING,
    RATING,
    USER,
    pick_column,
)
from recsys.data.dates import to_day
from recsys.data.drop_report import DropReport
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.table_reader import id_text, missing_to_null, whole_number
from recsys.defaults import MAX_RATING, MIN_RATING
from recsys.errors import DataError

__all__ = ["FRAME", "RatingsData", "select_ratings", "validate_ratings"]

FRAME = "data frame"  # the source of a report on a data frame, in place of a path


INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)  # fit in Int64


@dataclass(frozen=True, slots=True)
class RatingsData:
    """The ratings of one source, and what was dropped of it.

    Attributes:
        interactions: one entry per user and anime; ratings are NaN where the source has none.
        report: the number of rows dropped, by reason.
        days: the same entries with the day of each rating (since 1970, NaN where unknown) as
            value; None where the source has no dates.
    """

    interactions: Interactions
    report: DropReport
    days: Interactions | None = None


def select_ratings(table: pl.LazyFrame, source: str) -> pl.LazyFrame:
    """Select the columns of a ratings table by their aliases, in the types of this library.

    Args:
        table: with a column for the user and one for the anime, and optionally for the rating and
            the date.
        source: names the table in messages, such as "the file ratings.csv".

    Returns:
        The columns ``user`` and ``anime_id``; ``rating`` and ``has_rating`` where the table has
        ratings; ``day`` where it has dates. Cells that hold no such value are null.

    Raises:
        DataError: the table has no column for the user or for the anime, or its only score is the
            mean score of an anime.
    """
    schema = table.collect_schema()
    user, anime, own_rating, any_rating, date = (
        pick_column(schema.names(), aliases) for aliases in (USER, ANIME, OWN_RATING, RATING, DATE)
    )
    rating = own_rating or any_rating
    if user is None or anime is None:
        name, aliases = ("user", USER) if user is None else ("anime", ANIME)
        raise DataError(
            f"{source[0].upper()}{source[1:]} has no column for the {name}: it has "
            f"{', '.join(schema.names())[:160]}. Name one {' or '.join(aliases[:3])}; nothing was "
            "read."
        )
    if rating in ("score", "Score") and pick_column(schema.names(), ITEM_COLUMNS["members"]):
        raise DataError(
            f"{source[0].upper()}{source[1:]} has the column {rating} beside the number of "
            "members, so it is the mean score of an anime and no user's rating. Name the user's "
            "own rating my_score or rating; nothing was read."
        )
    columns = {
        "user": pl.col(user) if schema[user] in INTEGERS else id_text(user, schema[user]),
        "anime_id": whole_number(anime, schema[anime]),
    }
    if rating is not None:
        columns["rating"] = missing_to_null(rating).cast(pl.Float32, strict=False)
        columns["has_rating"] = missing_to_null(rating).is_not_null()
    if date is not None:
        columns["day"] = to_day(missing_to_null(date))
    return table.select(**columns)


def validate_ratings(
    rows: pl.LazyFrame, source: str, catalogue_ids: Int64[np.ndarray, " n"] | None = None
) -> RatingsData:
    """Read rows of ratings, drop those that cannot be used, and count them by reason.

    Args:
        rows: the columns that ``select_ratings`` returns.
        source: path of the file, or "data frame"; named in messages and in the report.
        catalogue_ids: anime to keep; rows of others are dropped and counted.

    Returns:
        The ratings and the report.

    Raises:
        DataError: most rows cannot be read, or none can be used.
    """
    has_ratings = "rating" in rows.collect_schema()
    if not has_ratings:
        rows = rows.with_columns(rating=pl.lit(None, pl.Float32))
    table = rows.with_columns(_drop_reason(has_ratings, catalogue_ids)).collect(engine="streaming")
    dropped = dict(table["reason"].drop_nulls().value_counts(sort=True, name="count").iter_rows())
    read = table.height
    if dropped.get("unreadable", 0) > read / 2:
        raise DataError(
            f"Most rows of {_in_sentence(source)} cannot be read "
            f"({dropped['unreadable']:,} of {read:,}): their "
            "user or anime id is missing or not a number. Nothing was read; check its columns."
        )
    table = table.filter(pl.col("reason").is_null()).drop("reason")
    interactions, days = _to_interactions(table)
    if repeated := table.height - len(interactions):
        dropped["duplicate"] = repeated
    if len(interactions) == 0:
        raise DataError(
            f"No row of {_in_sentence(source)} can be used "
            f"({_summary(dropped) or 'it has no rows'}); nothing "
            "was read. Each row needs a user, an anime id and a rating from 1 to 10."
        )
    report = DropReport(source, read, len(interactions), dropped)
    return RatingsData(interactions, report, days)


def _in_sentence(source: str) -> str:
    return "the data frame" if source == FRAME else source


def _summary(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in dropped.items())


def _drop_reason(has_ratings: bool, catalogue_ids: Int64[np.ndarray, " n"] | None) -> pl.Expr:
    """Return why a row cannot be used; null where it can."""
    unreadable = pl.col("user").is_null() | pl.col("anime_id").is_null() | (pl.col("anime_id") < 0)
    reasons = [(unreadable, "unreadable")]
    if has_ratings:
        rating = pl.col("rating")
        not_rated = ~pl.col("has_rating") | rating.is_in(list(NOT_RATED)) | rating.is_nan()
        in_range = rating.is_between(MIN_RATING, MAX_RATING)
        reasons.append((not_rated, "not_rated"))
        reasons.append((rating.is_null() | ~in_range, "out_of_range"))
    if catalogue_ids is not None:
        known = pl.Series(catalogue_ids).implode()
        reasons.append((~pl.col("anime_id").is_in(known), "not_in_catalogue"))
    return pl.coalesce(pl.when(applies).then(pl.lit(reason)) for applies, reason in reasons).alias(
        "reason"
    )


def _to_interactions(table: pl.DataFrame) -> tuple[Interactions, Interactions | None]:
    """Number users and items in ascending order; user names that are all integers become integers.

    Returns:
        The ratings; and the same entries with their days, None where no row has one.
    """
    users = table["user"]
    if not users.dtype.is_integer():
        numbers = users.unique().cast(pl.Int64, strict=False)
        if numbers.null_count() == 0:
            users = users.cast(pl.Int64)
    names = users.unique().sort()
    if users.dtype == pl.String:
        rows = users.cast(pl.Enum(names)).to_physical().to_numpy()
        user_ids = IdMap(names.to_numpy().astype(str))
    else:
        rows = names.search_sorted(users).to_numpy()
        user_ids = IdMap(names.to_numpy())
    items = table["anime_id"].unique().sort()
    columns = items.search_sorted(table["anime_id"]).to_numpy()
    item_ids = IdMap(items.to_numpy())

    def with_values(column: str) -> Interactions:
        values = table[column].cast(pl.Float32).fill_null(float("nan")).to_numpy()
        return Interactions.from_values(user_ids, item_ids, rows, columns, values)

    has_days = "day" in table.columns and table["day"].null_count() < table.height
    return with_values("rating"), with_values("day") if has_days else None
