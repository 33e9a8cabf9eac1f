"""Interactions: the user–item ratings as an immutable sparse matrix (CSR) with its id maps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64, Shaped

from recsys.data.csr_validation import check_arrays, check_indices, check_ratings, check_rows
from recsys.data.ids import IdMap
from recsys.defaults import LIKE_THRESHOLD

__all__ = ["Interactions"]


@dataclass(frozen=True, slots=True, eq=False)
class Interactions:
    """Ratings in compressed sparse rows: one row per user, sorted columns, no pair twice.

    The arrays are validated and made read-only; compiled kernels may trust their indices.

    Attributes:
        users: ids of the rows.
        items: ids of the columns.
        starts: row u holds the entries ``starts[u]:starts[u + 1]``.
        columns: item row of each entry, ascending within a user.
        ratings: rating of each entry, 1 to 10; NaN where a pair has no rating.

    Raises:
        DataError: the arrays do not form a sparse matrix of these users and items.
    """

    users: IdMap
    items: IdMap
    starts: Int64[np.ndarray, " users_plus_one"]
    columns: Int32[np.ndarray, " entries"]
    ratings: Float32[np.ndarray, " entries"]

    def __post_init__(self) -> None:
        check_arrays(self.starts, self.columns, self.ratings, len(self.users))
        check_indices(self.starts, self.columns, len(self.items))
        for array in (self.starts, self.columns, self.ratings):
            array.setflags(write=False)

    @classmethod
    def from_ids(
        cls,
        users: Shaped[np.ndarray, " n"],
        items: Shaped[np.ndarray, " n"],
        ratings: Shaped[np.ndarray, " n"] | None = None,
    ) -> Interactions:
        """Build a table from one user id and one item id per rating.

        Args:
            users: user id of each rating; all integers or all strings.
            items: item id of each rating; all integers or all strings.
            ratings: from 1 to 10, or NaN for a pair without a rating; None where no pair has one.

        Returns:
            The table, its ids in ascending order; of an equal pair the last rating counts.

        Raises:
            DataError: a rating is outside 1 to 10, an id is neither integer nor string, or the
                arrays differ in length.
        """
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
        """Build a table from matrix rows and columns in any order.

        Args:
            users: ids of the rows.
            items: ids of the columns.
            user_rows: matrix row of each entry, 0 to ``len(users) − 1``.
            item_rows: matrix column of each entry, 0 to ``len(items) − 1``.
            ratings: from 1 to 10, or NaN for a pair without a rating; None where no pair has one.

        Returns:
            The table; of an equal pair the last rating counts.

        Raises:
            DataError: a rating is outside 1 to 10, a row or column is out of range, or the arrays
                differ in length.
        """
        if ratings is None:
            ratings = np.full(user_rows.size, np.nan, np.float32)
        else:
            check_ratings(np.asarray(ratings))
        return cls.from_values(users, items, user_rows, item_rows, ratings)

    @classmethod
    def from_values(
        cls,
        users: IdMap,
        items: IdMap,
        user_rows: Shaped[np.ndarray, " n"],
        item_rows: Shaped[np.ndarray, " n"],
        values: Shaped[np.ndarray, " n"],
    ) -> Interactions:
        """Build a table as ``from_rows`` does, of any values, such as the days of ratings.

        Args:
            users: ids of the rows.
            items: ids of the columns.
            user_rows: matrix row of each entry, 0 to ``len(users) − 1``.
            item_rows: matrix column of each entry, 0 to ``len(items) − 1``.
            values: value of each entry; ``ratings`` of the table.

        Returns:
            The table; of an equal pair the last value counts.

        Raises:
            DataError: a row or column is out of range, or the arrays differ in length.
        """
        check_rows(user_rows, item_rows, np.asarray(values), len(users), len(items))
        key = user_rows.astype(np.int64) * max(len(items), 1) + item_rows
        order = np.argsort(key, kind="stable")
        key = key[order]
        is_last: Bool[np.ndarray, " n"] = np.ones(key.size, dtype=bool)
        is_last[:-1] = key[1:] != key[:-1]
        order = order[is_last]
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
        """User row of each entry: ``starts`` expanded to one row per entry."""
        return np.repeat(np.arange(len(self.users), dtype=np.int32), self.user_degrees)

    def user_slice(self, user_row: int) -> slice:
        """Return the slice of ``columns`` and ``ratings`` that belongs to one user row."""
        return slice(int(self.starts[user_row]), int(self.starts[user_row + 1]))

    def gather(
        self, user_rows: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " entries"], Int64[np.ndarray, " entries"]]:
        """Look up all entries of some users.

        Args:
            user_rows: rows of the users, in any order, repeats allowed.

        Returns:
            For each entry the position of its user in ``user_rows``, and its index in ``columns``.
        """
        degrees = self.user_degrees[user_rows]
        positions = np.repeat(np.arange(user_rows.size), degrees)
        within = np.arange(positions.size) - np.repeat(np.cumsum(degrees) - degrees, degrees)
        return positions, self.starts[user_rows][positions] + within

    def where(self, keep: Bool[np.ndarray, " entries"]) -> Interactions:
        """Return the marked entries; users and items stay, even those left without an entry."""
        return Interactions.from_values(
            self.users, self.items, self.rows[keep], self.columns[keep], self.ratings[keep]
        )

    def likes(self, threshold: float = LIKE_THRESHOLD) -> Interactions:
        """Return the likes: ratings of ``threshold`` or more, or all pairs where none is rated."""
        if np.isnan(self.ratings).all():
            return self
        return self.where(self.ratings >= threshold)

    def with_users(self, keep: Bool[np.ndarray, " users"]) -> Interactions:
        """Return the marked users, renumbered in the same order; the items stay as they are."""
        entries = keep[self.rows]
        renumber = np.cumsum(keep) - 1
        return Interactions.from_values(
            self.users.take(np.flatnonzero(keep)),
            self.items,
            renumber[self.rows[entries]],
            self.columns[entries],
            self.ratings[entries],
        )

    def with_items(self, items: IdMap) -> Interactions:
        """Return the same entries in the columns of other items; unknown items are left out."""
        target = items.find(self.items.ids)[self.columns]
        keep = target >= 0
        return Interactions.from_values(
            self.users, items, self.rows[keep], target[keep], self.ratings[keep]
        )

    def without_empty(self) -> Interactions:
        """Return the table without the users and items that have no entry."""
        table = self.with_items(self.items.take(np.flatnonzero(self.item_degrees > 0)))
        return table.with_users(table.user_degrees > 0)

    def core(self, minimum: int) -> Interactions:
        """Return the k-core: every user and item that is left has ``minimum`` entries or more."""
        table = self.without_empty()
        while True:
            users = table.user_degrees >= minimum
            items = table.item_degrees >= minimum
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
