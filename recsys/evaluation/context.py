"""What all methods are measured on: cases, slices of people and of titles, and one method's part.

Slices of people are the same lists, of fewer people. Slices of titles are ranked among themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from recsys.data.interactions import Interactions
from recsys.evaluation.cold_start import QuerySet
from recsys.evaluation.ranking import ScoringModel, top_k, user_blocks
from recsys.metrics.beyond_accuracy import beyond_accuracy, coverage
from recsys.metrics.ranking_metrics import metrics_per_user

__all__ = [
    "ALL",
    "HEAVY",
    "LIGHT",
    "NICHE",
    "POPULAR",
    "SLICES",
    "EvaluationContext",
    "K",
    "MethodMetrics",
    "measure_method",
    "popular_items",
]

K = 20
ALL, LIGHT, HEAVY, POPULAR, NICHE = SLICES = ("all", "light", "heavy", "popular", "niche")
POPULAR_SHARE = 0.5  # of all likes, held by the popular titles
PerPerson = dict[str, Float64[np.ndarray, " people"]]


@dataclass(frozen=True, slots=True)
class MethodMetrics:
    """What one method did in one case.

    Attributes:
        values: by slice of titles (``ALL``, ``POPULAR``, ``NICHE``) and metric: one a person; NaN
            where a person has nothing to find there.
        coverage: by slice of people: of its lists.
    """

    values: Mapping[str, PerPerson]
    coverage: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """What all methods are measured on.

    Attributes:
        asked: the cases.
        like_at: a rating this high is a like.
        degrees: likes of each anime in training.
        people: number of training people.
        genres: of each anime, or none.
        popular: the most liked titles, which hold half of all likes.
    """

    asked: Mapping[str, QuerySet]
    like_at: float
    degrees: Int64[np.ndarray, " items"]
    people: int
    genres: Bool[np.ndarray, "items genres"] | None
    popular: Bool[np.ndarray, " items"]

    def liked(self, given: str) -> Interactions:
        """Return all that each person likes: of what is given, and what is to be found."""
        case = self.asked[given]
        known = case.given.likes(self.like_at)
        rows = np.concatenate([known.rows, case.relevant.rows])
        columns = np.concatenate([known.columns, case.relevant.columns])
        return Interactions.from_rows(case.given.users, case.given.items, rows, columns)

    def groups(self, given: str) -> dict[str, Bool[np.ndarray, " people"]]:
        """Return the slices of people: all, and the thirds with the fewest and the most likes."""
        likes = self.liked(given).user_degrees
        low, high = np.quantile(likes, [1 / 3, 2 / 3])
        return {ALL: np.ones(likes.size, dtype=bool), LIGHT: likes <= low, HEAVY: likes > high}


def popular_items(degrees: Int64[np.ndarray, " items"]) -> Bool[np.ndarray, " items"]:
    """Mark the most liked titles, which together hold half of all likes."""
    order = np.argsort(-degrees, kind="stable")
    held = np.cumsum(degrees[order])
    popular = np.zeros(degrees.size, dtype=bool)
    popular[order[: int(np.searchsorted(held, POPULAR_SHARE * held[-1])) + 1]] = True
    return popular


def measure_method(method: ScoringModel, given: str, ground: EvaluationContext) -> MethodMetrics:
    """Rank for everybody: over all titles, and the popular and the niche ones among themselves."""
    case = ground.asked[given]
    bands = {ALL: None, POPULAR: ground.popular, NICHE: ~ground.popular}
    lists: dict[str, list[Int64[np.ndarray, "people k"]]] = {band: [] for band in bands}
    for part in user_blocks(case.given):
        scores = method.score(part)
        for band, inside in bands.items():
            lists[band].append(top_k(scores, part, K, inside))
    tops = {band: np.concatenate(parts) for band, parts in lists.items()}
    values = {band: _found(tops[band], case.relevant, inside) for band, inside in bands.items()}
    top = tops[ALL]
    values[ALL] |= beyond_accuracy(
        top, ground.liked(given), ground.degrees, ground.people, ground.genres
    )
    items = ground.degrees.size
    covered = {name: coverage(top[who], items) for name, who in ground.groups(given).items()}
    return MethodMetrics(values, covered)


def _found(
    top: Int64[np.ndarray, "people k"],
    relevant: Interactions,
    inside: Bool[np.ndarray, " items"] | None,
) -> PerPerson:
    """Return each person's accuracy among some titles; NaN for who has nothing to find there."""
    if inside is None:
        return metrics_per_user(top, relevant)
    there = relevant.where(inside[relevant.columns])
    some = there.user_degrees > 0
    found: PerPerson = {}
    for metric, values in metrics_per_user(top[some], there.with_users(some)).items():
        found[metric] = np.full(some.size, np.nan)
        found[metric][some] = values
    return found
