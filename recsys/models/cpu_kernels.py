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

__all__ = ["dots", "eliminate_zeros", "multiply", "multiply_part", "outer_values", "transpose"]

UNROLLED = (
    48  # a shorter loop of constant length is unrolled to single numbers: several times slower
)


@numba.njit(cache=True)
@no_type_check  # compiled for the arrays that it is given
def _until(columns: Any, begin: Any, stop: Any, end: Any) -> Any:
    """Return the first entry from ``begin`` on whose column is not before ``end``."""
    entry = begin
    while entry < stop and columns[entry] < end:
        entry += 1
    return entry


@functools.cache
def multiply(width: int) -> Any:
    """Return the product for X of one width.

    It writes the rows ``rows`` of scale · M X + weight · Y to ``out``, one below the other, in one
    pass over memory. The innermost loop has a constant length, so a row stays in registers while
    its entries are added: with the width known only at run time it takes half as long again.

    ``ends`` are the columns at which panels of X end: a share's rows all take their entries of one
    panel, which stays in the cache, before they go on to the next. The entries of a row are added
    in the same order, so the bits are those of a single panel.
    """
    constant = width if width >= UNROLLED else 0

    @numba.njit(parallel=True, fastmath={"contract"}, cache=True)
    @no_type_check  # compiled for the arrays that it is given
    def of_this_width(  # noqa: PLR0913, PLR0917 - compiled code takes plain arrays, not objects
        starts: Any, columns: Any, values: Any, rows: Any, cuts: Any, ends: Any, x: Any,
        scale: Any, y: Any, weight: Any, out: Any,
    ) -> None:  # fmt: skip
        d = constant or x.shape[1]
        for chunk in numba.prange(cuts.size - 1):
            first, last = cuts[chunk], cuts[chunk + 1]
            following = np.empty(last - first, dtype=starts.dtype)  # next entry of each row
            for panel in range(ends.size):
                for place in range(first, last):
                    row = rows[place]
                    if panel == 0:
                        following[place - first] = starts[row]
                        for c in range(d):  # at weight 0 Y is not read: it may be anything
                            out[place, c] = weight * y[row, c] if weight != 0 else 0
                    begin, stop = following[place - first], starts[row + 1]
                    if panel + 1 < ends.size:
                        stop = _until(columns, begin, stop, ends[panel])
                        following[place - first] = stop
                    for entry in range(begin, stop):
                        factor = scale * values[entry]
                        column = columns[entry]
                        for c in range(d):
                            out[place, c] += factor * x[column, c]

    return of_this_width


@functools.cache
def multiply_part(width: int) -> Any:
    """Return the product for an X of one width that is zero but in some rows.

    It writes scale · M X to ``out``. ``part`` holds those rows one below the other, and ``places``
    where each row of X stands in it, −1 for the others: their entries are passed over.
    """
    constant = width if width >= UNROLLED else 0

    @numba.njit(parallel=True, fastmath={"contract"}, cache=True)
    @no_type_check  # compiled for the arrays that it is given
    def of_this_width(
        starts: Any, columns: Any, values: Any, cuts: Any, part: Any, places: Any, scale: Any,
        out: Any,
    ) -> None:  # fmt: skip
        d = constant or part.shape[1]
        for chunk in numba.prange(cuts.size - 1):
            for row in range(cuts[chunk], cuts[chunk + 1]):
                for c in range(d):
                    out[row, c] = 0
                for entry in range(starts[row], starts[row + 1]):
                    place = places[columns[entry]]
                    if place >= 0:
                        factor = scale * values[entry]
                        for c in range(d):
                            out[row, c] += factor * part[place, c]

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
def eliminate_zeros(starts: Any, columns: Any, values: Any, cuts: Any) -> Any:
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


@numba.njit(parallel=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def transpose(
    starts: Any, columns: Any, cuts: Any, rows: Any, order: Any, turned_starts: Any
) -> None:
    """Write the structure of the transpose, by counting: two passes over the entries, no sort.

    ``rows`` and ``order`` are written by column: the row of each entry, and its number in the
    matrix, ascending within a column; ``turned_starts`` is where each column begins there.
    """
    width = turned_starts.size - 1
    shares = cuts.size - 1
    free = np.zeros((shares, width), dtype=np.int32)  # first how many, then the next free place
    for chunk in numba.prange(shares):
        for entry in range(starts[cuts[chunk]], starts[cuts[chunk + 1]]):
            free[chunk, columns[entry]] += 1
    total = 0
    for column in range(width):
        turned_starts[column] = total
        for chunk in range(shares):
            count = free[chunk, column]
            free[chunk, column] = total
            total += count
    turned_starts[width] = total
    for chunk in numba.prange(shares):
        for row in range(cuts[chunk], cuts[chunk + 1]):
            for entry in range(starts[row], starts[row + 1]):
                place = free[chunk, columns[entry]]
                free[chunk, columns[entry]] += 1
                rows[place] = row
                order[place] = entry


@numba.njit(parallel=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def outer_values(
    starts: Any, columns: Any, cuts: Any, of_row: Any, of_column: Any, out: Any
) -> None:
    """Write of_row[r] · of_column[c] to ``out`` for every entry (r, c)."""
    for chunk in numba.prange(cuts.size - 1):
        for row in range(cuts[chunk], cuts[chunk + 1]):
            for entry in range(starts[row], starts[row + 1]):
                out[entry] = of_row[row] * of_column[columns[entry]]
