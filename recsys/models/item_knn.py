"""Item-KNN: an item is recommended for how many of one's likes are among its neighbours."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array, vstack

from recsys.data.interactions import Interactions

__all__ = ["ItemKNN", "item_cosines"]

BLOCK = 1024  # items at a time: their similarities to 40,000 others take 160 MB


def item_cosines(likes: Interactions, neighbours: int) -> csr_array:
    """Return the cosines of each item to its nearest others, [items × items].

    cos(i, j) = |U_i ∩ U_j| / √(d_i d_j) over the people U who like them; the diagonal is left out.

    Args:
        likes: the training likes.
        neighbours: how many to keep in each row.

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
        if neighbours < block.shape[1]:
            near = np.argpartition(-block, neighbours - 1, axis=1)[:, :neighbours]
            kept = np.zeros_like(block)
            np.put_along_axis(kept, near, np.take_along_axis(block, near, axis=1), axis=1)
            block = kept
        parts.append(csr_array(block))
    return csr_array(vstack(parts))


class ItemKNN:
    """score(u, j) = Σ_{i liked} cos(i, j), over a fixed number of neighbours.

    Args:
        cosines: from ``item_cosines``: each row holds an item's own neighbours.
        keep: ``row`` lets a like recommend its own neighbours; ``column`` lets an item be
            recommended by its own neighbours.
    """

    name = "item_knn"

    def __init__(self, cosines: csr_array, keep: Literal["row", "column"]) -> None:
        self.keep = keep
        self.weights: Any = cosines if keep == "row" else cosines.T.tocsr()

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all items, in the training columns."""
        result: Float32[np.ndarray, "people items"] = (
            (given.to_scipy() @ self.weights).toarray().astype(np.float32)
        )
        return result
