"""Popularity: the same list for every user, ordered by number of training likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array

from recsys.models.history_model import HistoryModel
from recsys.models.item_statistics import ItemStatistics

__all__ = ["Popularity"]


class Popularity(HistoryModel):
    """score(u, i) = d_i, the number of training likes of the item."""

    name = "popularity"
    label = "Popularity"
    quick = True
    weighs_histories = False
    grid: ClassVar[Mapping[str, Mapping[str, Any]]] = {"likes in training": {}}

    def _fit(self, statistics: ItemStatistics) -> None:
        self.degrees = statistics.likes.item_degrees.astype(np.float32)

    def _score(self, histories: csr_array) -> Float32[np.ndarray, "users items"]:
        return np.tile(self.degrees, (histories.shape[0], 1))
