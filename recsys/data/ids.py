"""The two-way map between the ids people use and the rows of a matrix."""

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
        DataError: an id occurs twice.
    """

    __slots__ = ("_order", "_sorted", "ids")

    def __init__(self, ids: Iterable[int] | Iterable[str] | Shaped[np.ndarray, " n"]) -> None:
        array = np.array(ids if isinstance(ids, np.ndarray) else list(ids))
        if array.size == 0 or array.dtype.kind in "iu":
            array = array.astype(np.int64)
        self._order: Int64[np.ndarray, " n"] = np.argsort(array, kind="stable")
        self._sorted: Shaped[np.ndarray, " n"] = array[self._order]
        twice = np.flatnonzero(self._sorted[1:] == self._sorted[:-1])
        if twice.size:
            raise DataError(f"The id {self._sorted[twice[0]]} occurs twice; ids must be distinct.")
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
        """Return the row of each id, −1 where the id is unknown."""
        wanted = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids))
        if len(self) == 0 or wanted.size == 0:
            return np.full(wanted.shape, -1, dtype=np.int64)
        if (wanted.dtype.kind in "iu") != (self.ids.dtype.kind in "iu"):
            return np.full(wanted.shape, -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._sorted, wanted), len(self) - 1)
        found: Bool[np.ndarray, " m"] = self._sorted[place] == wanted
        return np.where(found, self._order[place], -1)

    def rows(self, ids: Shaped[np.ndarray, " m"] | Iterable[Any]) -> Int64[np.ndarray, " m"]:
        """Return the row of each id.

        Raises:
            DataError: an id is unknown; the message names the first one.
        """
        wanted = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids))
        rows = self.find(wanted)
        if (rows < 0).any():
            raise DataError(
                f"The id {wanted[rows < 0][0]} is unknown here ({len(self)} are known)."
            )
        return rows

    def take(self, rows: Shaped[np.ndarray, " m"]) -> IdMap:
        """Return the map of the chosen rows, in the order given."""
        return IdMap(self.ids[rows])
