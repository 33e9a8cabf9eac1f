"""Profile rows: SQL statements on the table of profiles."""

from __future__ import annotations

import secrets
import time
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, insert, select

from recsys.defaults import LIKE_THRESHOLD
from recsys.errors import ProfileError
from recsys.profiles.entry import Profile, validate_name
from recsys.profiles.schema import entries, profiles

__all__ = [
    "check_profile_exists",
    "insert_profile",
    "now",
    "numbered_name",
    "select_profiles",
    "to_profile",
    "unknown_profile",
    "unused_name",
]


def now() -> int:
    """Return the current time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def unknown_profile(profile_id: str) -> ProfileError:
    """Return the error for a profile id that does not exist."""
    return ProfileError(
        f"There is no profile {profile_id}; it may have been deleted. Choose or create another one."
    )


def select_profiles() -> Select[Any]:
    """Return the statement that selects profiles with their numbers of ratings, likes, entries."""
    is_rated = entries.c.rating.is_not(None)
    is_liked = entries.c.rating >= int(LIKE_THRESHOLD)
    return (
        select(
            profiles.c.id,
            profiles.c.name,
            func.count(case((is_rated, 1))).label("ratings"),
            func.count(case((is_liked, 1))).label("likes"),
            func.count(entries.c.anime_id).label("entries"),
        )
        .select_from(profiles.outerjoin(entries))
        .group_by(profiles.c.id, profiles.c.name)
    )


def to_profile(row: Row[Any]) -> Profile:
    """Return the profile of a row of ``select_profiles``."""
    return Profile(row.id, row.name, row.ratings, row.likes, row.entries)


def check_profile_exists(connection: Connection, profile_id: str) -> None:
    """Check that a profile exists and is not deleted.

    Raises:
        ProfileError: there is no profile of this id, or it was deleted.
    """
    exists = (profiles.c.id == profile_id) & profiles.c.deleted.is_(None)
    if connection.scalar(select(profiles.c.id).where(exists)) is None:
        raise unknown_profile(profile_id)


def unused_name(connection: Connection, name: str, own_id: str = "") -> str:
    """Check that a name is valid and that no other profile has it.

    Args:
        connection: within a transaction.
        name: compared without case.
        own_id: id of the profile that is to have the name, and may have it already.

    Returns:
        The name without blanks around it.

    Raises:
        ProfileError: the name is taken, empty or too long.
    """
    name = validate_name(name)
    others = select(profiles.c.name).where(profiles.c.deleted.is_(None), profiles.c.id != own_id)
    if name.casefold() in {other.casefold() for other in connection.scalars(others)}:
        raise ProfileError(
            f"There is already a profile named {name!r}; nothing was changed. Choose another name."
        )
    return name


def numbered_name(connection: Connection, name: str) -> str:
    """Return the name if it is unused, else the first unused of "name 2", "name 3" and so on.

    Raises:
        ProfileError: the name is empty or too long.
    """
    name = validate_name(name)
    others = select(profiles.c.name).where(profiles.c.deleted.is_(None))
    taken = {other.casefold() for other in connection.scalars(others)}
    numbered, number = name, 1
    while numbered.casefold() in taken:
        number += 1
        numbered = f"{name} {number}"
    return numbered


def insert_profile(connection: Connection, name: str) -> Profile:
    """Insert an empty profile.

    Returns:
        The profile, with a new random id.

    Raises:
        ProfileError: the name is taken, empty or too long.
    """
    profile = Profile(secrets.token_urlsafe(8), unused_name(connection, name), 0, 0, 0)
    connection.execute(insert(profiles).values(id=profile.id, name=profile.name, created=now()))
    return profile
