"""What is known about an anime, and the table in which a catalogue states it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from recsys.data.genres import sort_tags

if TYPE_CHECKING:  # polars takes a quarter of a second to import; a page is drawn sooner than that
    import polars as pl

__all__ = ["TAG_COLUMNS", "TYPES", "Anime", "complete_columns", "fingerprint", "schema"]

TYPES = ("TV", "Movie", "OVA", "ONA", "Special", "Music", "CM", "PV")
TAG_COLUMNS = ("genres", "themes", "demographics")
_OTHER_TYPES = {"TV Special": "Special", "TV Short": "TV", "TV_SHORT": "TV", "MOVIE": "Movie"}


@dataclass(frozen=True, slots=True)
class Anime:
    """What is known about one anime; None where a fact is not known.

    Attributes:
        anime_id: its id on MyAnimeList.
        title: main title, mostly romanised Japanese.
        title_english, title_japanese: other titles.
        type: one of ``TYPES``.
        year, season: when it started; winter, spring, summer or fall.
        episodes: their number.
        duration_minutes: of one episode, at least 1.
        genres, themes, demographics: names of the closed vocabulary, see ``recsys.data.genres``.
        studios: who made it.
        source: what it was made from: Original, Manga, Light novel, …
        score: community mean, 1 to 10.
        scored_by: number of scores in that mean.
        members: people who have it in their list; an estimate where two digits only are not zero.
        age_class: G, PG, PG-13, R, R+ or Rx.
        is_adult: pornographic.
        cover_url: address of a picture.
        franchise: smallest id among the titles that belong together.
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
    whole = dict.fromkeys(
        ("anime_id", "year", "episodes", "duration_minutes", "scored_by", "members", "franchise"),
        pl.Int32(),
    )
    other: dict[str, pl.DataType] = dict.fromkeys((*TAG_COLUMNS, "studios"), names)
    other |= {**whole, "score": pl.Float32(), "is_adult": pl.Boolean()}
    return {name: other.get(name, pl.String()) for name in Anime.__slots__}


def complete_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of anime in the columns of ``schema``, its names in the closed vocabulary."""
    import polars as pl  # noqa: PLC0415 - not at the first paint

    wanted = schema()
    facts = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None).alias(name)).cast(
            kind, strict=False
        )
        for name, kind in wanted.items()
    ).with_columns(pl.col(*TAG_COLUMNS, "studios").fill_null([]))
    tags = [sort_tags(filter(None, chain(*row))) for row in facts.select(TAG_COLUMNS).iter_rows()]
    genres = [[*row.genres, *row.unknown] for row in tags]
    return facts.with_columns(
        pl.Series("genres", genres, wanted["genres"]),
        pl.Series("themes", [list(row.themes) for row in tags], wanted["themes"]),
        pl.Series("demographics", [list(row.demographics) for row in tags], wanted["demographics"]),
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
