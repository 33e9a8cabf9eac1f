"""Id maps: the bijection between the ids of users or items and the rows of a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64, Shaped

from recsys.errors import DataError

__all__ = ["IdMap"]


class IdMap:
    """An immutable bijection between distinct ids and the rows ``0 … len − 1``.

    Ids are all integers or all strings. Rows follow the order given, so a map can be stored as the
    plain list of its ids.

    Args:
        ids: the distinct ids, in row order.

    Raises:
        DataError: an id occurs twice, or the ids are neither integers nor strings.
    """

    __slots__ = ("_order", "_sorted", "ids")

    def __init__(self, ids: Iterable[int] | Iterable[str] | Shaped[np.ndarray, " n"]) -> None:
        array = np.array(_to_array(ids))
        if array.size == 0 or array.dtype.kind in "iu":
            array = array.astype(np.int64)
        if array.ndim != 1 or array.dtype.kind not in "iU":
            raise DataError(
                f"Ids must be a list of integers or of strings, not {array.dtype} values."
            )
        self._order: Int64[np.ndarray, " n"] = np.argsort(array, kind="stable")
        self._sorted: Shaped[np.ndarray, " n"] = array[self._order]
        repeated = np.flatnonzero(self._sorted[1:] == self._sorted[:-1])
        if repeated.size:
            raise DataError(
                f"The id {self._sorted[repeated[0]]} occurs twice; ids must be distinct."
            )
        array.setflags(write=False)
        self.ids: Shaped[np.ndarray, " n"] = array

    def __len__(self) -> int:
        return int(self.ids.size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdMap) and np.array_equal(self.ids, other.ids)

    def __hash__(self) -> int:
        return hash(self.ids.tobytes())

    def __contains__(self, id_: object) -> bool:
        return bool(self.find(np.array([id_]))[0] >= 0)

    def __repr__(self) -> str:
        return f"IdMap({len(self)} ids)"

    def find(self, ids: Shaped[np.ndarray, " m"] | Iterable[Any]) -> Int64[np.ndarray, " m"]:
        """Return the row of each id; −1 where the id is unknown."""
        wanted = _to_array(ids)
        if len(self) == 0 or wanted.size == 0:
            return np.full(wanted.shape, -1, dtype=np.int64)
        if (wanted.dtype.kind in "iu") != (self.ids.dtype.kind in "iu"):
            return np.full(wanted.shape, -1, dtype=np.int64)
        position = np.minimum(np.searchsorted(self._sorted, wanted), len(self) - 1)
        is_known: Bool[np.ndarray, " m"] = self._sorted[position] == wanted
        return np.where(is_known, self._order[position], -1)

    def rows(self, ids: Shaped[np.ndarray, " m"] | Iterable[Any]) -> Int64[np.ndarray, " m"]:
        """Return the row of each id.

        Raises:
            DataError: an id is unknown; the message names the first one.
        """
        wanted = _to_array(ids)
        rows = self.find(wanted)
        if (rows < 0).any():
            raise DataError(f"The id {wanted[rows < 0][0]} is not among the {len(self)} known ids.")
        return rows

    def take(self, rows: Shaped[np.ndarray, " m"]) -> IdMap:
        """Return the map of the chosen rows, in the order given."""
        return IdMap(self.ids[rows])


def _to_array(ids: Shaped[np.ndarray, " n"] | Iterable[Any]) -> Shaped[np.ndarray, " n"]:
    """Return ids as an array of a plain type; pandas keeps strings as Python objects."""
    if isinstance(ids, np.ndarray) and ids.dtype.kind != "O":
        return ids
    return np.asarray(list(ids))
