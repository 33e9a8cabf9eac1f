"""Item–item statistics of a training table: Gram matrix and cosines, computed once and shared.

Several settings of a baseline need the same statistics, which cost more than the rest of a fit.
"""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array, vstack

from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.system_resources import free_memory

__all__ = ["MAX_GRAM_ITEMS", "ItemStatistics", "check_memory", "gram_matrix", "item_cosines"]

BLOCK = 1024  # items at a time: their similarities to 40,000 others take 160 MB
# a Gram matrix of 64-bit numbers takes 3.2 GB at this size, its inverse as much again
MAX_GRAM_ITEMS = 20_000
BYTES = 28  # a pair of items: the Gram matrix, its 64-bit copy, the unit matrix, the weights


class ItemStatistics:
    """The likes of a training table and the statistics that several models share.

    Args:
        likes: training likes; every entry is one.
    """

    def __init__(self, likes: Interactions) -> None:
        self.likes = likes
        self.cosines = cache(self._cosines)

    @cached_property
    def gram(self) -> Float32[np.ndarray, "items items"]:
        """The Gram matrix XᵀX, see ``gram_matrix``."""
        return gram_matrix(self.likes)

    def _cosines(self, neighbors: int) -> csr_array:
        return item_cosines(self.likes, neighbors)


def check_memory(items: int) -> None:
    """Check that the matrices of EASE for so many items fit in half of the free memory.

    Raises:
        DataError: they do not fit; the message says how much memory they need.
    """
    if items > MAX_GRAM_ITEMS:
        raise DataError(
            f"left out: EASE needs the Gram matrix of all items, and {items:,} items are more than "
            f"the {MAX_GRAM_ITEMS:,} whose matrix fits in memory"
        )
    needed, free = BYTES * items**2, free_memory()
    if free is not None and needed > free / 2:
        raise DataError(
            f"left out: EASE needs {needed / 1e9:.1f} GB for {items:,} items, and "
            f"{free / 1e9:.1f} GB are free"
        )


def gram_matrix(likes: Interactions) -> Float32[np.ndarray, "items items"]:
    """Return XᵀX: the number of users who like both items of each pair.

    Raises:
        DataError: it does not fit, see ``check_memory``; nothing was allocated.
    """
    check_memory(len(likes.items))
    matrix = likes.to_scipy()
    result: Float32[np.ndarray, "items items"] = (matrix.T @ matrix).toarray().astype(np.float32)
    return result


def item_cosines(likes: Interactions, neighbors: int) -> csr_array:
    """Return the cosines of each item to its nearest others, [items × items].

    cos(i, j) = |U_i ∩ U_j| / √(d_i d_j) over the users U who like them; the diagonal is left out.

    Args:
        likes: training likes.
        neighbors: number of nearest items to keep in each row.

    Returns:
        Each row holds an item's own nearest neighbours.

    Source: Sarwar et al., WWW 2001.
    """
    matrix = likes.to_scipy()
    norms = 1 / np.sqrt(np.maximum(likes.item_degrees, 1)).astype(np.float32)
    columns = matrix.multiply(norms[None, :]).tocsr()
    by_item = columns.T.tocsr()
    parts = []
    for first in range(0, by_item.shape[0], BLOCK):
        block = (by_item[first : first + BLOCK] @ columns).toarray()
        height = block.shape[0]
        block[np.arange(height), np.arange(first, first + height)] = 0
        if neighbors < block.shape[1]:
            nearest = np.argpartition(-block, neighbors - 1, axis=1)[:, :neighbors]
            sparse = np.zeros_like(block)
            np.put_along_axis(sparse, nearest, np.take_along_axis(block, nearest, axis=1), axis=1)
            block = sparse
        parts.append(csr_array(block))
    return csr_array(vstack(parts))
