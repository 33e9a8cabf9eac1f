"""Entries and their journal: each change of a profile is written together with its reverse.

A state is what a profile says about one anime, as stored: kind, rating and time. The journal has
one row per change, with the state before and after of each anime, so that undo restores it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from recsys.profiles.entry import Change, Entry
from recsys.profiles.schema import changes, entries

__all__ = ["State", "apply_change", "last_change", "load_entries", "undo_change"]

State = tuple[str, int | None, int]  # kind, rating, time of the change in µs since 1970


def load_entries(connection: Connection, profile_id: str) -> list[Entry]:
    """Return all entries of a profile, newest first."""
    query = (
        select(entries.c.anime_id, entries.c.kind, entries.c.rating, entries.c.changed)
        .where(entries.c.profile_id == profile_id)
        .order_by(entries.c.changed.desc(), entries.c.anime_id)
    )
    return [_to_entry(row[0], (row[1], row[2], row[3])) for row in connection.execute(query)]


def apply_change(
    connection: Connection, profile_id: str, states: Mapping[int, State | None]
) -> Change | None:
    """Write new states of some anime, and one row of the journal; what stays equal is left out.

    Args:
        connection: within a transaction that holds the write lock.
        profile_id: an existing profile.
        states: by anime id: the new state, None to remove the entry.

    Returns:
        The change that undo would undo; None where all states stay equal.
    """
    before = _load_states(connection, profile_id, list(states))
    parts = [
        (anime, before.get(anime), after)
        for anime, after in states.items()
        if _kind_and_rating(before.get(anime)) != _kind_and_rating(after)
    ]
    if not parts:
        return None
    _write_states(connection, profile_id, {anime: after for anime, _, after in parts})
    connection.execute(insert(changes).values(profile_id=profile_id, parts=json.dumps(parts)))
    return _to_change(parts)


def last_change(connection: Connection, profile_id: str) -> Change | None:
    """Return the newest change of a profile; None where nothing can be undone."""
    row = _newest_row(connection, profile_id)
    return None if row is None else _to_change(json.loads(row.parts))


def undo_change(connection: Connection, profile_id: str) -> Change | None:
    """Restore the states before the newest change, and remove it from the journal.

    Returns:
        The change that was undone; None where there was none.
    """
    row = _newest_row(connection, profile_id)
    if row is None:
        return None
    parts = json.loads(row.parts)
    _write_states(connection, profile_id, {anime: before for anime, before, _ in parts})
    connection.execute(delete(changes).where(changes.c.id == row.id))
    return _to_change(parts)


def _kind_and_rating(state: State | None) -> tuple[str | int | None, ...]:
    return (None,) if state is None else state[:2]


def _newest_row(connection: Connection, profile_id: str) -> Any:
    """Return the newest row of the journal, with its id and parts; None where there is none."""
    query = select(changes.c.id, changes.c.parts).where(changes.c.profile_id == profile_id)
    return connection.execute(query.order_by(changes.c.id.desc()).limit(1)).one_or_none()


def _load_states(
    connection: Connection, profile_id: str, anime_ids: Sequence[int]
) -> dict[int, State]:
    """Return the states of some anime; those without an entry are left out."""
    query = select(entries.c.anime_id, entries.c.kind, entries.c.rating, entries.c.changed)
    query = query.where(entries.c.profile_id == profile_id)
    if len(anime_ids) == 1:
        query = query.where(entries.c.anime_id == anime_ids[0])
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(query)}


def _write_states(
    connection: Connection, profile_id: str, states: Mapping[int, State | None]
) -> None:
    """Replace the row of each anime by its new state, if any."""
    connection.execute(
        delete(entries).where(
            entries.c.profile_id == profile_id, entries.c.anime_id == bindparam("anime")
        ),
        [{"anime": anime} for anime in states],
    )
    rows = [
        {
            "profile_id": profile_id,
            "anime_id": anime,
            "kind": state[0],
            "rating": state[1],
            "changed": state[2],
        }
        for anime, state in states.items()
        if state is not None
    ]
    if rows:
        connection.execute(insert(entries), rows)


def _to_entry(anime_id: int, state: Sequence[Any]) -> Entry:
    kind, rating, changed = state
    return Entry(anime_id, kind, rating, datetime.fromtimestamp(changed / 1e6, UTC))


def _to_change(parts: Sequence[Any]) -> Change:
    """Return a change from its parts, each [anime id, state before, state after]."""
    return Change(
        tuple(anime for anime, _, _ in parts),
        tuple(None if before is None else _to_entry(anime, before) for anime, before, _ in parts),
        tuple(None if after is None else _to_entry(anime, after) for anime, _, after in parts),
    )
