"""The protocol *new-people*: people whom no method has seen, with a few of their likes given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.errors import DataError
from recsys.evaluation.protocol_report import MetricValues, ProtocolReport
from recsys.evaluation.ranking import ScoringModel, rank_items
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.ease import EASE, gram_matrix
from recsys.models.item_knn import ItemKNN, item_cosines
from recsys.models.popularity import Popularity
from recsys.progress import ProgressCallback, no_progress

__all__ = ["QuerySet", "evaluate_cold_start", "query_sets"]

K, CORE, LEAST_LIKES, NEIGHBOURS = 20, 10, 30, 200
WEIGHTS = (100.0, 300.0, 1000.0, 3000.0, 10_000.0)  # EASE's λ to choose among
TUNING_SHARE, TUNING_MOST = 0.1, 500


@dataclass(frozen=True, slots=True)
class QuerySet:
    """What is known of the people at one n, and what is to be found.

    Attributes:
        given: n likes of each person, with their ratings.
        relevant: all their other likes.
    """

    given: Interactions
    relevant: Interactions


def query_sets(
    people: Interactions, given: Sequence[int], like_at: float, seed: int
) -> dict[int, QuerySet]:
    """Draw what is given of each person, in the columns of ``people``.

    The people are those with at least ``LEAST_LIKES`` likes, the same at every n; n likes are the
    first n of one random order of theirs, so a smaller n is part of a larger one.
    """
    likes = people.likes(like_at)
    likes = likes.with_users(likes.user_degrees >= LEAST_LIKES)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(likes)), likes.rows))
    place = np.empty(len(likes), dtype=np.int64)
    place[order] = np.arange(len(likes)) - likes.starts[likes.rows[order]]
    return {n: QuerySet(likes.where(place < n), likes.where(place >= n)) for n in given}


def evaluate_cold_start(
    train: Interactions,
    test: Interactions,
    methods: Sequence[ScoringModel],
    *,
    given: Sequence[int] = (3, 5, 10, 20),
    like_at: float = 7.0,
    seed: int = 0,
    progress: ProgressCallback = no_progress,
) -> ProtocolReport:
    """Measure methods and baselines on people never trained on.

    Anime are the 10-core of the training ratings. Of each test person with at least 30 likes among
    them, n are given, and every method ranks all other anime of the core. Recall@20 = hits /
    min(20, remaining likes).

    Args:
        train: ratings that were trained on.
        test: ratings of other people.
        methods: scored beside the baselines; anime that they lack rank last.
        given: numbers of likes to give, below 30.
        like_at: a rating this high is a like.
        seed: draws which likes are given, and EASE's tuning people.
        progress: told what is being done.

    Raises:
        DataError: somebody is in both tables, n is too large, or nobody has enough likes.
    """
    both = int((train.users.find(test.users.ids) >= 0).sum())
    if both:
        raise DataError(
            f"{both} of the {len(test.users)} test people are in the training ratings too, so they "
            "are not new; nothing was measured. Give ratings of other people."
        )
    if max(given) >= LEAST_LIKES:
        raise DataError(f"At most {LEAST_LIKES - 1} likes can be given, not {max(given)}.")
    core = train.core(CORE)
    asked = query_sets(test.with_items(core.items), given, like_at, seed)
    people = len(asked[given[0]].given.users)
    if people == 0:
        raise DataError(
            f"No test person has {LEAST_LIKES} likes (ratings of {like_at:g} or more) among the "
            f"{len(core.items):,} anime of the training core; nothing was measured."
        )
    likes = core.likes(like_at)

    def figures(method: ScoringModel, case: QuerySet) -> MetricValues:
        top = rank_items(method, case.given, K)
        return mean_metrics(top, case.relevant, likes.item_degrees, len(likes.users), capped=True)

    results: dict[str, dict[str, Any]] = {}
    for place, method in enumerate([*methods, Popularity(likes)]):
        progress(f"Ranking: {method.name}", 0.05 + 0.1 * place)
        results[method.name] = {str(n): figures(method, case) for n, case in asked.items()}
    progress("Item-KNN: similarities", 0.3)
    cosines = item_cosines(likes, NEIGHBOURS)
    results["item_knn"] = _better_of(cosines, asked, figures)
    results["ease"] = _ease(core, likes, asked, figures, like_at, seed, progress)
    protocol = {
        "name": "new-people",
        "anime": f"{CORE}-core of the training ratings",
        "number_of_anime": len(core.items),
        "training_people": len(core.users),
        "test_people": f"never trained on, with at least {LEAST_LIKES} likes among those anime",
        "like_at": like_at,
        "given": list(given),
        "seed": seed,
        "ranked": "all anime but those given; what a method lacks ranks last",
        "recall": f"hits / min({K}, remaining likes)",
        "item_knn": f"{NEIGHBOURS} neighbours by cosine, the better of rows and columns",
        "ease": f"λ of {list(WEIGHTS)} chosen by NDCG@{K} per n on people held out of training",
    }
    progress("Done", 1.0)
    return ProtocolReport(protocol, people, results)


def _better_of(
    cosines: Any, asked: Mapping[int, QuerySet], figures: Any
) -> dict[str, dict[str, float | str]]:
    """Measure Item-KNN both ways and keep the better, per n."""
    ways = [ItemKNN(cosines, "row"), ItemKNN(cosines, "column")]
    better: dict[str, dict[str, float | str]] = {}
    for n, case in asked.items():
        measured = [({**figures(way, case)}, way.keep) for way in ways]
        best, keep = max(measured, key=lambda pair: pair[0][f"ndcg@{K}"])
        better[str(n)] = {**best, "neighbours_per": keep}
    return better


def _ease(
    core: Interactions,
    likes: Interactions,
    asked: Mapping[int, QuerySet],
    figures: Any,
    like_at: float,
    seed: int,
    progress: ProgressCallback,
) -> dict[str, Any]:
    """Choose λ per n on people held out of train, then fit on all of train."""
    try:
        everything = gram_matrix(likes)
    except DataError as error:
        return {"left_out": str(error)}
    share = min(TUNING_SHARE, TUNING_MOST / len(core.users))
    kept, tuning = split_users(core, share, np.random.default_rng([seed, 1]))
    tuned = query_sets(tuning, list(asked), like_at, seed)
    without = gram_matrix(kept.likes(like_at))
    chosen = dict.fromkeys(asked, (WEIGHTS[len(WEIGHTS) // 2], -1.0))
    for place, weight in enumerate(WEIGHTS):
        progress(f"EASE: λ = {weight:g}", 0.35 + 0.08 * place)
        method = EASE(without, weight)
        for n, case in tuned.items():
            if len(case.given.users):
                ndcg = figures(method, case)[f"ndcg@{K}"]
                chosen[n] = max(chosen[n], (weight, ndcg), key=lambda pair: pair[1])
    results: dict[str, Any] = {}
    weights = sorted({weight for weight, _ in chosen.values()})
    for place, weight in enumerate(weights):
        progress(f"EASE: all people, λ = {weight:g}", 0.75 + 0.2 * place / len(weights))
        method = EASE(everything, weight)
        for n, case in asked.items():
            if chosen[n][0] == weight:
                results[str(n)] = {**figures(method, case), "lambda": weight}
    return {str(n): results[str(n)] for n in asked}
