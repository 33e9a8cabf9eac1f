"""Item-KNN: an item scores by the similarity of its neighbours in the user's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array

from recsys.defaults import ITEM_KNN_NEIGHBORS
from recsys.models.history_model import HistoryModel
from recsys.models.item_statistics import ItemStatistics

__all__ = ["ItemKNN"]


class ItemKNN(HistoryModel):
    """score(u, j) = Σ_{i in history} w_i cos(i, j), over a fixed number of neighbours.

    Args:
        neighbors: number of nearest items that are kept for each item.
        keep: ``row`` counts the neighbours of each item of the history; ``column`` counts those of
            each candidate.
        options: of ``HistoryModel``.

    Source: Sarwar et al., "Item-based Collaborative Filtering Recommendation Algorithms", WWW 2001.
    """

    name = "item_knn"
    label = "Item-KNN"
    quick = True
    cheap_grid = True
    grid: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        f"{ITEM_KNN_NEIGHBORS} neighbours of each like": {"keep": "row"},
        f"{ITEM_KNN_NEIGHBORS} neighbours of each candidate": {"keep": "column"},
    }

    def __init__(
        self,
        *,
        neighbors: int = ITEM_KNN_NEIGHBORS,
        keep: Literal["row", "column"] = "row",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.neighbors, self.keep = neighbors, keep

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Settings that a report shows."""
        return {"neighbours_per": self.keep}

    def _fit(self, statistics: ItemStatistics) -> None:
        cosines = statistics.cosines(self.neighbors)
        self.similarity: Any = cosines if self.keep == "row" else cosines.T.tocsr()

    def _score(self, histories: csr_array) -> Float32[np.ndarray, "users items"]:
        scores: Float32[np.ndarray, "users items"]
        scores = (histories @ self.similarity).toarray().astype(np.float32)
        return scores
