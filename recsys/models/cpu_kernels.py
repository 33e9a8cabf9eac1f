"""CPU kernels: compiled loops over a sparse matrix in compressed rows (CSR).

Row r of a matrix holds the entries ``starts[r]:starts[r + 1]``. The array ``partitions`` divides
the rows among the threads into parts with equal numbers of entries, because a popular item has a
thousand times the neighbours of a rare one. One thread computes a row, in the order of its entries,
so the result does not depend on the number of threads.

The kernels check no index. ``Interactions`` validates the indices of all data that comes from
outside. This module is imported with the first product, since importing numba takes half a second.
"""

from __future__ import annotations

import functools
from typing import Any, no_type_check

import numba
import numpy as np

__all__ = [
    "dot_products",
    "eliminate_zeros",
    "multiply",
    "multiply_row_sparse",
    "outer_values_kernel",
    "transpose_kernel",
]

# The compiler unrolls a shorter loop of constant length into scalar code, which is several times
# slower than a vectorised loop.
MIN_CONSTANT_WIDTH = 48


@numba.njit(cache=True)
@no_type_check  # compiled for the arrays that it is given
def _first_entry_from_column(columns: Any, begin: Any, stop: Any, column: Any) -> Any:
    """Return the first entry in ``begin:stop`` of a row whose column is ``column`` or above."""
    entry = begin
    while entry < stop and columns[entry] < column:
        entry += 1
    return entry


@functools.cache
def multiply(width: int) -> Any:
    """Return the kernel of scale · M X + weight · Y for an X with ``width`` columns.

    The kernel writes the rows ``rows`` of the result to ``out``, in one pass over memory. Its
    innermost loop has a constant length, so that a row stays in registers while its entries are
    added; a length known only at run time takes half as long again.

    ``block_ends`` divides the rows of X into blocks that fit into the cache: all rows of a
    partition take their entries of one block before the next. The entries of a row are added in
    the same order as without blocks, so the result has the same bits.

    Args:
        width: number of columns of X.
    """
    constant = width if width >= MIN_CONSTANT_WIDTH else 0

    @numba.njit(parallel=True, fastmath={"contract"}, cache=True)
    @no_type_check  # compiled for the arrays that it is given
    def kernel(  # noqa: PLR0913, PLR0917 - compiled code takes plain arrays, not objects
        starts: Any, columns: Any, values: Any, rows: Any, partitions: Any, block_ends: Any, x: Any,
        scale: Any, y: Any, weight: Any, out: Any,
    ) -> None:  # fmt: skip
        d = constant or x.shape[1]
        for partition in numba.prange(partitions.size - 1):
            first, last = partitions[partition], partitions[partition + 1]
            following = np.empty(last - first, dtype=starts.dtype)  # next entry of each row
            for block in range(block_ends.size):
                for position in range(first, last):
                    row = rows[position]
                    if block == 0:
                        following[position - first] = starts[row]
                        for c in range(d):  # at weight 0 Y is not read: it may be anything
                            out[position, c] = weight * y[row, c] if weight != 0 else 0
                    begin, stop = following[position - first], starts[row + 1]
                    if block + 1 < block_ends.size:
                        stop = _first_entry_from_column(columns, begin, stop, block_ends[block])
                        following[position - first] = stop
                    for entry in range(begin, stop):
                        factor = scale * values[entry]
                        column = columns[entry]
                        for c in range(d):
                            out[position, c] += factor * x[column, c]

    return kernel


@functools.cache
def multiply_row_sparse(width: int) -> Any:
    """Return the kernel of scale · M X for an X with ``width`` columns and few non-zero rows.

    The kernel writes the product to ``out``. ``x_rows`` holds the rows of X that are not zero, and
    ``position`` the index in ``x_rows`` of each row of X, −1 for a row of zeros.

    Args:
        width: number of columns of X.
    """
    constant = width if width >= MIN_CONSTANT_WIDTH else 0

    @numba.njit(parallel=True, fastmath={"contract"}, cache=True)
    @no_type_check  # compiled for the arrays that it is given
    def kernel(
        starts: Any, columns: Any, values: Any, partitions: Any, x_rows: Any, position: Any,
        scale: Any, out: Any,
    ) -> None:  # fmt: skip
        d = constant or x_rows.shape[1]
        for partition in numba.prange(partitions.size - 1):
            for row in range(partitions[partition], partitions[partition + 1]):
                for c in range(d):
                    out[row, c] = 0
                for entry in range(starts[row], starts[row + 1]):
                    index = position[columns[entry]]
                    if index >= 0:
                        factor = scale * values[entry]
                        for c in range(d):
                            out[row, c] += factor * x_rows[index, c]

    return kernel


@numba.njit(parallel=True, fastmath=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def dot_products(starts: Any, columns: Any, partitions: Any, x: Any, y: Any, out: Any) -> None:
    """Write x_r · y_c to ``out`` for every entry (r, c)."""
    width = x.shape[1]
    for partition in numba.prange(partitions.size - 1):
        for row in range(partitions[partition], partitions[partition + 1]):
            for entry in range(starts[row], starts[row + 1]):
                column = columns[entry]
                total = x[row, 0] * y[column, 0]
                for c in range(1, width):
                    total += x[row, c] * y[column, c]
                out[entry] = total


@numba.njit(parallel=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def eliminate_zeros(starts: Any, columns: Any, values: Any, partitions: Any) -> Any:
    """Return starts, columns and values without the entries whose value is 0."""
    counts = np.zeros(starts.size, dtype=starts.dtype)
    for partition in numba.prange(partitions.size - 1):
        for row in range(partitions[partition], partitions[partition + 1]):
            for entry in range(starts[row], starts[row + 1]):
                counts[row + 1] += values[entry] != 0
    new_starts = np.cumsum(counts).astype(starts.dtype)
    new_columns = np.empty(new_starts[-1], dtype=columns.dtype)
    new_values = np.empty(new_starts[-1], dtype=values.dtype)
    for partition in numba.prange(partitions.size - 1):
        for row in range(partitions[partition], partitions[partition + 1]):
            position = new_starts[row]
            for entry in range(starts[row], starts[row + 1]):
                if values[entry] != 0:
                    new_columns[position] = columns[entry]
                    new_values[position] = values[entry]
                    position += 1
    return new_starts, new_columns, new_values


@numba.njit(parallel=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def transpose_kernel(
    starts: Any, columns: Any, partitions: Any, rows: Any, order: Any, column_starts: Any
) -> None:
    """Write the structure of the transpose, by counting: two passes over the entries, no sort.

    ``column_starts`` receives the starts of the transpose; ``rows`` and ``order`` receive, for each
    of its entries, the row and the number of the entry in the matrix, in ascending order within a
    column.
    """
    width = column_starts.size - 1
    parts = partitions.size - 1
    # per part and column: first the number of entries, then the next free position
    free = np.zeros((parts, width), dtype=np.int32)
    for part in numba.prange(parts):
        for entry in range(starts[partitions[part]], starts[partitions[part + 1]]):
            free[part, columns[entry]] += 1
    total = 0
    for column in range(width):
        column_starts[column] = total
        for part in range(parts):
            count = free[part, column]
            free[part, column] = total
            total += count
    column_starts[width] = total
    for part in numba.prange(parts):
        for row in range(partitions[part], partitions[part + 1]):
            for entry in range(starts[row], starts[row + 1]):
                position = free[part, columns[entry]]
                free[part, columns[entry]] += 1
                rows[position] = row
                order[position] = entry


@numba.njit(parallel=True, cache=True)
@no_type_check  # compiled for the arrays that it is given
def outer_values_kernel(
    starts: Any, columns: Any, partitions: Any, row_factors: Any, column_factors: Any, out: Any
) -> None:
    """Write row_factors[r] · column_factors[c] to ``out`` for every entry (r, c)."""
    for partition in numba.prange(partitions.size - 1):
        for row in range(partitions[partition], partitions[partition + 1]):
            for entry in range(starts[row], starts[row + 1]):
                out[entry] = row_factors[row] * column_factors[columns[entry]]
