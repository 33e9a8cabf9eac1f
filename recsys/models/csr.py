"""Structure of matrices in compressed sparse rows (CSR): partitions, column blocks, transposes.

The compiled loops are in ``recsys.models.cpu_kernels``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64, Shaped
from torch import Tensor

__all__ = ["column_blocks", "load_cpu_kernels", "outer_values", "row_partitions", "transpose"]

# More partitions than cores: a thread that is slower than the others gets fewer of them.
ROW_PARTITIONS = 16
BLOCK_BYTES = 4 * 2**20  # bytes of X that stay in the caches of a core
MIN_ROW_ENTRIES = 8  # mean number of entries of a row in a block from which on blocks are faster


def load_cpu_kernels() -> Any:
    """Return the module of the kernels, set to the number of threads that torch uses."""
    import numba  # noqa: PLC0415 - half a second that only a product on the CPU needs

    from recsys.models import cpu_kernels  # noqa: PLC0415 - imports numba

    most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set as numba starts
    numba.set_num_threads(min(torch.get_num_threads(), most))
    return cpu_kernels


def row_partitions(
    starts: Shaped[np.ndarray, " rows_plus_one"], number: int = ROW_PARTITIONS
) -> Int64[np.ndarray, " partitions_plus_one"]:
    """Return the rows at which partitions with about equal numbers of entries begin and end.

    Args:
        starts: number of entries before each row, and of all rows.
        number: number of partitions.
    """
    targets = np.linspace(0, int(starts[-1]), number + 1)[1:-1]
    inner = np.searchsorted(starts, targets).clip(0, starts.size - 1)
    return np.concatenate([[0], inner, [starts.size - 1]]).astype(np.int64)


def column_blocks(
    width: int, bytes_per_row: int, rows: int, entries: int
) -> Int64[np.ndarray, " blocks"]:
    """Return the columns at which the blocks of a product M X end; one block if more do not help.

    Args:
        width: number of columns of M, and of rows of X.
        bytes_per_row: size of a row of X.
        rows: number of rows of M that are computed.
        entries: number of entries in these rows.
    """
    number = -(-width * bytes_per_row // BLOCK_BYTES)
    if number < 2 or entries < MIN_ROW_ENTRIES * rows * number:
        return np.array([width])
    return np.linspace(0, width, number + 1)[1:].astype(np.int64)


def transpose(
    starts: Int32[np.ndarray, " rows_plus_one"], columns: Int32[np.ndarray, " entries"], width: int
) -> tuple[
    Int32[np.ndarray, " columns_plus_one"],
    Int32[np.ndarray, " entries"],
    Int32[np.ndarray, " entries"],
]:
    """Return the structure of the transpose.

    Args:
        starts: row r holds the entries ``starts[r]:starts[r + 1]``.
        columns: column of each entry, ascending within a row.
        width: number of columns.

    Returns:
        The starts and the columns of the transpose, and for each of its entries the number of the
        entry in the matrix.
    """
    column_starts = np.empty(width + 1, dtype=np.int32)
    rows, order = np.empty_like(columns), np.empty_like(columns)
    # each partition needs a counter per column, so there are no more of them than threads
    partitions = row_partitions(starts, torch.get_num_threads())
    load_cpu_kernels().transpose_kernel(starts, columns, partitions, rows, order, column_starts)
    return column_starts, rows, order


def outer_values(
    starts: Int32[np.ndarray, " rows_plus_one"],
    columns: Int32[np.ndarray, " entries"],
    row_factors: Float[np.ndarray, " rows"],
    column_factors: Float[np.ndarray, " columns"],
    dtype: torch.dtype,
) -> Float[Tensor, " entries"]:
    """Return row_factors[r] · column_factors[c] for every entry (r, c).

    Args:
        starts: row r holds the entries ``starts[r]:starts[r + 1]``.
        columns: column of each entry.
        row_factors: a factor for each row.
        column_factors: a factor for each column.
        dtype: type of the result.
    """
    values = torch.empty(columns.size, dtype=dtype)
    load_cpu_kernels().outer_values_kernel(
        starts, columns, row_partitions(starts), row_factors, column_factors, values.numpy()
    )
    return values
