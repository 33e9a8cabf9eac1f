"""What a curve is to be seen against: baselines on the split that the training is judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.evaluation.ranking import ScoringModel, rank_items
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.ease import EASE, gram_matrix
from recsys.models.item_knn import ItemKNN, item_cosines
from recsys.models.popularity import Popularity
from recsys.training.events import BaselineEvaluated
from recsys.training.validation import SHOWN, K

__all__ = ["BASELINES", "validation_baselines"]

BASELINES = ("popularity", "item_knn", "ease")
NEIGHBOURS, WEIGHT = 200, 1000.0
WAYS: tuple[Literal["row", "column"], ...] = ("row", "column")


def validation_baselines(
    train: Interactions, held_out: Interactions, wanted: Sequence[str] = BASELINES
) -> Iterator[BaselineEvaluated]:
    """Measure Popularity, Item-KNN and EASE, one at a time, as ``validate`` measures the model.

    Args:
        train: the edges that are trained on.
        held_out: those to find, of the same users and items.
        wanted: which of ``BASELINES``.
    """
    people = held_out.user_degrees > 0
    given, relevant = train.with_users(people), held_out.with_users(people)

    def measured(method: ScoringModel) -> dict[str, float]:
        top = rank_items(method, given, K)
        means = mean_metrics(top, relevant, train.item_degrees, len(train.users))
        return {f"{name}@{K}": means[f"{name}@{top.shape[1]}"] for name in SHOWN}

    if "popularity" in wanted:
        yield BaselineEvaluated(0, "popularity", measured(Popularity(train)), "number of likes")
    if "item_knn" in wanted:
        cosines = item_cosines(train, NEIGHBOURS)
        ways = [(measured(ItemKNN(cosines, way)), way) for way in WAYS]
        figures, way = max(ways, key=lambda pair: pair[0][f"ndcg@{K}"])
        told = f"{NEIGHBOURS} neighbours by cosine, the better of rows and columns ({way}s)"
        yield BaselineEvaluated(0, "item_knn", figures, told)
    if "ease" in wanted:
        yield _ease(train, measured)


def _ease(
    train: Interactions, measured: Callable[[ScoringModel], dict[str, float]]
) -> BaselineEvaluated:
    try:
        return BaselineEvaluated(
            0, "ease", measured(EASE(gram_matrix(train), WEIGHT)), f"λ = {WEIGHT:g}"
        )
    except DataError as error:
        return BaselineEvaluated(0, "ease", {}, str(error))
