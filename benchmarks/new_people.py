"""Lists for new people: the preset *full* against softmax MF and tuned baselines, five draws.

Five draws of a tenth of all people are each held out of training. Of each test person n likes are
given (or n of all ratings, dislikes included); the other likes are to be found. All settings, those
of the preset and those of the baselines, were chosen on 500 validation people who are in no test
draw: the preset's earlier (``benchmarks/README.md`` lists what was tried), the baselines' at the
beginning of this run. Intervals resample people and draws, as one person may be in several draws
and all people of a draw share one model.

    python -m benchmarks.new_people
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from benchmarks.measure import write
from benchmarks.rating_weights import split_ratings
from recsys.config import load_settings
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.defaults import CORE, GIVEN_LIKES, LIKE_THRESHOLD, TOP_K
from recsys.evaluation.baseline_grid import Choices, baseline_grid, fit_baselines
from recsys.evaluation.bootstrap import Bootstrap
from recsys.evaluation.query_sets import QuerySet, cold_start_query_sets, mixed_query_sets
from recsys.evaluation.top_k import top_k_items
from recsys.evaluation.tuning import choose_settings
from recsys.metrics.ranking_metrics import user_metrics
from recsys.models.protocol import ScoringModel
from recsys.training.lightgcn_model import LightGCNModel
from recsys.training.softmax_mf import SoftmaxMF
from scripts.make_default_model import HELD_OUT, SEED

GIVEN_RATINGS, DRAWS = (5, 10, 20, 50), 5
BASELINES = ("popularity", "item_knn", "ease", "als", "bpr_mf")
METRICS = (f"capped_recall@{TOP_K}", f"ndcg@{TOP_K}")
PerUser = dict[str, np.ndarray[Any, Any]]


def query_sets_of(ratings: Interactions) -> dict[str, QuerySet]:
    """Return the query sets of some test people: n likes given, and n of all ratings given."""
    likes = cold_start_query_sets(ratings, GIVEN_LIKES, LIKE_THRESHOLD, 0)
    everything = mixed_query_sets(ratings, GIVEN_RATINGS, LIKE_THRESHOLD, 0)
    return {
        **{f"likes, {n} given": query_set for n, query_set in likes.items()},
        **{f"all ratings, {n} given": query_set for n, query_set in everything.items()},
    }


def per_user(model: ScoringModel, query_set: QuerySet) -> PerUser:
    """Return the metrics of each user."""
    top = top_k_items(model, query_set.given, TOP_K)
    values = user_metrics(top, query_set.relevant)
    return {metric: values[metric] for metric in METRICS}


def chosen_settings(train: Interactions, validation: Interactions) -> Choices:
    """Choose the baselines' settings for each query set by NDCG@20 on the validation people."""
    core = train.core(CORE)
    query_sets = query_sets_of(validation.with_items(core.items))
    grid = baseline_grid(core, LIKE_THRESHOLD, BASELINES)
    return choose_settings(
        grid, list(query_sets), query_sets,
        progress=lambda description, _share: print(description, flush=True),
    )  # fmt: skip


def measured(
    train: Interactions, query_sets: Mapping[str, QuerySet], choices: Choices, seed: int
) -> Iterator[tuple[str, str, PerUser]]:
    """Train and fit everything on one draw; yield method, query set and metrics of each user."""
    core = train.core(CORE)
    settings = load_settings("full", overrides={"data": {"core": CORE}, "training": {"seed": seed}})
    for model in (LightGCNModel(settings), SoftmaxMF(settings)):
        fitted = model.fit(train).fitted
        for key, query_set in query_sets.items():
            yield model.name, key, per_user(fitted, query_set)
    left_out: dict[str, str] = {}
    grid = baseline_grid(core, LIKE_THRESHOLD, BASELINES)
    for baseline, keys in fit_baselines(grid, choices, left_out):
        for key in keys:
            yield baseline.name, key, per_user(baseline, query_sets[key])
    if left_out:
        raise SystemExit(f"A baseline could not be measured: {left_out}")


def compared(
    pooled: Mapping[str, Mapping[str, PerUser]], key: str, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Return every method's means on one query set, and LightGCN against the best other, paired."""
    row: dict[str, Any] = {
        method: {metric: round(float(by_key[key][metric].mean()), 4) for metric in METRICS}
        for method, by_key in pooled.items()
    }
    for metric in METRICS:
        others = [method for method in pooled if method != "lightgcn"]
        best = max(others, key=lambda method: row[method][metric])
        reference = pooled[best][key][metric]
        difference = pooled["lightgcn"][key][metric] - reference
        low, high = bootstrap.interval(difference)
        row[f"LightGCN over the best other method, {metric}"] = {
            "best other method": best,
            "difference": round(float(difference.mean()), 4),
            "95% interval (paired bootstrap over people and draws)": [
                round(low, 4), round(high, 4)
            ],
            "relative": f"{difference.mean() / reference.mean():+.1%}",
        }  # fmt: skip
    return row


def main() -> None:
    """Choose the settings, measure five draws, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    ratings, without_test, validation = split_ratings()
    choices = chosen_settings(without_test, validation)
    runs: dict[str, dict[str, list[PerUser]]] = defaultdict(lambda: defaultdict(list))
    users: dict[str, list[np.ndarray[Any, Any]]] = defaultdict(list)
    for seed in range(SEED, SEED + DRAWS):
        train, test = split_users(ratings, HELD_OUT, np.random.default_rng(seed))
        test = test.with_users(validation.users.find(test.users.ids) < 0)
        query_sets = query_sets_of(test.with_items(train.core(CORE).items))
        for key, query_set in query_sets.items():
            users[key].append(query_set.given.users.ids)
        for method, key, values in measured(train, query_sets, choices, seed):
            runs[method][key].append(values)
            if method == "lightgcn":
                print(seed, key, round(float(values[METRICS[1]].mean()), 4), flush=True)
    pooled = {
        method: {
            key: {metric: np.concatenate([part[metric] for part in parts]) for metric in METRICS}
            for key, parts in by_key.items()
        }
        for method, by_key in runs.items()
    }
    comparisons = {}
    for key, ids in users.items():
        draw = np.repeat(np.arange(DRAWS), [part.size for part in ids])
        bootstrap = Bootstrap(np.concatenate(ids), draw, seed=0)
        comparisons[key] = compared(pooled, key, bootstrap)
    write(
        "new_people",
        {
            "protocol": f"new-people: {DRAWS} draws (seeds {SEED}…{SEED + DRAWS - 1}) of a tenth "
            "of all people, never trained on, with 30 likes or more among the 10-core; "
            "capped recall = hits / min(20, remaining likes); means over the people of all draws",
            "people of each draw": [part.size for part in next(iter(users.values()))],
            **comparisons,
            "chosen on validation people": choices,
        },
        ["torch", "implicit", "scipy", "numpy"],
    )


if __name__ == "__main__":
    main()
