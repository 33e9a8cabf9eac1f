"""Profiles, entries and changes as plain values, and the validation of what a user enters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from recsys.defaults import MAX_RATING, MIN_RATING
from recsys.errors import ProfileError

__all__ = [
    "KINDS",
    "Change",
    "Entry",
    "Kind",
    "Profile",
    "ProfileContents",
    "validate_anime_id",
    "validate_name",
    "validate_rating",
]

# rated: has a rating. seen: watched, without a rating. not_interested: not to be recommended.
# hidden: not to be shown anywhere but in the profile.
Kind = Literal["rated", "seen", "not_interested", "hidden"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named collection of one person's ratings.

    Attributes:
        id: random, so that the ids of other profiles cannot be guessed.
        name: chosen by the person.
        ratings: number of rated anime.
        likes: number of ratings of 7 or more.
        entries: number of anime with an entry of any kind.
    """

    id: str
    name: str
    ratings: int
    likes: int
    entries: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The rating or mark of one anime in a profile; an anime has at most one entry.

    Attributes:
        anime_id: MyAnimeList's id, whether or not the model or the catalogue knows it.
        kind: ``rated``, or the mark that keeps the anime out of recommendations.
        rating: 1 to 10 where the kind is ``rated``, None otherwise.
        changed: time of the last change, UTC.
    """

    anime_id: int
    kind: Kind
    rating: int | None
    changed: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the journal, which undo reverts completely.

    Attributes:
        anime_ids: the anime that were changed.
        before: the entry of each of them before the change; None where there was none.
        after: the entry of each of them after the change; None where it was removed.
    """

    anime_ids: tuple[int, ...]
    before: tuple[Entry | None, ...]
    after: tuple[Entry | None, ...]


@dataclass(frozen=True, slots=True)
class ProfileContents:
    """The contents of a profile at one moment.

    Attributes:
        entries: all entries, newest first.
        last_change: the change that undo would undo; None where there is none.
    """

    entries: tuple[Entry, ...] = ()
    last_change: Change | None = None


def validate_rating(rating: object) -> int:
    """Return a rating if it is valid.

    Raises:
        ProfileError: it is not an integer from 1 to 10.
    """
    if (
        isinstance(rating, bool)
        or not isinstance(rating, int)
        or not MIN_RATING <= rating <= MAX_RATING
    ):
        raise ProfileError(
            f"A rating is a whole number from 1 to 10, not {rating!r}; nothing was changed."
        )
    return rating


def validate_anime_id(anime_id: object) -> int:
    """Return an anime id if it is valid.

    Raises:
        ProfileError: it is not a positive integer.
    """
    if isinstance(anime_id, bool) or not isinstance(anime_id, int) or anime_id < 1:
        raise ProfileError(
            f"An anime id is a whole number above zero, not {anime_id!r}; nothing was changed."
        )
    return anime_id


def validate_name(name: str) -> str:
    """Return the name of a profile without blanks around it.

    Raises:
        ProfileError: it is empty, longer than 60 characters, or has control characters.
    """
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= 60 or not trimmed.isprintable():
        raise ProfileError(
            "The name of a profile has 1 to 60 characters and no line breaks; nothing was changed. "
            "Choose another name."
        )
    return trimmed
