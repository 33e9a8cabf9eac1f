"""Profile store: creates, reads and changes profiles; each write is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, delete, insert, select, update

from recsys.errors import ProfileError
from recsys.profiles import undo_journal as journal
from recsys.profiles.engine import open_engine
from recsys.profiles.entry import (
    KINDS,
    Change,
    Entry,
    Kind,
    Profile,
    ProfileContents,
    validate_anime_id,
    validate_rating,
)
from recsys.profiles.queries import (
    check_profile_exists,
    insert_profile,
    now,
    numbered_name,
    select_profiles,
    to_profile,
    unknown_profile,
    unused_name,
)
from recsys.profiles.schema import entries, profiles
from recsys.profiles.transactions import reading, writing

__all__ = ["Change", "Entry", "Kind", "Profile", "ProfileContents", "ProfileStore"]

RETENTION = 30 * 24 * 3600 * 1_000_000  # µs for which a deleted profile can be restored: 30 days


class ProfileStore:
    """Profiles in a database; safe to share between threads and processes.

    Args:
        engine: of a database whose tables are up to date (``open_engine``).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> ProfileStore:
        """Open a database, and remove profiles that were deleted more than 30 days ago.

        Args:
            url: of SQLAlchemy, such as ``sqlite:///profiles.sqlite``.

        Returns:
            The store; close it, or use it in a ``with`` statement.

        Raises:
            ProfileError: the database cannot be opened; nothing in it was changed.
        """
        store = cls(open_engine(url))
        with writing(store._engine) as connection:
            connection.execute(delete(profiles).where(profiles.c.deleted < now() - RETENTION))
        return store

    def close(self) -> None:
        """Close all connections to the database."""
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
        """Return all profiles that are not deleted, sorted by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select_profiles().where(profiles.c.deleted.is_(None))).all()
        return sorted(
            map(to_profile, rows), key=lambda profile: (profile.name.casefold(), profile.id)
        )

    def profile(self, profile_id: str) -> Profile:
        """Return a profile.

        Raises:
            ProfileError: there is no profile of this id, or it was deleted.
        """
        condition = (profiles.c.id == profile_id) & profiles.c.deleted.is_(None)
        with reading(self._engine) as connection:
            row = connection.execute(select_profiles().where(condition)).one_or_none()
        if row is None:
            raise unknown_profile(profile_id)
        return to_profile(row)

    def create(self, name: str) -> Profile:
        """Create an empty profile.

        Returns:
            The new profile.

        Raises:
            ProfileError: the name is taken, empty or too long.
        """
        with writing(self._engine) as connection:
            return insert_profile(connection, name)

    def create_numbered(self, name: str) -> Profile:
        """Create an empty profile; a taken name gets a number: "name 2".

        Returns:
            The new profile.

        Raises:
            ProfileError: the name is empty or too long.
        """
        with writing(self._engine) as connection:
            return insert_profile(connection, numbered_name(connection, name))

    def rename(self, profile_id: str, name: str) -> None:
        """Change the name of a profile.

        Raises:
            ProfileError: the name is taken, empty or too long, or the profile is unknown.
        """
        with writing(self._engine) as connection:
            check_profile_exists(connection, profile_id)
            name = unused_name(connection, name, own_id=profile_id)
            connection.execute(
                update(profiles).where(profiles.c.id == profile_id).values(name=name)
            )

    def duplicate(self, profile_id: str, name: str) -> Profile:
        """Copy a profile's entries, without its journal, into a new profile.

        Returns:
            The new profile.

        Raises:
            ProfileError: the name is taken, empty or too long, or the profile is unknown.
        """
        with writing(self._engine) as connection:
            check_profile_exists(connection, profile_id)
            copy = insert_profile(connection, name)
            rows = connection.execute(select(entries).where(entries.c.profile_id == profile_id))
            copied_rows = [{**row, "profile_id": copy.id} for row in rows.mappings()]
            if copied_rows:
                connection.execute(insert(entries), copied_rows)
        return self.profile(copy.id)

    def delete(self, profile_id: str) -> None:
        """Delete a profile; ``restore`` undoes this for 30 days.

        Raises:
            ProfileError: the profile is unknown.
        """
        with writing(self._engine) as connection:
            check_profile_exists(connection, profile_id)
            connection.execute(
                update(profiles).where(profiles.c.id == profile_id).values(deleted=now())
            )

    def restore(self, profile_id: str) -> Profile:
        """Restore a deleted profile.

        Returns:
            The profile.

        Raises:
            ProfileError: it is unknown, or another profile has taken its name since.
        """
        with writing(self._engine) as connection:
            name = connection.scalar(select(profiles.c.name).where(profiles.c.id == profile_id))
            if name is None:
                raise unknown_profile(profile_id)
            unused_name(connection, name, own_id=profile_id)
            connection.execute(
                update(profiles).where(profiles.c.id == profile_id).values(deleted=None)
            )
        return self.profile(profile_id)

    def entries(self, profile_id: str) -> list[Entry]:
        """Return all entries of a profile, newest first."""
        with reading(self._engine) as connection:
            return journal.load_entries(connection, profile_id)

    def contents(self, profile_id: str) -> ProfileContents:
        """Return the entries and the last change of a profile, read in one transaction."""
        with reading(self._engine) as connection:
            return ProfileContents(
                tuple(journal.load_entries(connection, profile_id)),
                journal.last_change(connection, profile_id),
            )

    def rate(self, profile_id: str, anime_id: int, rating: int) -> Change | None:
        """Rate an anime, 1 to 10.

        Returns:
            The change that undo would undo; None where nothing changed.

        Raises:
            ProfileError: the rating is not an integer from 1 to 10, the anime id not a positive
                integer, or the profile unknown.
        """
        return self.rate_many(profile_id, {anime_id: rating})

    def rate_many(self, profile_id: str, ratings: Mapping[int, int]) -> Change | None:
        """Rate several anime as one change: all of them or none.

        Args:
            profile_id: the profile.
            ratings: by anime id: the rating, 1 to 10.

        Returns:
            The change that undo would undo; None where nothing changed.

        Raises:
            ProfileError: as ``rate``.
        """
        time = now()
        states: dict[int, journal.State | None] = {
            anime: ("rated", validate_rating(rating), time) for anime, rating in ratings.items()
        }
        return self._change(profile_id, states)

    def mark(self, profile_id: str, anime_id: int, kind: Kind) -> Change | None:
        """Mark an anime as seen, as not interesting, or as hidden, without a rating.

        Returns:
            The change that undo would undo; None where nothing changed.

        Raises:
            ProfileError: the kind is not one of these, the anime id not a positive integer, or the
                profile unknown.
        """
        if kind == "rated" or kind not in KINDS:
            raise ProfileError(
                f"An anime cannot be marked as {kind!r}; nothing was changed. Use one of "
                f"{', '.join(KINDS[1:])}."
            )
        return self._change(profile_id, {anime_id: (kind, None, now())})

    def forget(self, profile_id: str, anime_id: int) -> Change | None:
        """Remove the rating or mark of an anime.

        Returns:
            The change that undo would undo; None where nothing changed.

        Raises:
            ProfileError: the profile is unknown.
        """
        return self._change(profile_id, {anime_id: None})

    def last_change(self, profile_id: str) -> Change | None:
        """Return the change that ``undo`` would undo; None where there is none."""
        with reading(self._engine) as connection:
            return journal.last_change(connection, profile_id)

    def undo(self, profile_id: str) -> Change | None:
        """Undo the last change; repeated calls go back to the empty profile.

        Returns:
            The change that was undone; None where there was none.

        Raises:
            ProfileError: the profile is unknown.
        """
        with writing(self._engine) as connection:
            check_profile_exists(connection, profile_id)
            return journal.undo_change(connection, profile_id)

    def _change(self, profile_id: str, states: Mapping[int, journal.State | None]) -> Change | None:
        for anime_id in states:
            validate_anime_id(anime_id)
        with writing(self._engine) as connection:
            check_profile_exists(connection, profile_id)
            return journal.apply_change(connection, profile_id, states)
