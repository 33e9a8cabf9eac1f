"""Tuning of the baselines: the setting with the best NDCG on users held out of training."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from recsys.defaults import TOP_K
from recsys.errors import DataError
from recsys.evaluation.baseline_grid import BaselineGrid, fitted_candidates
from recsys.evaluation.query_sets import QuerySet
from recsys.evaluation.top_k import top_k_items
from recsys.metrics.ranking_metrics import hit_mask, mean_over_users, ndcg
from recsys.progress import ProgressCallback, no_progress

__all__ = ["choose_settings"]


def choose_settings(
    grid: BaselineGrid,
    given: Sequence[str],
    query_sets: Mapping[str, QuerySet],
    *,
    tuned: Collection[str] | None = None,
    k: int = TOP_K,
    progress: ProgressCallback = no_progress,
) -> dict[str, dict[str, str]]:
    """Return the best setting of each baseline by NDCG@k, for everything that is given.

    Args:
        grid: to be fitted to training ratings without the users of the query sets.
        given: keys of the query sets that will be measured.
        query_sets: of the users to tune on, by the same keys; where one is missing the default
            setting is taken.
        tuned: baselines to tune, all by default; the others take their default setting.
        k: length of the lists.
        progress: receives what is being fitted.

    Returns:
        By baseline and key, the description of the setting.
    """
    choices = grid.defaults(given)
    todo = {
        name: candidates
        for name, candidates in grid.candidates.items()
        if len(candidates) > 1 and (tuned is None or name in tuned) and query_sets
    }
    total, done = sum(map(len, todo.values())), 0
    for name, candidates in todo.items():
        best = dict.fromkeys(given, -1.0)
        progress(f"Tuning {name}", done / total)
        try:
            for description, model in fitted_candidates(candidates):
                for key in given:
                    if key not in query_sets:
                        continue
                    query_set = query_sets[key]
                    hits = hit_mask(top_k_items(model, query_set.given, k), query_set.relevant)
                    value = mean_over_users(ndcg(hits, query_set.relevant.user_degrees))
                    if value > best[key]:
                        best[key], choices[name][key] = value, description
                done += 1
                progress(f"Tuning {name}: {description}", done / total)
        except DataError:
            continue  # too large or not installed: the evaluation itself reports the reason
    return choices
