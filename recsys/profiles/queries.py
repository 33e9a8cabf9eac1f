"""Rows in and out of the tables: the statements that the store is made of."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, delete, func, insert, select

from recsys.defaults import LIKE_THRESHOLD
from recsys.errors import ProfileError
from recsys.profiles.entry import Change, Entry, Profile, validate_name
from recsys.profiles.schema import changes, entries, profiles

__all__ = [
    "State",
    "change_of",
    "counted",
    "created",
    "entry_of",
    "free_name",
    "must_exist",
    "newest_change",
    "now",
    "profile_of",
    "states_of",
    "unknown_profile",
    "write_states",
]

State = tuple[str, int | None, int]  # kind, rating, changed


def now() -> int:
    """Return this moment in microseconds since 1970."""
    return time.time_ns() // 1000


def unknown_profile(profile_id: str) -> str:
    """Say that there is no such profile."""
    return f"There is no profile {profile_id}; it may have been deleted. Pick or make another one."


def counted() -> Select[Any]:
    """Select profiles with their numbers of ratings, likes and entries."""
    rated, liked = entries.c.rating.is_not(None), entries.c.rating >= int(LIKE_THRESHOLD)
    return (
        select(
            profiles.c.id,
            profiles.c.name,
            func.count(case((rated, 1))).label("ratings"),
            func.count(case((liked, 1))).label("likes"),
            func.count(entries.c.anime_id).label("entries"),
        )
        .select_from(profiles.outerjoin(entries))
        .group_by(profiles.c.id, profiles.c.name)
    )


def profile_of(row: Row[Any]) -> Profile:
    """Return the profile of a row of ``counted``."""
    return Profile(row.id, row.name, row.ratings, row.likes, row.entries)


def must_exist(connection: Connection, profile_id: str) -> None:
    """Check that a profile is there.

    Raises:
        ProfileError: there is none of this id, or it was deleted.
    """
    alive = (profiles.c.id == profile_id) & profiles.c.deleted.is_(None)
    if connection.scalar(select(profiles.c.id).where(alive)) is None:
        raise ProfileError(unknown_profile(profile_id))


def free_name(connection: Connection, name: str, but: str = "") -> str:
    """Return a name without blanks around it, if no living profile has it, but for one.

    Raises:
        ProfileError: it is taken, empty or too long.
    """
    checked = validate_name(name)
    live = select(profiles.c.name).where(profiles.c.deleted.is_(None), profiles.c.id != but)
    if checked.casefold() in {other.casefold() for other in connection.scalars(live)}:
        raise ProfileError(
            f"There is a profile called {checked!r} already; nothing was changed. Choose another "
            "name."
        )
    return checked


def created(connection: Connection, name: str) -> Profile:
    """Insert an empty profile.

    Raises:
        ProfileError: its name is taken, empty or too long.
    """
    made = Profile(secrets.token_urlsafe(8), free_name(connection, name), 0, 0, 0)
    connection.execute(insert(profiles).values(id=made.id, name=made.name, created=now()))
    return made


def newest_change(profile_id: str) -> Select[Any]:
    """Select the change that undo would take back."""
    mine = select(changes.c.id, changes.c.parts).where(changes.c.profile_id == profile_id)
    return mine.order_by(changes.c.id.desc()).limit(1)


def states_of(
    connection: Connection, profile_id: str, anime_ids: Sequence[int]
) -> dict[int, State]:
    """Return what a profile says of some anime; nothing stands for those it says nothing of."""
    query = select(entries.c.anime_id, entries.c.kind, entries.c.rating, entries.c.changed)
    mine = query.where(entries.c.profile_id == profile_id)
    if len(anime_ids) == 1:
        mine = mine.where(entries.c.anime_id == anime_ids[0])
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(mine)}


def write_states(
    connection: Connection, profile_id: str, states: Mapping[int, State | None]
) -> None:
    """Put each anime in its state: out with the old row, in with the new one, if any."""
    mine = entries.c.profile_id == profile_id
    connection.execute(
        delete(entries).where(mine, entries.c.anime_id == bindparam("anime")),
        [{"anime": anime} for anime in states],
    )
    rows = [
        {"profile_id": profile_id, "anime_id": anime, "kind": s[0], "rating": s[1], "changed": s[2]}
        for anime, s in states.items()
        if s is not None
    ]
    if rows:
        connection.execute(insert(entries), rows)


def entry_of(anime_id: int, state: Sequence[Any]) -> Entry:
    """Return the entry of an anime in a state."""
    kind, rating, changed = state
    return Entry(anime_id, kind, rating, datetime.fromtimestamp(changed / 1e6, UTC))


def change_of(parts: Sequence[Any]) -> Change:
    """Return the change of its parts, each [anime id, state before, state after]."""
    return Change(
        tuple(anime for anime, _, _ in parts),
        tuple(None if before is None else entry_of(anime, before) for anime, before, _ in parts),
        tuple(None if after is None else entry_of(anime, after) for anime, _, after in parts),
    )
