"""The user–item table: who gave what rating, as an immutable sparse matrix with its id maps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64, Shaped

from recsys.data.ids import IdMap
from recsys.defaults import LIKE_THRESHOLD
from recsys.errors import DataError

__all__ = ["Interactions"]


@dataclass(frozen=True, slots=True, eq=False)
class Interactions:
    """Ratings in compressed sparse rows (CSR): one row a user, sorted columns, no pair twice.

    Attributes:
        users: ids of the rows.
        items: ids of the columns.
        starts: row u holds the entries ``starts[u]:starts[u + 1]``.
        columns: item row of each entry, ascending within a user.
        ratings: rating of each entry, 1 to 10; NaN where a pair is known without a rating.
    """

    users: IdMap
    items: IdMap
    starts: Int64[np.ndarray, " users_plus_one"]
    columns: Int32[np.ndarray, " entries"]
    ratings: Float32[np.ndarray, " entries"]

    def __post_init__(self) -> None:
        if self.starts.size != len(self.users) + 1 or self.starts[-1] != self.columns.size:
            raise DataError("The interactions are torn: row starts and entries do not match.")
        if self.columns.size and int(self.columns.max()) >= len(self.items):
            raise DataError("The interactions are torn: an entry points past the last item.")
        for array in (self.starts, self.columns, self.ratings):
            array.setflags(write=False)

    @classmethod
    def from_ids(
        cls,
        users: Shaped[np.ndarray, " n"],
        items: Shaped[np.ndarray, " n"],
        ratings: Shaped[np.ndarray, " n"] | None = None,
    ) -> Interactions:
        """Build from one id pair a rating; ids are numbered ascending, the last of a pair wins."""
        user_ids, user_rows = np.unique(users, return_inverse=True)
        item_ids, item_rows = np.unique(items, return_inverse=True)
        return cls.from_rows(IdMap(user_ids), IdMap(item_ids), user_rows, item_rows, ratings)

    @classmethod
    def from_rows(
        cls,
        users: IdMap,
        items: IdMap,
        user_rows: Shaped[np.ndarray, " n"],
        item_rows: Shaped[np.ndarray, " n"],
        ratings: Shaped[np.ndarray, " n"] | None = None,
    ) -> Interactions:
        """Build from matrix rows and columns in any order; the last of an equal pair wins."""
        key = user_rows.astype(np.int64) * max(len(items), 1) + item_rows
        order = np.argsort(key, kind="stable")
        key = key[order]
        last: Bool[np.ndarray, " n"] = np.ones(key.size, dtype=bool)
        last[:-1] = key[1:] != key[:-1]
        order = order[last]
        values = np.full(key.size, np.nan, np.float32) if ratings is None else ratings
        counts = np.bincount(user_rows[order], minlength=len(users))
        return cls(
            users,
            items,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            item_rows[order].astype(np.int32),
            np.asarray(values)[order].astype(np.float32),
        )

    def __len__(self) -> int:
        return int(self.columns.size)

    def __repr__(self) -> str:
        return (
            f"Interactions({len(self.users)} users × {len(self.items)} items, {len(self)} entries)"
        )

    @property
    def user_degrees(self) -> Int64[np.ndarray, " users"]:
        """Number of entries of each user."""
        return np.diff(self.starts)

    @property
    def item_degrees(self) -> Int64[np.ndarray, " items"]:
        """Number of entries of each item."""
        return np.bincount(self.columns, minlength=len(self.items)).astype(np.int64)

    @property
    def rows(self) -> Int32[np.ndarray, " entries"]:
        """User row of each entry (the CSR starts, spelt out)."""
        return np.repeat(np.arange(len(self.users), dtype=np.int32), self.user_degrees)

    def of(self, user_row: int) -> slice:
        """Return the slice of ``columns`` and ``ratings`` that belongs to one user row."""
        return slice(int(self.starts[user_row]), int(self.starts[user_row + 1]))

    def gather(
        self, user_rows: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " entries"], Int64[np.ndarray, " entries"]]:
        """Return where all entries of some users stand: (place in ``user_rows``, entry)."""
        degrees = self.user_degrees[user_rows]
        places = np.repeat(np.arange(user_rows.size), degrees)
        within = np.arange(places.size) - np.repeat(np.cumsum(degrees) - degrees, degrees)
        return places, self.starts[user_rows][places] + within

    def where(self, keep: Bool[np.ndarray, " entries"]) -> Interactions:
        """Keep the marked entries; users and items stay, even those left without any."""
        return Interactions.from_rows(
            self.users, self.items, self.rows[keep], self.columns[keep], self.ratings[keep]
        )

    def likes(self, at: float = LIKE_THRESHOLD) -> Interactions:
        """Keep the likes: ratings of ``at`` or more; all pairs of a table without ratings."""
        if np.isnan(self.ratings).all():
            return self
        return self.where(self.ratings >= at)

    def with_users(self, keep: Bool[np.ndarray, " users"]) -> Interactions:
        """Keep the marked users, renumbered in the same order; the items stay as they are."""
        entries = keep[self.rows]
        renumber = np.cumsum(keep) - 1
        return Interactions.from_rows(
            self.users.take(np.flatnonzero(keep)),
            self.items,
            renumber[self.rows[entries]],
            self.columns[entries],
            self.ratings[entries],
        )

    def with_items(self, items: IdMap) -> Interactions:
        """Express the same entries in other columns; entries of other items are left out."""
        target = items.find(self.items.ids)[self.columns]
        keep = target >= 0
        return Interactions.from_rows(
            self.users, items, self.rows[keep], target[keep], self.ratings[keep]
        )

    def without_empty(self) -> Interactions:
        """Drop the users and items that have no entry."""
        kept = self.with_items(self.items.take(np.flatnonzero(self.item_degrees > 0)))
        return kept.with_users(kept.user_degrees > 0)

    def core(self, least: int) -> Interactions:
        """Return the ``least``-core: users and items with so many entries or more, until stable."""
        table = self.without_empty()
        while True:
            users = table.user_degrees >= least
            items = table.item_degrees >= least
            if users.all() and items.all():
                return table
            table = table.with_users(users)
            table = table.with_items(table.items.take(np.flatnonzero(items))).without_empty()

    def to_scipy(self) -> Any:
        """Return the binary users × items matrix as ``scipy.sparse.csr_array`` of float32."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - the app serves without scipy

        ones = np.ones(len(self), dtype=np.float32)
        return csr_array((ones, self.columns, self.starts), (len(self.users), len(self.items)))

    def fingerprint(self) -> str:
        """Return a SHA-256 over ids and entries: equal data, equal fingerprint."""
        digest = hashlib.sha256()
        for array in (self.users.ids, self.items.ids, self.starts, self.columns, self.ratings):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
