"""Catalogue schema: the facts about an anime, and the columns and types of a catalogue file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from recsys.data.genres import sort_tags

if TYPE_CHECKING:  # polars takes 0.25 s to import, which would delay the first page
    import polars as pl

__all__ = ["TAG_COLUMNS", "TYPES", "Anime", "complete_columns", "fingerprint", "schema"]

TYPES = ("TV", "Movie", "OVA", "ONA", "Special", "Music", "CM", "PV")
TAG_COLUMNS = ("genres", "themes", "demographics")
_OTHER_TYPES = {"TV Special": "Special", "TV Short": "TV", "TV_SHORT": "TV", "MOVIE": "Movie"}


@dataclass(frozen=True, slots=True)
class Anime:
    """The facts about one anime; None where a fact is unknown.

    Attributes:
        anime_id: its id on MyAnimeList.
        title: main title, mostly romanised Japanese.
        title_english, title_japanese: other titles.
        type: one of ``TYPES``.
        year, season: of the first episode; the season is winter, spring, summer or fall.
        episodes: number of episodes.
        duration_minutes: length of one episode, at least 1.
        genres, themes, demographics: names of the vocabulary (``recsys.data.genres``).
        studios: names of the studios.
        source: the original work: Original, Manga, Light novel, …
        score: mean score of MyAnimeList's users, 1 to 10.
        scored_by: number of scores in that mean.
        members: number of users who list it; rounded to two digits where it is an estimate.
        age_class: G, PG, PG-13, R, R+ or Rx.
        is_adult: pornographic.
        cover_url: URL of the cover image.
        franchise: smallest anime id of the series that it belongs to.
    """

    anime_id: int
    title: str
    title_english: str | None
    title_japanese: str | None
    type: str | None
    year: int | None
    season: str | None
    episodes: int | None
    duration_minutes: int | None
    genres: tuple[str, ...]
    themes: tuple[str, ...]
    demographics: tuple[str, ...]
    studios: tuple[str, ...]
    source: str | None
    score: float | None
    scored_by: int | None
    members: int | None
    age_class: str | None
    is_adult: bool
    cover_url: str | None
    franchise: int


def schema() -> dict[str, pl.DataType]:
    """Return the columns of a catalogue file and their types, in the order of ``Anime``."""
    import polars as pl  # noqa: PLC0415 - not at the first paint

    names = pl.List(pl.String())
    integers = dict.fromkeys(
        ("anime_id", "year", "episodes", "duration_minutes", "scored_by", "members", "franchise"),
        pl.Int32(),
    )
    other: dict[str, pl.DataType] = dict.fromkeys((*TAG_COLUMNS, "studios"), names)
    other |= {**integers, "score": pl.Float32(), "is_adult": pl.Boolean()}
    return {name: other.get(name, pl.String()) for name in Anime.__slots__}


def complete_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of anime with all columns of ``schema``, its tags mapped to the vocabulary."""
    import polars as pl  # noqa: PLC0415 - not at the first paint

    columns = schema()
    facts = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None).alias(name)).cast(
            dtype, strict=False
        )
        for name, dtype in columns.items()
    ).with_columns(pl.col(*TAG_COLUMNS, "studios").fill_null([]))
    tags = [sort_tags(filter(None, chain(*row))) for row in facts.select(TAG_COLUMNS).iter_rows()]
    genres = [[*row.genres, *row.unknown] for row in tags]
    return facts.with_columns(
        pl.Series("genres", genres, columns["genres"]),
        pl.Series("themes", [list(row.themes) for row in tags], columns["themes"]),
        pl.Series(
            "demographics", [list(row.demographics) for row in tags], columns["demographics"]
        ),
        pl.col("type").replace(_OTHER_TYPES),
    ).with_columns(
        pl.when(pl.col("type").is_in(TYPES)).then("type"),
        pl.col("is_adult").fill_null(value=False)
        | pl.col("genres").list.contains("Hentai")
        | pl.col("age_class").eq_missing("Rx"),
    )


def fingerprint(facts: pl.DataFrame) -> str:
    """Return the SHA-256 of all facts: equal facts in equal order, equal fingerprint."""
    digest = hashlib.sha256()
    for part in _parts(facts):
        digest.update(part)
    return digest.hexdigest()


def _parts(facts: pl.DataFrame) -> Iterator[bytes]:
    import polars as pl  # noqa: PLC0415 - not at the first paint

    for column in facts:
        values = column
        if column.dtype == pl.List:
            yield column.list.len().to_numpy().tobytes()
            values = column.explode(empty_as_null=False)
        if values.dtype == pl.String:
            yield values.fill_null("\x1e").str.join("\n").item().encode()
        else:
            yield values.is_null().to_numpy().tobytes() + values.fill_null(0).to_numpy().tobytes()
