"""The closed vocabulary of genres, themes and demographics, and the way of older words into it.

The vocabulary is MyAnimeList's of today. Older exports use the names that the same tags had before
2021 (Dementia is Avant Garde, Police is Detective, …), AniList and others have their own; all of
them are sorted into the three kinds, so that filters need to know one set of names only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["DEMOGRAPHICS", "GENRES", "THEMES", "Tags", "sort_tags"]

GENRES = (
    *("Action", "Adventure", "Avant Garde", "Award Winning", "Boys Love", "Comedy", "Drama"),
    *("Ecchi", "Erotica", "Fantasy", "Girls Love", "Gourmet", "Hentai", "Horror", "Mystery"),
    *("Romance", "Sci-Fi", "Slice of Life", "Sports", "Supernatural", "Suspense"),
)
THEMES = (
    *("Adult Cast", "Anthropomorphic", "CGDCT", "Childcare", "Combat Sports", "Crossdressing"),
    *("Delinquents", "Detective", "Educational", "Gag Humor", "Gore", "Harem", "High Stakes Game"),
    *("Historical", "Idols (Female)", "Idols (Male)", "Isekai", "Iyashikei", "Love Polygon"),
    *("Love Status Quo", "Magical Sex Shift", "Mahou Shoujo", "Martial Arts", "Mecha", "Medical"),
    *("Military", "Music", "Mythology", "Organized Crime", "Otaku Culture", "Parody"),
    *("Performing Arts", "Pets", "Psychological", "Racing", "Reincarnation", "Reverse Harem"),
    *("Samurai", "School", "Showbiz", "Space", "Strategy Game", "Super Power", "Survival"),
    *("Team Sports", "Time Travel", "Urban Fantasy", "Vampire", "Video Game", "Villainess"),
    *("Visual Arts", "Workplace"),
)
DEMOGRAPHICS = ("Josei", "Kids", "Seinen", "Shoujo", "Shounen")

# Other words for the same, or for both of two.
_ALIASES: dict[str, tuple[str, ...]] = {
    "action & adventure": ("Action", "Adventure"),
    "cars": ("Racing",),
    "dementia": ("Avant Garde",),
    "demons": ("Mythology",),
    "game": ("Strategy Game",),
    "history": ("Historical",),
    "magic": ("Fantasy",),
    "magical girl": ("Mahou Shoujo",),
    "police": ("Detective",),
    "sci-fi & fantasy": ("Sci-Fi", "Fantasy"),
    "science fiction": ("Sci-Fi",),
    "shoujo ai": ("Girls Love",),
    "shounen ai": ("Boys Love",),
    "sport": ("Sports",),
    "thriller": ("Suspense",),
    "war": ("Military",),
    "yaoi": ("Boys Love",),
    "yuri": ("Girls Love",),
}
_KNOWN = {name.casefold(): (name,) for name in (*GENRES, *THEMES, *DEMOGRAPHICS)} | _ALIASES


class Tags(NamedTuple):
    """The names of one title, each kind in the order of its vocabulary, and what was not known."""

    genres: tuple[str, ...]
    themes: tuple[str, ...]
    demographics: tuple[str, ...]
    unknown: tuple[str, ...]


def sort_tags(names: Iterable[str]) -> Tags:
    """Sort names of any of the known sources into genres, themes and demographics.

    >>> sort_tags(["Shounen", "Police", "science fiction", "Soap"])
    Tags(genres=('Sci-Fi',), themes=('Detective',), demographics=('Shounen',), unknown=('Soap',))
    """
    found: set[str] = set()
    unknown: list[str] = []
    for name in names:
        known = _KNOWN.get(name.casefold())
        if known is None:
            unknown.append(name)
        else:
            found.update(known)
    return Tags(
        tuple(name for name in GENRES if name in found),
        tuple(name for name in THEMES if name in found),
        tuple(name for name in DEMOGRAPHICS if name in found),
        tuple(dict.fromkeys(unknown)),
    )
