"""One anime: what is known about it, and how a file states it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # polars takes a quarter of a second to import; a page is drawn sooner than that
    import polars as pl

__all__ = ["TAGS", "TYPES", "Anime", "schema"]

TYPES = ("TV", "Movie", "OVA", "ONA", "Special", "Music", "CM", "PV")
TAGS = ("genres", "themes", "demographics")


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
    import polars as pl  # noqa: PLC0415

    names = pl.List(pl.String())
    whole = dict.fromkeys(
        ("anime_id", "year", "episodes", "duration_minutes", "scored_by", "members", "franchise"),
        pl.Int32(),
    )
    other: dict[str, pl.DataType] = dict.fromkeys((*TAGS, "studios"), names)
    other |= {**whole, "score": pl.Float32(), "is_adult": pl.Boolean()}
    return {name: other.get(name, pl.String()) for name in Anime.__slots__}
