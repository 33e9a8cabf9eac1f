"""Reading ratings: any of the known exports, Parquet, or plain lines of "user item item …"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Int64

from recsys.data.column_aliases import ANIME, DATE, NOT_RATED, RATING, USER, pick_column
from recsys.data.dates import to_day
from recsys.data.drop_report import DropReport
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.memmap import open_interactions
from recsys.data.table_reader import (
    first_line,
    is_parquet,
    missing_to_null,
    open_table,
    reader_errors,
)
from recsys.errors import DataError

__all__ = ["RatingsFile", "has_dates", "read_ratings"]

PLAIN = re.compile(r"^\s*\S+(\s+\d+)+\s*$")


@dataclass(frozen=True, slots=True)
class RatingsFile:
    """What a ratings file gave.

    Attributes:
        interactions: one entry a person and anime; ratings are NaN where the file has none.
        report: what was dropped and why.
        days: the day of each entry (since 1970, NaN where unknown) in the place of its rating; none
            where the file has no dates.
    """

    interactions: Interactions
    report: DropReport
    days: Interactions | None = None


def read_ratings(
    path: Path, *, catalogue_ids: Int64[np.ndarray, " n"] | None = None
) -> RatingsFile:
    """Read a ratings file.

    Args:
        path: CSV (any delimiter, gzip or not), Parquet, plain lines "user item item …", or the
            folder of a stored table, which opens at once.
        catalogue_ids: anime to keep; rows of others are dropped and counted.

    Raises:
        DataError: the file is missing, empty, torn or of another kind, or most rows cannot be read.
    """
    if path.is_dir():
        return _stored(path, catalogue_ids)
    with reader_errors(path):
        rows = _plain(path) if _is_plain(path) else _columns(path)
        rated = "rating" in rows.collect_schema()
        if not rated:
            rows = rows.with_columns(rating=pl.lit(None, pl.Float32))
        table = rows.with_columns(_reason(rated, catalogue_ids)).collect(engine="streaming")
    dropped = dict(table["reason"].drop_nulls().value_counts(sort=True, name="count").iter_rows())
    read = table.height
    if dropped.get("unreadable", 0) > read / 2:
        raise DataError(
            f"Most rows of {path} cannot be read ({dropped['unreadable']:,} of {read:,}): their "
            "user or anime id is missing or no number. Nothing of it was used; check its columns."
        )
    table = table.filter(pl.col("reason").is_null()).drop("reason")
    interactions, days = _interactions(table)
    if twice := table.height - len(interactions):
        dropped["duplicate"] = twice
    if len(interactions) == 0:
        raise DataError(
            f"No row of {path} can be used ({_why(dropped) or 'it has none'}); nothing was read. "
            "It needs a user, an anime id and a rating from 1 to 10 in a row."
        )
    report = DropReport(str(path), read, len(interactions), dropped)
    return RatingsFile(interactions, report, days)


def has_dates(path: Path) -> bool:
    """Say whether a ratings file has a column for the date; reads its head alone.

    Raises:
        DataError: the file is missing, empty, torn or of another kind.
    """
    if path.is_dir() or _is_plain(path):
        return False
    with reader_errors(path):
        return pick_column(open_table(path).collect_schema().names(), DATE) is not None


def _stored(folder: Path, catalogue_ids: Int64[np.ndarray, " n"] | None) -> RatingsFile:
    """Open a stored table; what it holds was checked when it was stored."""
    table = open_interactions(folder)
    read = len(table)
    if catalogue_ids is not None:
        known = np.flatnonzero(np.isin(table.items.ids, catalogue_ids))
        table = (
            table if known.size == len(table.items) else table.with_items(table.items.take(known))
        )
    missing = {"not_in_catalogue": read - len(table)} if len(table) < read else {}
    return RatingsFile(table, DropReport(str(folder), read, len(table), missing))


def _why(dropped: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in dropped.items())


def _is_plain(path: Path) -> bool:
    return not is_parquet(path) and PLAIN.match(first_line(path)) is not None


def _plain(path: Path) -> pl.LazyFrame:
    """Read lines of a user and the items that are theirs."""
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


def _columns(path: Path) -> pl.LazyFrame:
    """Read a table by the aliases of its columns."""
    table = open_table(path)
    names = table.collect_schema().names()
    user, anime, rating, date = (
        pick_column(names, aliases) for aliases in (USER, ANIME, RATING, DATE)
    )
    if user is None or anime is None:
        lacks = "user" if user is None else "anime"
        raise DataError(
            f"The file {path} has no column for the {lacks}: it has {', '.join(names)[:160]}. "
            f"Name one {' or '.join((USER if user is None else ANIME)[:3])}; nothing was read."
        )
    number = missing_to_null(anime).cast(pl.Float64, strict=False)
    wanted = {
        "user": missing_to_null(user),
        "anime_id": pl.when(number == number.floor()).then(number).cast(pl.Int64, strict=False),
    }
    if table.collect_schema()[user].is_integer():
        wanted["user"] = pl.col(user)
    if rating is not None:
        wanted["rating"] = missing_to_null(rating).cast(pl.Float32, strict=False)
        wanted["said"] = missing_to_null(rating).is_not_null()
    if date is not None:
        wanted["day"] = to_day(missing_to_null(date))
    return table.select(**wanted)


def _reason(rated: bool, catalogue_ids: Int64[np.ndarray, " n"] | None) -> pl.Expr:
    """Return why a row cannot be used, null where it can."""
    unreadable = pl.col("user").is_null() | pl.col("anime_id").is_null() | (pl.col("anime_id") < 0)
    reasons = [(unreadable, "unreadable")]
    if rated:
        rating = pl.col("rating")
        silent = ~pl.col("said") | rating.is_in(list(NOT_RATED)) | rating.is_nan()
        reasons.append((silent, "not_rated"))
        reasons.append((rating.is_null() | ~rating.is_between(1, 10), "out_of_range"))
    if catalogue_ids is not None:
        known = pl.Series(catalogue_ids).implode()
        reasons.append((~pl.col("anime_id").is_in(known), "not_in_catalogue"))
    return pl.coalesce(pl.when(applies).then(pl.lit(reason)) for applies, reason in reasons).alias(
        "reason"
    )


def _interactions(table: pl.DataFrame) -> tuple[Interactions, Interactions | None]:
    """Number users and items ascending; people whose names are all whole numbers become numbers.

    Returns:
        The ratings; and the same entries with their days, where there are any.
    """
    users = table["user"]
    if not users.dtype.is_integer():
        numbers = users.unique().cast(pl.Int64, strict=False)
        if numbers.null_count() == 0:
            users = users.cast(pl.Int64)
    names = users.unique().sort()
    if users.dtype == pl.String:
        rows = users.cast(pl.Enum(names)).to_physical().to_numpy()
        ids = IdMap(names.to_numpy().astype(str))
    else:
        rows = names.search_sorted(users).to_numpy()
        ids = IdMap(names.to_numpy())
    items = table["anime_id"].unique().sort()
    columns = items.search_sorted(table["anime_id"]).to_numpy()
    anime = IdMap(items.to_numpy())

    def entries(column: str) -> Interactions:
        values = table[column].cast(pl.Float32).fill_null(float("nan")).to_numpy()
        return Interactions.from_rows(ids, anime, rows, columns, values)

    dated = "day" in table.columns and table["day"].null_count() < table.height
    return entries("rating"), entries("day") if dated else None
