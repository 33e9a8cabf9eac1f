"""The compiled loops over a sparse matrix, for the CPU. Imported when the first product is made.

A matrix is in compressed sparse rows: row r holds the entries ``starts[r]:starts[r + 1]``. ``cuts``
shares the rows among the threads by entries, not by number: a popular anime has a thousand times
the neighbours of a rare one. Each row is worked by one thread in the order of its entries, so the
bits do not depend on the number of threads.
"""

from __future__ import annotations

import functools
from typing import Any, no_type_check

import numba
import numpy as np

__all__ = ["compact", "dots", "multiply"]


@functools.cache
def multiply(width: int) -> Any:
    """Return the product for X of one width.

    It writes scale · M X + weight · Y to ``out``, in one pass over memory. The innermost loop has a
    constant length, so a row stays in registers while its entries are added: with the width known
    only at run time it takes half as long again.
    """

    @numba.njit(parallel=True, fastmath={"contract"}, cache=True)
    @no_type_check  # compiled for the arrays that it is given
    def of_this_width(  # noqa: PLR0913, PLR0917 - compiled code takes plain arrays, not objects
        starts: Any, columns: Any, values: Any, cuts: Any, x: Any, scale: Any, y: Any, weight: Any,
        out: Any,
    ) -> None:  # fmt: skip
        for chunk in numba.prange(cuts.size - 1):
            for row in range(cuts[chunk], cuts[chunk + 1]):
                if weight == 0:  # Y is not read: it may be anything
                    for c in range(width):
                        out[row, c] = 0
                else:
                    for c in range(width):
                        out[row, c] = weight * y[row, c]
                for entry in range(starts[row], starts[row + 1]):
                    factor = scale * values[entry]
                    column = columns[entry]
                    for c in range(width):
                        out[row, c] += factor * x[column, c]

    return of_this_width


@numba.njit(parallel=True, fastmath=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def dots(starts: Any, columns: Any, cuts: Any, x: Any, y: Any, out: Any) -> None:
    """Write x_r · y_c to ``out`` for every entry (r, c)."""
    width = x.shape[1]
    for chunk in numba.prange(cuts.size - 1):
        for row in range(cuts[chunk], cuts[chunk + 1]):
            for entry in range(starts[row], starts[row + 1]):
                column = columns[entry]
                total = x[row, 0] * y[column, 0]
                for c in range(1, width):
                    total += x[row, c] * y[column, c]
                out[entry] = total


@numba.njit(parallel=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def compact(starts: Any, columns: Any, values: Any, cuts: Any) -> Any:
    """Return starts, columns and values without the entries whose value is 0."""
    counts = np.zeros(starts.size, dtype=starts.dtype)
    for chunk in numba.prange(cuts.size - 1):
        for row in range(cuts[chunk], cuts[chunk + 1]):
            for entry in range(starts[row], starts[row + 1]):
                counts[row + 1] += values[entry] != 0
    kept = np.cumsum(counts).astype(starts.dtype)
    new_columns = np.empty(kept[-1], dtype=columns.dtype)
    new_values = np.empty(kept[-1], dtype=values.dtype)
    for chunk in numba.prange(cuts.size - 1):
        for row in range(cuts[chunk], cuts[chunk + 1]):
            place = kept[row]
            for entry in range(starts[row], starts[row + 1]):
                if values[entry] != 0:
                    new_columns[place] = columns[entry]
                    new_values[place] = values[entry]
                    place += 1
    return kept, new_columns, new_values
