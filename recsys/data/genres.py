"""Genre vocabulary: MyAnimeList's genres, themes and demographics, and aliases of other sources.

Older exports use the names that the same tags had before 2021 (Dementia is Avant Garde, Police is
Detective, …); AniList and others have names of their own. All are mapped to one vocabulary, so that
filters know one set of names.
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

# Names in other sources, by the names of the vocabulary that they stand for.
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
_NAMES = {name.casefold(): (name,) for name in (*GENRES, *THEMES, *DEMOGRAPHICS)} | _ALIASES


class Tags(NamedTuple):
    """The tags of one title, in the order of the vocabulary, and names that are not in it."""

    genres: tuple[str, ...]
    themes: tuple[str, ...]
    demographics: tuple[str, ...]
    unknown: tuple[str, ...]


def sort_tags(names: Iterable[str]) -> Tags:
    """Map names of any known source to genres, themes and demographics of the vocabulary.

    Returns:
        The tags, without repeats.

    >>> sort_tags(["Shounen", "Police", "science fiction", "Soap"])
    Tags(genres=('Sci-Fi',), themes=('Detective',), demographics=('Shounen',), unknown=('Soap',))
    """
    tags: set[str] = set()
    unknown: list[str] = []
    for name in names:
        known = _NAMES.get(name.casefold())
        if known is None:
            unknown.append(name)
        else:
            tags.update(known)
    return Tags(
        tuple(name for name in GENRES if name in tags),
        tuple(name for name in THEMES if name in tags),
        tuple(name for name in DEMOGRAPHICS if name in tags),
        tuple(dict.fromkeys(unknown)),
    )
