"""Base class of the baselines: models that score items from a user's weighted history.

A history becomes one sparse row: by default a like counts 1 and every other rating nothing. With
``weights`` every rating counts by its value, dislikes below zero, as LightGCN's fold-in does.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.defaults import LIKE_THRESHOLD
from recsys.models.item_statistics import ItemStatistics
from recsys.models.rating_weights import rating_weights

__all__ = ["HistoryModel", "scores_in_columns"]

RatingWeights = tuple[float, ...]


class HistoryModel(ABC):
    """A baseline that is fitted on likes and scores items from weighted histories.

    Args:
        like_threshold: a rating of this value or more is a like.
        weights: weight of a rating of 1, 2, … 10 in a history; None counts each like 1.

    Attributes:
        name: key in reports and stored results.
        label: display name in charts and sentences.
        quick: the model is fitted in seconds, so the training page draws it as a reference line
            and the protocols of the command line measure it.
        cheap_grid: each setting of ``grid`` is fitted in seconds, so it is chosen by validation
            even where the other quick models take their first setting.
        weighs_histories: ``weights`` changes the scores.
        grid: settings to choose among, by description; the values are constructor arguments. The
            first one is taken where there is no one to tune on.
        items: ids of the score columns, once fitted.
    """

    name: str
    label: str
    quick: ClassVar[bool] = False
    cheap_grid: ClassVar[bool] = False
    weighs_histories: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Mapping[str, Any]]] = {"default settings": {}}
    items: IdMap

    def __init__(
        self, *, like_threshold: float = LIKE_THRESHOLD, weights: RatingWeights | None = None
    ) -> None:
        self.like_threshold, self.weights = like_threshold, weights

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Settings that a report shows, by their names in the JSON output."""
        return {}

    def fit(
        self, interactions: Interactions, statistics: ItemStatistics | None = None
    ) -> HistoryModel:
        """Learn from the likes among the training ratings.

        Args:
            interactions: ratings of the training users.
            statistics: of the likes of the same table, where other settings share them.

        Returns:
            The model itself, fitted.

        Raises:
            DataError: the model does not fit in memory, or its library is not installed.
        """
        if statistics is None:
            statistics = ItemStatistics(interactions.likes(self.like_threshold))
        self.items = statistics.likes.items
        self._fit(statistics)
        return self

    def score(self, histories: Interactions) -> Float32[np.ndarray, "users items"]:
        """Score all items of ``histories.items`` for each user; −∞ for items not trained on.

        Returns:
            Scores [users × items].
        """
        scores = self._score(self.history_matrix(histories))
        return scores_in_columns(scores, self.items, histories.items)

    def with_weights(self, weights: RatingWeights | None) -> HistoryModel:
        """Return the same fitted model with other history weights; the fit is shared."""
        other = copy.copy(self)
        other.weights = weights
        return other

    def history_matrix(self, histories: Interactions) -> csr_array:
        """Return the weighted histories, [users × training items]."""
        table = histories if histories.items == self.items else histories.with_items(self.items)
        if self.weights is None:
            table = table.likes(self.like_threshold)
            values = np.ones(len(table), dtype=np.float32)
        else:
            values = rating_weights(table.ratings, self.weights)
        shape = (len(table.users), len(table.items))
        return csr_array((values, table.columns, table.starts), shape)

    @abstractmethod
    def _fit(self, statistics: ItemStatistics) -> None:
        """Learn from ``statistics.likes``."""

    @abstractmethod
    def _score(self, histories: csr_array) -> Float32[np.ndarray, "users items"]:
        """Score all training items from weighted histories."""


def scores_in_columns(
    scores: Float32[np.ndarray, "users own"], own: IdMap, items: IdMap
) -> Float32[np.ndarray, "users items"]:
    """Rearrange scores to other columns.

    Args:
        scores: a column for each of ``own``.
        own: items that the model knows.
        items: items of the columns to return.

    Returns:
        Scores of ``items``; −∞ for those that the model does not know.
    """
    if own == items:
        return scores
    column = own.find(items.ids)
    result: Float32[np.ndarray, "users items"] = scores[:, np.maximum(column, 0)]
    result[:, column < 0] = -np.inf
    return result
