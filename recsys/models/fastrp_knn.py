"""FastRP + kNN: an item is recommended for how many of one's likes are near it, untrained."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from recsys.data.interactions import Interactions
from recsys.models.fastrp import fastrp
from recsys.models.item_knn import ItemKNN
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors

__all__ = ["FastRPKNN"]


class FastRPKNN(ItemKNN):
    """score(u, j) = Σ_{i liked} cos(f_i, f_j) over each like's nearest items by FastRP.

    Args:
        likes: the training likes.
        neighbours: how many of each like.
        beta: power of the degree in FastRP.

    Source: Chen et al., CIKM 2019 (the embedding); Sarwar et al., WWW 2001 (the neighbours).
    """

    name = "fastrp"

    def __init__(self, likes: Interactions, *, neighbours: int = 200, beta: float = -0.5) -> None:
        items = len(likes.items)
        count = min(neighbours, items - 1)
        near, cosines = cosine_neighbors(unit_vectors(fastrp(likes, beta=beta)), count)
        starts = np.arange(0, items * count + 1, count)
        kept = np.maximum(cosines, 0).ravel()
        super().__init__(csr_array((kept, near.ravel(), starts), (items, items)), "row")
