"""The evaluation runner: models and tuned baselines, ranked for the same users on the same items.

Every evaluation runs here: both protocols of the command line, the full evaluation of the page, and
``evaluate_model``. The result is one table, so all of them report the same numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from recsys.evaluation.baseline_grid import baseline_grid, describe_choices, fit_baselines
from recsys.evaluation.bootstrap import DRAWS, LEVEL, Bootstrap
from recsys.evaluation.context import (
    ALL,
    HEAVY,
    LIGHT,
    NICHE,
    POPULAR,
    EvaluationContext,
    ModelMetrics,
    measure_model,
)
from recsys.evaluation.results import EvaluationResult, MetricRow
from recsys.evaluation.splits import EvaluationSplit
from recsys.evaluation.tuning import choose_settings
from recsys.metrics.ranking_metrics import mean_over_users
from recsys.models.baselines import BASELINES
from recsys.models.protocol import ScoringModel
from recsys.progress import ProgressCallback, no_progress, sub_progress

__all__ = ["evaluate_models"]

REPLACED = "the model that was given; the baseline of the same name was not fitted"
TUNING_TIME = 0.6  # share of the time, roughly; fitting and measuring take the rest


def evaluate_models(
    context: EvaluationContext,
    models: Mapping[str, ScoringModel],
    *,
    parts: Collection[str] = (),
    baselines: Sequence[str] = tuple(BASELINES),
    tuning: EvaluationSplit | None = None,
    tuned: Collection[str] | None = None,
    seed: int = 0,
    progress: ProgressCallback = no_progress,
) -> EvaluationResult:
    """Measure models and baselines on the query sets of a split.

    Args:
        context: the split, length of the lists and slices.
        models: fitted models by name; the others are compared with the first one.
        parts: those of ``models`` that are measured over all users and items alone.
        baselines: which of the registry are fitted to the training ratings and measured too. One
            that has the name of a model in ``models`` is left out, and the protocol says so.
        tuning: a split of the training ratings to choose the baselines' settings on; without it
            they take their default settings.
        tuned: baselines to tune, all by default.
        seed: of the bootstrap.
        progress: receives what is being done.

    Returns:
        The metrics of every model, with 95 % intervals and the paired intervals of the differences.
    """
    split = context.split
    given = list(split.query_sets)
    replaced = [name for name in baselines if name in models]
    baselines = [name for name in baselines if name not in models]
    grid = baseline_grid(split.core, split.like_threshold, baselines)
    choices = grid.defaults(given)
    if tuning is not None:
        choices = choose_settings(
            baseline_grid(tuning.core, split.like_threshold, baselines),
            given,
            tuning.query_sets,
            tuned=tuned,
            k=context.k,
            progress=sub_progress(progress, 0.0, TUNING_TIME),
        )
        progress = sub_progress(progress, TUNING_TIME, 1.0)
    left_out: dict[str, str] = {}
    metrics: dict[tuple[str, str], ModelMetrics] = {}
    parameters: dict[str, dict[str, Mapping[str, Any]]] = {}
    total, done = len(models) + len(baselines), 0.0
    for method, scoring_model in models.items():
        progress(f"Measuring {method}", done / total)
        for key in given:
            metrics[method, key] = measure_model(scoring_model, key, context)
        done += 1
    for model, keys in fit_baselines(grid, choices, left_out):
        progress(f"Measuring {model.name}", done / total)
        for key in keys:
            metrics[model.name, key] = measure_model(model, key, context)
            if model.parameters:
                parameters.setdefault(model.name, {})[key] = model.parameters
        done += len(keys) / len(given)
    progress("Computing intervals", 1.0)
    methods = [method for method in models if method not in parts]
    methods += [method for method in choices if method not in left_out]
    methods += [method for method in models if method in parts]
    rows = [
        row
        for key in given
        for row in _metric_rows(key, methods, set(parts), metrics, context, seed)
    ]
    protocol = {
        **split.protocol,
        **_describe(context),
        "methods": describe_choices(choices, left_out) | dict.fromkeys(replaced, REPLACED),
    }
    return EvaluationResult("", "", protocol, split.user_count, rows, parameters, left_out)


def _metric_rows(
    given: str,
    methods: Sequence[str],
    parts: Collection[str],
    metrics: Mapping[tuple[str, str], ModelMetrics],
    context: EvaluationContext,
    seed: int,
) -> Iterator[MetricRow]:
    """Yield the rows of one query set, slice by slice, so that each slice is resampled once."""
    user_slices = context.user_slices(given)
    reference = methods[0]
    for slice_name in context.slices:
        item_slice = slice_name if slice_name in {POPULAR, NICHE} else ALL
        who = user_slices.get(slice_name, user_slices[ALL])
        first = metrics[reference, given].values[item_slice]
        who = who & np.isfinite(next(iter(first.values())))  # users with a relevant item there
        users = int(who.sum())
        if users == 0:
            continue
        bootstrap = Bootstrap(np.arange(users), seed=seed)
        for method in methods:
            if method in parts and slice_name != ALL:
                continue
            values = metrics[method, given].values[item_slice]
            key = {"method": method, "given": given, "slice": slice_name}
            for metric, per_user in values.items():
                row = {**key, "metric": metric, "people": users, **_mean(per_user[who], bootstrap)}
                if method != reference:
                    ahead = _mean(first[metric][who] - per_user[who], bootstrap)
                    row |= {f"ahead_{end}": value for end, value in ahead.items()}
                yield row
            if item_slice == ALL:
                covered = round(metrics[method, given].coverage[slice_name], 6)
                yield {**key, "metric": f"coverage@{context.k}", "people": users, "value": covered}


def _mean(values: Float64[np.ndarray, " users"], bootstrap: Bootstrap) -> dict[str, float]:
    low, high = bootstrap.interval(values)
    ends = {"value": mean_over_users(values), "low": low, "high": high}
    return {name: round(value, 6) for name, value in ends.items()}


def _describe(context: EvaluationContext) -> dict[str, Any]:
    """Return in words how the metrics were measured."""
    k, items = context.k, context.degrees.size
    lists = f"the top {k}"
    if k < context.wanted_k:
        lists += f" (not {context.wanted_k}: only {k} items are ranked)"
    slices = _describe_slices(context)
    return {
        "ranked": f"all {items:,} items but those given; items that a method cannot score rank "
        "last",
        "number_of_items": items,
        "k": k,
        "lists": lists,
        "recall": f"recall@{k} = hits / likes to find; capped_recall@{k} = hits / min({k}, likes "
        "to find)",
        "interval": f"{LEVEL} %, bootstrap over people, {DRAWS:,} draws, the same for all methods",
        **({"slices": slices} if slices else {}),
        "training_people": len(context.split.core.users),
        "like_at": context.split.like_threshold,
    }


def _describe_slices(context: EvaluationContext) -> dict[str, str]:
    first = next(iter(context.split.query_sets))
    likes, users = context.liked(first).user_degrees, context.user_slices(first)
    words = {}
    if POPULAR in context.slices:
        words[POPULAR] = (
            f"the {int(context.popular.sum()):,} most liked titles, which hold half of all likes, "
            "ranked among themselves"
        )
    if NICHE in context.slices:
        words[NICHE] = (
            f"the {int((~context.popular).sum()):,} other titles, ranked among themselves"
        )
    if LIGHT in users and users[LIGHT].any():
        most = likes[users[LIGHT]].max()
        words[LIGHT] = f"the third of people with the fewest likes, {most} at most"
    if HEAVY in users and users[HEAVY].any():
        least = likes[users[HEAVY]].min()
        words[HEAVY] = f"the third of people with the most likes, {least} at least"
    return words
