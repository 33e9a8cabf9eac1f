"""Evaluation context: query sets with user and item slices, and one model's metrics on them.

Slices of users are the same lists of fewer users. Slices of items are ranked among themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from recsys.data.interactions import Interactions
from recsys.defaults import TOP_K
from recsys.evaluation.query_sets import QuerySet
from recsys.evaluation.splits import EvaluationSplit
from recsys.evaluation.top_k import top_k, user_blocks
from recsys.metrics.beyond_accuracy import beyond_accuracy, coverage
from recsys.metrics.ranking_metrics import user_metrics
from recsys.models.protocol import ScoringModel

__all__ = [
    "ALL",
    "HEAVY",
    "LIGHT",
    "NICHE",
    "POPULAR",
    "SLICES",
    "EvaluationContext",
    "ModelMetrics",
    "measure_model",
    "popular_items",
]

ALL, LIGHT, HEAVY, POPULAR, NICHE = SLICES = ("all", "light", "heavy", "popular", "niche")
POPULAR_SHARE = 0.5  # of all likes are held by the popular items
_UserMetrics = dict[str, Float64[np.ndarray, " users"]]


@dataclass(frozen=True, slots=True)
class ModelMetrics:
    """Metrics of one model on one query set.

    Attributes:
        values: by item slice (``ALL``, ``POPULAR``, ``NICHE``) and metric: one value a user; NaN
            where a user has no relevant item there.
        coverage: of the lists, by user slice.
    """

    values: Mapping[str, _UserMetrics]
    coverage: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """Everything that all models are measured with.

    Attributes:
        split: query sets and training ratings.
        k: length of the lists, at most the number of items.
        wanted_k: length of the lists that was asked for.
        slices: user and item slices to report, of ``SLICES``.
        degrees: number of training likes of each item.
        genres: of each item, or None where they are unknown.
        popular: the most liked items, which hold half of all likes.
    """

    split: EvaluationSplit
    k: int
    wanted_k: int
    slices: Sequence[str]
    degrees: Int64[np.ndarray, " items"]
    genres: Bool[np.ndarray, "items genres"] | None
    popular: Bool[np.ndarray, " items"]

    @classmethod
    def of(
        cls,
        split: EvaluationSplit,
        genres: Bool[np.ndarray, "items genres"] | None = None,
        *,
        k: int = TOP_K,
        slices: Sequence[str] = SLICES,
    ) -> EvaluationContext:
        """Return the context of a split; k is cut to the number of items."""
        degrees = split.likes.item_degrees
        return cls(split, min(k, degrees.size), k, slices, degrees, genres, popular_items(degrees))

    @property
    def item_slices(self) -> dict[str, Bool[np.ndarray, " items"] | None]:
        """Candidates of each item slice; None for all items."""
        masks = {ALL: None, POPULAR: self.popular, NICHE: ~self.popular}
        return {name: mask for name, mask in masks.items() if name == ALL or name in self.slices}

    def query_set(self, given: str) -> QuerySet:
        """Return the query set of what is given."""
        return self.split.query_sets[given]

    def liked(self, given: str) -> Interactions:
        """Return all likes of each test user: those that are given and the relevant items."""
        query_set = self.query_set(given)
        known = query_set.given.likes(self.split.like_threshold)
        rows = np.concatenate([known.rows, query_set.relevant.rows])
        columns = np.concatenate([known.columns, query_set.relevant.columns])
        return Interactions.from_rows(query_set.given.users, query_set.given.items, rows, columns)

    def user_slices(self, given: str) -> dict[str, Bool[np.ndarray, " users"]]:
        """Return the test users of each slice: all, and the thirds with fewest and most likes."""
        likes = self.liked(given).user_degrees
        low, high = np.quantile(likes, [1 / 3, 2 / 3])
        users = {ALL: np.ones(likes.size, dtype=bool), LIGHT: likes <= low, HEAVY: likes > high}
        return {name: mask for name, mask in users.items() if name == ALL or name in self.slices}


def popular_items(degrees: Int64[np.ndarray, " items"]) -> Bool[np.ndarray, " items"]:
    """Return a mask of the most liked items, which together hold half of all likes."""
    order = np.argsort(-degrees, kind="stable")
    held = np.cumsum(degrees[order])
    popular = np.zeros(degrees.size, dtype=bool)
    popular[order[: int(np.searchsorted(held, POPULAR_SHARE * held[-1])) + 1]] = True
    return popular


def measure_model(model: ScoringModel, given: str, context: EvaluationContext) -> ModelMetrics:
    """Rank for every test user and return the metrics of all item slices.

    Args:
        model: scores the items.
        given: which query set.
        context: what all models are measured with.

    Returns:
        The lists and the metrics of every test user and item slice.
    """
    query_set = context.query_set(given)
    slices = context.item_slices
    lists: dict[str, list[Int64[np.ndarray, "users k"]]] = {name: [] for name in slices}
    for block in user_blocks(query_set.given):
        scores = model.score(block)
        for name, candidates in slices.items():
            lists[name].append(top_k(scores, block, context.k, candidates))
    tops = {name: np.concatenate(blocks) for name, blocks in lists.items()}
    values = {
        name: user_metrics(tops[name], _relevant_among(query_set.relevant, candidates))
        for name, candidates in slices.items()
    }
    top = tops[ALL]
    values[ALL] |= beyond_accuracy(
        top, context.liked(given), context.degrees, len(context.split.core.users), context.genres
    )
    items = context.degrees.size
    covered = {name: coverage(top[who], items) for name, who in context.user_slices(given).items()}
    return ModelMetrics(values, covered)


def _relevant_among(
    relevant: Interactions, candidates: Bool[np.ndarray, " items"] | None
) -> Interactions:
    return relevant if candidates is None else relevant.where(candidates[relevant.columns])
