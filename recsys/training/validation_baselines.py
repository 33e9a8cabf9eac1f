"""Baseline reference values for the validation curves of a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recsys.data.interactions import Interactions
from recsys.defaults import TOP_K
from recsys.evaluation.baseline_grid import baseline_grid, fit_baselines
from recsys.evaluation.query_sets import QuerySet
from recsys.evaluation.splits import TRAINING_LIKES
from recsys.evaluation.top_k import top_k_items
from recsys.evaluation.tuning import choose_settings
from recsys.models.baselines import cheaply_tuned_baselines
from recsys.training.events import BaselineEvaluated
from recsys.training.validation import shown_metrics

__all__ = ["validation_baselines"]


def validation_baselines(
    train: Interactions, held_out: Interactions, names: Sequence[str]
) -> Iterator[BaselineEvaluated]:
    """Measure the quick baselines, one at a time, as ``validate`` measures the model.

    Args:
        train: training likes.
        held_out: likes to find, of the same users and items.
        names: which of ``quick_baselines()``.

    Yields:
        The metrics of a baseline with its setting; no metrics and the reason where it was left out.
    """
    test_users = held_out.user_degrees > 0
    query_set = QuerySet(train.with_users(test_users), held_out.with_users(test_users))
    tuned = cheaply_tuned_baselines()
    for name in names:
        # every training entry is a like, whatever its rating
        grid = baseline_grid(train, float("-inf"), (name,))
        choices = choose_settings(grid, (TRAINING_LIKES,), {TRAINING_LIKES: query_set}, tuned=tuned)
        left_out: dict[str, str] = {}
        for model, _ in fit_baselines(grid, choices, left_out):
            metrics = shown_metrics(top_k_items(model, query_set.given, TOP_K), query_set.relevant)
            yield BaselineEvaluated(0, name, metrics, choices[name][TRAINING_LIKES])
        if name in left_out:
            yield BaselineEvaluated(0, name, {}, left_out[name])
