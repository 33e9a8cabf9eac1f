"""Ranking: the scores that order a recommendation list, and the entries of the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np
from jaxtyping import Bool, Float32, Int64, Shaped

from recsys.serving.fold_in import (
    FoldedInUser,
    ItemFactors,
    baseline_contribution,
    fold_in,
    item_scores,
    to_numpy,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Contribution",
    "RankingScores",
    "Recommendation",
    "RecommendationList",
    "rank_items",
    "ranking_scores",
]


@dataclass(frozen=True, slots=True)
class Contribution:
    """The part of a score that comes from one rated item. A negative one lowers the score.

    Attributes:
        item_id: the rated item; None for the baseline, which is the part that does not depend on
            which items were rated, including the adjustment of the list (see ``RankingScores``).
        value: the term of the sum, in units of the score.
    """

    item_id: int | None
    value: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item of a list.

    Attributes:
        item_id: id of the item.
        score: orders the list; it has no unit.
        contributions: the contributions of all rated items and of the baseline, largest first.
            They sum to ``score``.
        title: of the item; None where the model has no catalogue.
    """

    item_id: int
    score: float
    contributions: tuple[Contribution, ...]
    title: str | None = None

    def percent(self, contribution: Contribution) -> float:
        """Return a contribution in percent of the sum of all positive contributions."""
        positive = sum(part.value for part in self.contributions if part.value > 0)
        return 100 * contribution.value / positive if positive > 0 else 0.0


@dataclass(frozen=True, slots=True)
class RecommendationList(Sequence[Recommendation]):
    """The recommendations for a user, best first, and how they came about.

    Attributes:
        recommendations: best first.
        known_ids: rated items that the model covers; they were used.
        unknown_ids: rated items that the model does not cover; they have no effect.
        likes: number of used ratings with a positive weight.
        hidden_adult: number of adult titles that would be on the list if they were not hidden.
    """

    recommendations: tuple[Recommendation, ...]
    known_ids: tuple[int, ...]
    unknown_ids: tuple[int, ...]
    likes: int
    hidden_adult: int

    @property
    def is_personalized(self) -> bool:
        """Whether the ratings order this list; without any like it is ordered by popularity."""
        return self.likes > 0

    def __len__(self) -> int:
        return len(self.recommendations)

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self.recommendations)

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Recommendation, ...]: ...
    def __getitem__(self, index: int | slice) -> Recommendation | tuple[Recommendation, ...]:
        return self.recommendations[index]

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas frame with one row a recommendation.

        Returns:
            The columns item_id, title, score, baseline, and one column a used rating, named by the
            rated item's id. ``baseline`` and the rating columns sum to ``score``.
        """
        import pandas as pd  # noqa: PLC0415 - the pages and the terminal do without pandas

        rows = []
        for entry in self.recommendations:
            values = {part.item_id: part.value for part in entry.contributions}
            rated = {item_id: values[item_id] for item_id in self.known_ids}
            rows.append((entry.item_id, entry.title, entry.score, values[None], *rated.values()))
        columns = ["item_id", "title", "score", "baseline", *self.known_ids]
        return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, slots=True, eq=False)
class RankingScores:
    """The scores of all items for one user, as lists are ordered.

    Attributes:
        user: the folded-in user.
        scores: by which lists are ordered, [items].
        adjustment: what the scores hold beside the user's own ``item_scores``, [items].
        likes: number of ratings with a positive weight.
    """

    user: FoldedInUser
    scores: Float32[np.ndarray, " items"]
    adjustment: Float32[np.ndarray, " items"]
    likes: int


def ranking_scores(
    item_factors: ItemFactors,
    rows: Int64[np.ndarray, " rated"],
    ratings: Shaped[np.ndarray, " rated"],
    familiarity: float = 0.0,
) -> RankingScores:
    """Score every item for a user, as lists are ordered.

    With a like, the score is ê · e_j plus ``familiarity`` times the mean user's score. Without any
    like, ratings only say what to avoid: log popularity takes the place of the baseline.

    Args:
        item_factors: the items of the model.
        rows: item rows of the rated items.
        ratings: 1 to 10 each, NaN for a like without a rating.
        familiarity: −1 (what the user likes more than others do) … 1 (what most people like).

    Returns:
        The scores of all items, with the folded-in user and the adjustment.
    """
    weights = np.asarray(item_factors.settings.rating_weights)
    liked = np.isnan(ratings) | (np.interp(ratings, np.arange(1, 11), weights) > 0)
    likes = int(liked.sum())
    user = fold_in(item_factors, rows, ratings)
    scores = item_scores(item_factors, user)
    if likes:
        adjustment = np.float32(familiarity) * to_numpy(item_factors.mean_user_scores)
        return RankingScores(user, scores + adjustment, adjustment, likes)
    log_degrees = to_numpy(item_factors.log_degrees)
    popularity = np.float32(_popularity_scale(scores, log_degrees)) * log_degrees
    # zero where nothing was rated
    rated_part = to_numpy(item_factors.embeddings @ (user.embedding - user.baseline))
    all_rows = np.arange(scores.size)
    adjustment = popularity - baseline_contribution(item_factors, user, all_rows)
    return RankingScores(user, popularity + rated_part, adjustment, likes)


def _popularity_scale(
    scores: Float32[np.ndarray, " items"], log_degrees: Float32[np.ndarray, " items"]
) -> float:
    """Return the factor that gives log popularity the standard deviation of the scores."""
    spread = float(np.std(scores))
    return (spread if spread > 0 else 1.0) / max(float(np.std(log_degrees)), 1e-6)


def rank_items(
    scores: Float32[np.ndarray, " items"], allowed: Bool[np.ndarray, " items"]
) -> Int64[np.ndarray, " ranked"]:
    """Return the rows of the allowed items, highest score first; equal scores in row order."""
    rows = np.flatnonzero(allowed)
    return rows[np.argsort(-scores[rows], kind="stable")]
