"""The structure of compressed sparse rows: shares of rows, transposes, values by row and column.

The compiled loops are in ``recsys.models.cpu_kernels``; here is how the rest of the model asks for them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64, Shaped
from torch import Tensor

__all__ = ["column_blocks", "cpu_kernels", "outer_values", "row_partitions", "transpose"]

ROW_PARTITIONS = (
    16  # shares of the rows: more than cores, so that an unlucky one does not wait alone
)
BLOCK_BYTES = 4 * 2**20  # bytes of X that stay in a core's share of the caches
MIN_ROW_ENTRIES = 8  # entries of a row in a panel, in the mean, from which on panels pay


def cpu_kernels() -> Any:
    """Return our kernels, told to use as many threads as torch may: one setting for both."""
    import numba  # noqa: PLC0415 - half a second that only a product on the CPU needs

    from recsys.models import cpu_kernels as compiled  # noqa: PLC0415 - as above

    most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set as numba starts
    numba.set_num_threads(min(torch.get_num_threads(), most))
    return compiled


def row_partitions(
    ends: Shaped[np.ndarray, " rows_plus_one"], number: int = ROW_PARTITIONS
) -> Int64[np.ndarray, " shares_plus_one"]:
    """Return the places at which shares begin and end, equal in entries.

    Args:
        ends: number of entries before each row, and of all.
        number: of shares.
    """
    marks = np.linspace(0, int(ends[-1]), number + 1)[1:-1]
    inner = np.searchsorted(ends, marks).clip(0, ends.size - 1)
    return np.concatenate([[0], inner, [ends.size - 1]]).astype(np.int64)


def column_blocks(
    width: int, bytes_per_row: int, rows: int, entries: int
) -> Int64[np.ndarray, " panels"]:
    """Return the columns at which the panels of X end; one panel where more would not pay.

    Args:
        width: rows of X, the columns of the matrix.
        bytes_per_row: of X.
        rows, entries: of the matrix that are worked.
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
    """Return the structure of a transpose: its starts, its columns, and the number of each entry.

    Args:
        starts, columns: the matrix in compressed sparse rows.
        width: number of its columns.
    """
    turned_starts = np.empty(width + 1, dtype=np.int32)
    rows, order = np.empty_like(columns), np.empty_like(columns)
    # each share counts all columns, so no more of them than threads
    cuts = row_partitions(starts, torch.get_num_threads())
    cpu_kernels().transpose(starts, columns, cuts, rows, order, turned_starts)
    return turned_starts, rows, order


def outer_values(
    starts: Int32[np.ndarray, " rows_plus_one"],
    columns: Int32[np.ndarray, " entries"],
    of_row: Float[np.ndarray, " rows"],
    of_column: Float[np.ndarray, " columns"],
    dtype: torch.dtype,
) -> Float[Tensor, " entries"]:
    """Return of_row[r] · of_column[c] for every entry (r, c)."""
    values = torch.empty(columns.size, dtype=dtype)
    cpu_kernels().outer_values(
        starts, columns, row_partitions(starts), of_row, of_column, values.numpy()
    )
    return values
