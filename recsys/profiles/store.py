"""The store: every verb on profiles, each write one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from recsys.errors import ProfileError
from recsys.profiles.engine import open_engine
from recsys.profiles.entry import KINDS, Change, Entry, Kind, Profile, validate_rating
from recsys.profiles.queries import (
    State,
    change_of,
    counted,
    created,
    entry_of,
    free_name,
    must_exist,
    newest_change,
    now,
    profile_of,
    states_of,
    unknown_profile,
    write_states,
)
from recsys.profiles.schema import changes, entries, profiles

__all__ = ["Change", "Entry", "Kind", "Profile", "ProfileStore"]

KEPT = 30 * 24 * 3600 * 1_000_000  # a deleted profile can be brought back for 30 days, in µs


class ProfileStore:
    """Profiles in a database; safe to share between threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> ProfileStore:
        """Open a database (a SQLAlchemy URL), and let go what was deleted over 30 days ago.

        Raises:
            ProfileError: it cannot be opened; nothing in it was changed.
        """
        store = cls(open_engine(url))
        with store._writing() as connection:
            connection.execute(delete(profiles).where(profiles.c.deleted < now() - KEPT))
        return store

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def profiles(self) -> list[Profile]:
        """Return all profiles by name, without the deleted ones."""
        with self._reading() as connection:
            found = connection.execute(counted().where(profiles.c.deleted.is_(None))).all()
        return sorted(map(profile_of, found), key=lambda one: (one.name.casefold(), one.id))

    def profile(self, profile_id: str) -> Profile:
        """Return a profile.

        Raises:
            ProfileError: there is none of this id, or it was deleted.
        """
        wanted = (profiles.c.id == profile_id) & profiles.c.deleted.is_(None)
        with self._reading() as connection:
            found = connection.execute(counted().where(wanted)).one_or_none()
        if found is None:
            raise ProfileError(unknown_profile(profile_id))
        return profile_of(found)

    def create(self, name: str) -> Profile:
        """Make an empty profile.

        Raises:
            ProfileError: the name is taken, empty or too long.
        """
        with self._writing() as connection:
            return created(connection, name)

    def rename(self, profile_id: str, name: str) -> None:
        """Give a profile another name.

        Raises:
            ProfileError: the name is taken, empty or too long, or the profile unknown.
        """
        with self._writing() as connection:
            must_exist(connection, profile_id)
            checked = free_name(connection, name, but=profile_id)
            connection.execute(
                update(profiles).where(profiles.c.id == profile_id).values(name=checked)
            )

    def duplicate(self, profile_id: str, name: str) -> Profile:
        """Copy a profile's entries into a new one; its journal stays behind.

        Raises:
            ProfileError: the name is taken, empty or too long, or the profile unknown.
        """
        with self._writing() as connection:
            must_exist(connection, profile_id)
            made = created(connection, name)
            rows = connection.execute(select(entries).where(entries.c.profile_id == profile_id))
            copied = [{**row, "profile_id": made.id} for row in rows.mappings()]
            if copied:
                connection.execute(insert(entries), copied)
        return self.profile(made.id)

    def delete(self, profile_id: str) -> None:
        """Put a profile away; ``restore`` brings it back for 30 days.

        Raises:
            ProfileError: it is unknown.
        """
        with self._writing() as connection:
            must_exist(connection, profile_id)
            connection.execute(
                update(profiles).where(profiles.c.id == profile_id).values(deleted=now())
            )

    def restore(self, profile_id: str) -> Profile:
        """Bring a deleted profile back.

        Raises:
            ProfileError: it is unknown, or its name was taken meanwhile.
        """
        with self._writing() as connection:
            name = connection.scalar(select(profiles.c.name).where(profiles.c.id == profile_id))
            if name is None:
                raise ProfileError(unknown_profile(profile_id))
            free_name(connection, name, but=profile_id)
            connection.execute(
                update(profiles).where(profiles.c.id == profile_id).values(deleted=None)
            )
        return self.profile(profile_id)

    def entries(self, profile_id: str) -> list[Entry]:
        """Return all that a profile says, newest first."""
        query = (
            select(entries.c.anime_id, entries.c.kind, entries.c.rating, entries.c.changed)
            .where(entries.c.profile_id == profile_id)
            .order_by(entries.c.changed.desc(), entries.c.anime_id)
        )
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [entry_of(row[0], (row[1], row[2], row[3])) for row in rows]

    def rate(self, profile_id: str, anime_id: int, rating: int) -> None:
        """Rate an anime, 1 to 10.

        Raises:
            ProfileError: the rating is no whole number from 1 to 10, or the profile unknown.
        """
        self.rate_many(profile_id, {anime_id: rating})

    def rate_many(self, profile_id: str, ratings: Mapping[int, int]) -> None:
        """Rate several anime at once: all of them, or none.

        Raises:
            ProfileError: a rating is no whole number from 1 to 10, or the profile unknown.
        """
        moment = now()
        self._change(
            profile_id,
            {
                anime: ("rated", validate_rating(rating), moment)
                for anime, rating in ratings.items()
            },
        )

    def mark(self, profile_id: str, anime_id: int, kind: Kind) -> None:
        """Say of an anime that it was seen, does not interest, or should be hidden.

        Raises:
            ProfileError: the kind is none of these, or the profile unknown.
        """
        if kind == "rated" or kind not in KINDS:
            raise ProfileError(
                f"{kind!r} is nothing an anime can be marked as; nothing was changed."
            )
        self._change(profile_id, {anime_id: (kind, None, now())})

    def forget(self, profile_id: str, anime_id: int) -> None:
        """Take back what was said about an anime.

        Raises:
            ProfileError: the profile is unknown.
        """
        self._change(profile_id, {anime_id: None})

    def last_change(self, profile_id: str) -> Change | None:
        """Return what ``undo`` would take back."""
        with self._reading() as connection:
            row = connection.execute(newest_change(profile_id)).one_or_none()
        return None if row is None else change_of(json.loads(row.parts))

    def undo(self, profile_id: str) -> Change | None:
        """Take the last change back, whole; again and again back to the beginning.

        Returns:
            What was taken back, or none if there was nothing.

        Raises:
            ProfileError: the profile is unknown.
        """
        with self._writing() as connection:
            must_exist(connection, profile_id)
            row = connection.execute(newest_change(profile_id)).one_or_none()
            if row is None:
                return None
            parts = json.loads(row.parts)
            write_states(connection, profile_id, {anime: before for anime, before, _ in parts})
            connection.execute(delete(changes).where(changes.c.id == row.id))
        return change_of(parts)

    def _change(self, profile_id: str, wanted: Mapping[int, State | None]) -> None:
        for anime_id in wanted:
            if isinstance(anime_id, bool) or not isinstance(anime_id, int) or anime_id < 1:
                raise ProfileError(
                    f"An anime's id is a whole number above zero, not {anime_id!r}; nothing was "
                    "changed."
                )
        with self._writing() as connection:
            must_exist(connection, profile_id)
            old = states_of(connection, profile_id, list(wanted))
            parts = [
                (anime, old.get(anime), after)
                for anime, after in wanted.items()
                if (old.get(anime) or (None,))[:2] != (after or (None,))[:2]
            ]
            if not parts:
                return
            write_states(connection, profile_id, {anime: after for anime, _, after in parts})
            connection.execute(
                insert(changes).values(profile_id=profile_id, parts=json.dumps(parts))
            )

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise ProfileError(_failed("read", error)) from None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Run the block as one transaction: all of it, or nothing, and nobody writes meanwhile."""
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise ProfileError(_failed("written", error)) from None


def _failed(verb: str, error: SQLAlchemyError) -> str:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return f"The profiles could not be {verb} ({reason}); nothing was changed. Try again."
