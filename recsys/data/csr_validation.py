"""Validation of sparse matrices (CSR): indices and ratings are checked before kernels use them.

The checks read the arrays once, in blocks, so that a table of any size, opened memory-mapped, is
checked in bounded memory.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Shaped

from recsys.defaults import MAX_RATING, MIN_RATING
from recsys.errors import DataError

__all__ = ["check_arrays", "check_indices", "check_ratings", "check_rows"]

BLOCK = 2**22  # entries that are checked at a time, some 50 MB


def check_arrays(
    starts: Shaped[np.ndarray, "..."],
    columns: Shaped[np.ndarray, "..."],
    ratings: Shaped[np.ndarray, "..."],
    users: int,
) -> None:
    """Check the types and sizes of the arrays of a sparse matrix; their values are not read.

    Args:
        starts: int64, one more than there are users.
        columns: int32, the item of each entry.
        ratings: float32, the value of each entry.
        users: number of rows.

    Raises:
        DataError: an array has another type, or the sizes do not match.
    """
    for name, array, dtype in (
        ("row starts", starts, np.int64),
        ("item indices", columns, np.int32),
        ("ratings", ratings, np.float32),
    ):
        if array.dtype != dtype or array.ndim != 1:
            raise _damaged(
                f"the {name} are {array.ndim}-dimensional {array.dtype} numbers, not "
                f"1-dimensional {np.dtype(dtype)}"
            )
    if starts.size != users + 1:
        raise _damaged(f"there are {users:,} users but {starts.size:,} row starts")
    if ratings.size != columns.size:
        raise _damaged(f"there are {columns.size:,} entries but {ratings.size:,} ratings")


def check_indices(
    starts: Shaped[np.ndarray, " users_plus_one"],
    columns: Shaped[np.ndarray, " entries"],
    items: int,
) -> None:
    """Check that every row has sorted, distinct columns in range, in one pass over the entries.

    Args:
        starts: row u holds the entries ``starts[u]:starts[u + 1]``.
        columns: the item of each entry.
        items: number of columns.

    Raises:
        DataError: an index is out of range or out of order; the message says which kind.
    """
    if starts[0] != 0 or starts[-1] != columns.size or (np.diff(starts) < 0).any():
        raise _damaged("the row starts do not ascend from 0 to the number of entries")
    for first in range(0, columns.size, BLOCK):
        block = columns[max(first - 1, 0) : first + BLOCK]  # with the entry before
        if block.min() < 0 or block.max() >= items:
            raise _damaged(f"an item index is outside 0 to {items - 1:,}")
        not_ascending = np.flatnonzero(block[1:] <= block[:-1]) + max(first - 1, 0) + 1
        if (starts[np.searchsorted(starts, not_ascending)] != not_ascending).any():
            raise _damaged("the item indices of a user are not in ascending order, or one repeats")


def check_ratings(ratings: Shaped[np.ndarray, " n"]) -> None:
    """Check that all ratings lie between 1 and 10; NaN, a pair without a rating, is allowed.

    Raises:
        DataError: a rating is out of range or no number; the message names the first one.
    """
    if ratings.dtype.kind not in "iuf":
        raise DataError(f"Ratings must be numbers from 1 to 10, not {ratings.dtype} values.")
    for first in range(0, ratings.size, BLOCK):
        block = ratings[first : first + BLOCK]
        outside = block[(block < MIN_RATING) | (block > MAX_RATING)]
        if outside.size:
            raise DataError(
                f"The rating {outside[0]:g} is outside {MIN_RATING:g} to {MAX_RATING:g}; correct "
                "it or leave it out."
            )


def check_rows(
    user_rows: Shaped[np.ndarray, "..."],
    item_rows: Shaped[np.ndarray, "..."],
    values: Shaped[np.ndarray, "..."],
    users: int,
    items: int,
) -> None:
    """Check the coordinates of entries: equal lengths, and every row and column in range.

    Args:
        user_rows: matrix row of each entry.
        item_rows: matrix column of each entry.
        values: value of each entry.
        users: number of rows.
        items: number of columns.

    Raises:
        DataError: the lengths differ, or a row or column is out of range.
    """
    if not user_rows.size == item_rows.size == values.size:
        raise DataError(
            f"There are {user_rows.size:,} users, {item_rows.size:,} items and {values.size:,} "
            "ratings; each rating needs one of each."
        )
    for name, rows, count in (("user", user_rows, users), ("item", item_rows, items)):
        if rows.size and (rows.min() < 0 or rows.max() >= count):
            raise DataError(f"A {name} row is outside 0 to {count - 1:,}; nothing was built.")


def _damaged(reason: str) -> DataError:
    return DataError(f"The interactions are damaged: {reason}.")
