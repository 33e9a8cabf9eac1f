"""What LightGCN is measured against, each with the numbers that suit these data best.

Popularity has none. For the others a few settings are tried on people held out of the training
ratings, and the best by NDCG@20 is taken, for each number of likes given its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np

from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.evaluation.cold_start import QuerySet
from recsys.evaluation.ranking import ScoringModel, rank_items
from recsys.metrics.ranking_metrics import metrics_per_user
from recsys.models.als import ALS
from recsys.models.bpr_mf import BPRMF
from recsys.models.ease import EASE, check_memory, gram_matrix
from recsys.models.fastrp_knn import FastRPKNN
from recsys.models.item_knn import ItemKNN, item_cosines
from recsys.models.popularity import Popularity
from recsys.progress import ProgressCallback

__all__ = [
    "BaselineGrid",
    "Choices",
    "baseline_grid",
    "choose_settings",
    "describe_choices",
    "fit_baselines",
]

K, NEIGHBOURS = 20, 200
WEIGHTS = (1000.0, 300.0, 3000.0, 10_000.0)  # λ of EASE
ALSES = ((64, 50.0, 10.0), (192, 50.0, 10.0), (128, 10.0, 1.0))  # factors, λ, α
BPRS = ((128, 0.02, 0.003), (64, 0.05, 0.01))  # factors, learning rate, λ
BETAS = (-0.5, -0.9)  # of FastRP
Choices = Mapping[str, Mapping[str, str]]  # of each contender: by what is given, the setting


@dataclass(frozen=True, slots=True)
class BaselineGrid:
    """The settings of each contender, ready to be fitted to some likes.

    Attributes:
        ways: by contender and setting (in words): makes the method.
        left_out: by contender: why it cannot be measured.
    """

    ways: Mapping[str, Mapping[str, Callable[[], ScoringModel]]]
    left_out: Mapping[str, str]


def baseline_grid(likes: Interactions) -> BaselineGrid:
    """Return every contender with every setting that is tried, to be fitted to some likes."""
    cosines = cache(partial(item_cosines, likes, NEIGHBOURS))
    counts = cache(partial(gram_matrix, likes))

    def knn(keep: Literal["row", "column"]) -> ScoringModel:
        return ItemKNN(cosines(), keep)

    def ease(weight: float) -> ScoringModel:
        return EASE(counts(), weight)

    ways: dict[str, dict[str, Callable[[], ScoringModel]]] = {
        "popularity": {"likes in training": partial(Popularity, likes)},
        "item_knn": {
            f"{NEIGHBOURS} neighbours of each like": partial(knn, "row"),
            f"{NEIGHBOURS} neighbours of each candidate": partial(knn, "column"),
        },
        "ease": {f"λ = {one:g}": partial(ease, one) for one in WEIGHTS},
        "als": {
            f"{factors} factors, λ = {pull:g}, α = {alpha:g}": partial(
                ALS, likes, factors=factors, regularization=pull, alpha=alpha
            )
            for factors, pull, alpha in ALSES
        },
        "fastrp": {
            f"d = 512, β = {beta:g}, {NEIGHBOURS} neighbours": partial(
                FastRPKNN, likes, neighbours=NEIGHBOURS, beta=beta
            )
            for beta in BETAS
        },
        "bpr_mf": {
            f"{factors} factors, η = {rate:g}, λ = {pull:g}": partial(
                BPRMF, likes, factors=factors, learning_rate=rate, regularization=pull
            )
            for factors, rate, pull in BPRS
        },
    }
    try:
        check_memory(len(likes.items))
    except DataError as error:
        del ways["ease"]
        return BaselineGrid(ways, {"ease": str(error)})
    return BaselineGrid(ways, {})


def choose_settings(
    likes: Interactions,
    given: Sequence[str],
    asked: Mapping[str, QuerySet],
    like_at: float,
    progress: ProgressCallback,
) -> dict[str, dict[str, str]]:
    """Choose the setting of each contender, for each that is given, by NDCG@20.

    Args:
        likes: training likes without the people who are asked.
        given: the names of what is given.
        asked: people of the training ratings, held out for this; where nobody is, the first setting
            of each contender is taken.
        like_at: a rating this high is a like.
        progress: told what is being tried.
    """
    choices: dict[str, dict[str, str]] = {}
    tried = baseline_grid(likes).ways
    count, done = sum(map(len, tried.values())), 0
    for name, ways in tried.items():
        best = dict.fromkeys(given, (-1.0, next(iter(ways))))
        for way, make in ways.items():
            progress(f"Tuning {name}: {way}", done / count)
            done += 1
            if len(ways) == 1 or not asked:
                continue
            try:
                method = _Likes(make(), like_at)
            except DataError:
                continue  # memory has shrunk; ``fit_baselines`` says so if it still has then
            for one, case in asked.items():
                top = rank_items(method, case.given, K)
                ndcg = float(metrics_per_user(top, case.relevant)[f"ndcg@{K}"].mean())
                best[one] = max(best[one], (ndcg, way), key=lambda pair: pair[0])
        choices[name] = {one: way for one, (_, way) in best.items()}
    return choices


def fit_baselines(
    field: BaselineGrid, choices: Choices, like_at: float, left_out: MutableMapping[str, str]
) -> Iterator[tuple[str, ScoringModel, tuple[str, ...]]]:
    """Yield each contender once a chosen setting: its name, the method, for what is given.

    One at a time, as some take much memory; one that does not fit is left out, and ``left_out``
    says why.
    """
    left_out.update(field.left_out)
    for name, choice in choices.items():
        for way in sorted(set(choice.values())):
            if name in left_out:
                break
            try:
                method = field.ways[name][way]()
            except DataError as error:
                left_out[name] = str(error)
                break
            yield name, _Likes(method, like_at), tuple(g for g, one in choice.items() if one == way)


def describe_choices(choices: Choices, left_out: Mapping[str, str]) -> dict[str, str]:
    """Say in words what was chosen for each contender, and what was left out."""
    words = dict(left_out)
    for name, choice in choices.items():
        if name in left_out:
            continue
        ways = sorted(set(choice.values()))
        words[name] = "; ".join(
            f"{way} (given {', '.join(g for g, one in choice.items() if one == way)})"
            if len(ways) > 1
            else way
            for way in ways
        )
    return words


class _Likes:
    """A method that is shown the likes alone, of whatever is given."""

    def __init__(self, method: ScoringModel, like_at: float) -> None:
        self.name, self.method, self.like_at = method.name, method, like_at

    def score(self, given: Interactions) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Score all items from the likes of what is given."""
        return self.method.score(given.likes(self.like_at))
