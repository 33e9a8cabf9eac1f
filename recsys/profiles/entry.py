"""What a profile holds, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from recsys.errors import ProfileError

__all__ = ["KINDS", "Change", "Entry", "Kind", "Profile", "validate_name", "validate_rating"]

Kind = Literal["rated", "seen", "not_interested", "hidden"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's collection of ratings.

    Attributes:
        id: random, so that nobody finds another profile by counting.
        name: chosen by the person.
        ratings: number of rated anime.
        likes: number of ratings of 7 or more.
        entries: number of anime it says anything about.
    """

    id: str
    name: str
    ratings: int
    likes: int
    entries: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The one thing that a profile says about an anime.

    Attributes:
        anime_id: MyAnimeList's id, whether or not the model or the catalogue knows it.
        kind: ``rated``, or why it should not be recommended without a rating.
        rating: 1 to 10 where rated, none otherwise.
        changed: when it was last said, UTC.
    """

    anime_id: int
    kind: Kind
    rating: int | None
    changed: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One step that undo takes back whole: before and after, an entry (or none) an anime."""

    anime_ids: tuple[int, ...]
    before: tuple[Entry | None, ...]
    after: tuple[Entry | None, ...]


def validate_rating(rating: object) -> int:
    """Return a rating that is one.

    Raises:
        ProfileError: it is no whole number from 1 to 10.
    """
    if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 10:
        raise ProfileError(
            f"A rating is a whole number from 1 to 10, not {rating!r}; nothing was changed."
        )
    return rating


def validate_name(name: str) -> str:
    """Return a profile's name without blanks around it.

    Raises:
        ProfileError: it is empty, longer than 60 characters, or holds control characters.
    """
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= 60 or not trimmed.isprintable():
        raise ProfileError(
            "A profile's name has 1 to 60 characters and no line breaks; nothing was changed. "
            "Choose another name."
        )
    return trimmed
