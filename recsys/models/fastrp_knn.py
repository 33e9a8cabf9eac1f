"""FastRP + kNN: Item-KNN with the cosines of untrained FastRP embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import csr_array

from recsys.defaults import FASTRP_BETA, FASTRP_BETA_GRID, FASTRP_NEIGHBORS
from recsys.models.fastrp import fastrp
from recsys.models.item_knn import ItemKNN
from recsys.models.item_statistics import ItemStatistics
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors

__all__ = ["FastRPKNN"]


class FastRPKNN(ItemKNN):
    """score(u, j) = Σ_{i in history} w_i cos(f_i, f_j) over the nearest items of each i by FastRP.

    Args:
        neighbors: number of nearest items that are kept for each item.
        beta: power of the degree in FastRP.
        options: of ``HistoryModel``.

    Source: Chen et al., CIKM 2019 (the embedding); Sarwar et al., WWW 2001 (the neighbours).
    """

    name = "fastrp"
    label = "FastRP + kNN"
    quick = False
    cheap_grid = False
    grid: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        f"d = 512, β = {beta:g}, {FASTRP_NEIGHBORS} neighbours": {"beta": beta}
        for beta in FASTRP_BETA_GRID
    }

    def __init__(
        self, *, neighbors: int = FASTRP_NEIGHBORS, beta: float = FASTRP_BETA, **options: Any
    ) -> None:
        super().__init__(neighbors=neighbors, **options)
        self.beta = beta

    def _fit(self, statistics: ItemStatistics) -> None:
        items = len(statistics.likes.items)
        count = min(self.neighbors, items - 1)
        embeddings = fastrp(statistics.likes, beta=self.beta)
        nearest, cosines = cosine_neighbors(unit_vectors(embeddings), count)
        starts = np.arange(0, items * count + 1, count)
        weights = np.maximum(cosines, 0).ravel()
        self.similarity = csr_array((weights, nearest.ravel(), starts), (items, items))
