"""Everything that is told of a model's quality: every method, metric, slice and layer, on one cut.

The result is one plain table of figures, each with its protocol beside it, so that the page, its
table, its CSV and the terminal can only say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from recsys.evaluation.baseline_grid import Choices, baseline_grid, fit_baselines
from recsys.evaluation.bootstrap import DRAWS, LEVEL, Bootstrap
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.cold_start import CORE
from recsys.evaluation.context import (
    ALL,
    HEAVY,
    LIGHT,
    NICHE,
    POPULAR,
    SLICES,
    EvaluationContext,
    K,
    MethodMetrics,
    measure_method,
    popular_items,
)
from recsys.evaluation.ranking import ScoringModel
from recsys.evaluation.splits import EvaluationSplit
from recsys.progress import ProgressCallback, no_progress

__all__ = ["MetricRow", "evaluate_methods"]

MetricRow = dict[str, Any]  # a row of the table, see ``evaluate_methods``


def evaluate_methods(
    cut: EvaluationSplit,
    ours: FoldInModel,
    parts: Mapping[str, FoldInModel],
    choices: Choices,
    *,
    like_at: float,
    genres: Bool[np.ndarray, "items genres"] | None,
    seed: int = 0,
    progress: ProgressCallback = no_progress,
) -> tuple[list[MetricRow], dict[str, Any]]:
    """Measure LightGCN, its layers and its contenders on the same people and anime.

    Args:
        cut: what is trained on, what is given, what is to be found.
        ours: the model, trained on ``cut.train`` alone.
        parts: of the model, measured in the whole alone.
        choices: settings of the contenders.
        like_at: a rating this high is a like.
        genres: which genres the anime of ``cut.core`` bear, or none where they are unknown.
        seed: of the bootstrap.
        progress: told what is being measured.

    Returns:
        The figures: rows of method, given, slice, metric, value, the ends of its 95 % interval,
        the people it is a mean over, and, of contenders, how far LightGCN is ahead of them, with
        the paired interval of that. And the protocol of all that was measured here, in words.
    """
    likes = cut.core.likes(like_at)
    ground = EvaluationContext(
        cut.asked,
        like_at,
        likes.item_degrees,
        len(likes.users),
        genres,
        popular_items(likes.item_degrees),
    )
    field = baseline_grid(likes)
    found: dict[tuple[str, str], MethodMetrics] = {}
    left_out: dict[str, str] = {}
    methods: list[tuple[str, ScoringModel, tuple[str, ...]]] = [
        (name, method, tuple(cut.asked)) for name, method in {"lightgcn": ours, **parts}.items()
    ]
    total = len(methods) + sum(len(set(choice.values())) for choice in choices.values())

    def everything() -> Iterator[tuple[str, ScoringModel, tuple[str, ...]]]:
        yield from methods
        yield from fit_baselines(field, choices, like_at, left_out)

    progress("Measuring lightgcn", 0.0)
    for number, (name, method, given) in enumerate(everything(), start=1):
        for one in given:
            found[name, one] = measure_method(method, one, ground)
        progress(f"Measured {name}", number / total)
    names = ["lightgcn", *choices, *parts]
    figures = [
        figure
        for given in cut.asked
        for figure in _figures(given, names, set(parts), found, ground, seed)
    ]
    return figures, {**_words(ground, cut), "left_out": left_out}


def _figures(
    given: str,
    names: list[str],
    parts: set[str],
    of: Mapping[tuple[str, str], MethodMetrics],
    ground: EvaluationContext,
    seed: int,
) -> Iterator[MetricRow]:
    """Yield the rows of one case, slice by slice, so that each slice's draws are made once."""
    groups = ground.groups(given)
    for slice_ in SLICES:
        band = slice_ if slice_ in {POPULAR, NICHE} else ALL
        who = groups.get(slice_, groups[ALL])
        if band != ALL:
            who = np.isfinite(next(iter(of["lightgcn", given].values[band].values())))
        people = int(who.sum())
        if people == 0:
            continue
        bootstrap = Bootstrap(people, seed)
        ours = of["lightgcn", given].values[band]
        for name in names:
            if (name, given) not in of or (name in parts and slice_ != ALL):
                continue
            found = of[name, given]
            row = {"method": name, "given": given, "slice": slice_}
            for metric, values in found.values[band].items():
                figure = {
                    **row,
                    "metric": metric,
                    "people": people,
                    **_mean(values[who], bootstrap),
                }
                if name != "lightgcn":
                    ahead = _mean(ours[metric][who] - values[who], bootstrap)
                    figure |= {f"ahead_{key}": value for key, value in ahead.items()}
                yield figure
            if band == ALL:
                value = round(found.coverage[slice_], 6)
                yield {**row, "metric": f"coverage@{K}", "people": people, "value": value}


def _mean(values: Float64[np.ndarray, " people"], bootstrap: Bootstrap) -> dict[str, float]:
    low, high = bootstrap.interval(values)
    mean = float(values.mean())
    return {"value": round(mean, 6), "low": round(low, 6), "high": round(high, 6)}


def _words(ground: EvaluationContext, cut: EvaluationSplit) -> dict[str, Any]:
    """Say how the figures were measured."""
    first = next(iter(cut.asked))
    likes = ground.liked(first).user_degrees
    groups = ground.groups(first)
    few, many = likes[groups[LIGHT]], likes[groups[HEAVY]]
    slices = {
        POPULAR: f"the {int(ground.popular.sum()):,} most liked titles, which hold half of all "
        "likes, ranked among themselves",
        NICHE: f"the {int((~ground.popular).sum()):,} other titles, ranked among themselves",
    }
    if few.size:
        slices[LIGHT] = f"the third of people with the fewest likes, {few.max()} at most"
    if many.size:
        slices[HEAVY] = f"the third of people with the most likes, {many.min()} at least"
    return {
        "ranked": f"all {ground.degrees.size:,} anime of the training ratings’ {CORE}-core but "
        "those given; what a method lacks ranks last",
        "lists": f"the first {K}",
        "recall": f"hits / min({K}, likes to find)",
        "interval": f"{LEVEL} %, bootstrap over people, {DRAWS:,} draws, the same for all methods",
        "slices": slices,
        "training_people": ground.people,
    }
