"""Lists for new people: the preset *full*, folded in, against five tuned baselines, five times.

Five draws of a tenth of all people are each held out of training. Of each of them n likes are given
(or n of all ratings, dislikes included) and the other likes are to be found. Baselines see the
likes among what is given. All that there is to choose, of ours and theirs, was chosen on 500
validation people who are in no test draw: ours in the preset (``benchmarks/README.md`` tells what
was tried), theirs at the beginning of this run.

    python -m benchmarks.new_people
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from benchmarks.measure import write
from benchmarks.rating_weights import drawn, everything_given
from recsys.config import load_settings
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.cold_start import CORE, NEIGHBOURS, QuerySet, query_sets
from recsys.evaluation.ranking import ScoringModel, top_k
from recsys.metrics.ranking_metrics import metrics_per_user
from recsys.models.als import ALS
from recsys.models.bpr_mf import BPRMF
from recsys.models.ease import EASE, gram_matrix
from recsys.models.item_knn import ItemKNN, item_cosines
from recsys.models.popularity import Popularity
from recsys.training.pipeline import TrainingPipeline
from scripts.make_default_model import HELD_OUT, SEED

LIKES, ALL, SEEDS, LIKE = (3, 5, 10, 20), (5, 10, 20, 50), 5, 7.0
EASES = (500.0, 1000.0, 2000.0, 4000.0, 10_000.0)
ALSES = tuple((f, r, a) for f in (64, 192) for r, a in ((1.0, 1.0), (10.0, 1.0), (50.0, 10.0)))
BPRS = ((64, 0.05, 0.01), (128, 0.05, 0.01), (128, 0.05, 0.003), (128, 0.02, 0.003))
Asked = Mapping[tuple[str, int], QuerySet]
PerPerson = dict[str, np.ndarray[Any, Any]]


def asked_of(people: Interactions) -> Asked:
    """Return what is given and asked, for likes only and for everything told."""
    likes = {("likes", n): case for n, case in query_sets(people, LIKES, LIKE, 0).items()}
    told = {("all ratings", n): case for n, case in everything_given(people, ALL, 0).items()}
    return {**likes, **told}


def figures(method: ScoringModel, case: QuerySet, *, sees_all: bool = False) -> PerPerson:
    """Return recall and NDCG of each person; baselines see only the likes of what is given."""
    seen = case.given if sees_all else case.given.likes(LIKE)
    return metrics_per_user(top_k(method.score(seen), case.given, 20), case.relevant)


def tuned(train: Interactions, people: Interactions) -> dict[str, dict[tuple[str, int], Any]]:
    """Choose the baselines' numbers for each case by NDCG@20 on the validation people."""
    core = train.core(CORE)
    likes, asked = core.likes(LIKE), asked_of(people.with_items(core.items))
    cooccurrence, cosines = gram_matrix(likes), item_cosines(likes, NEIGHBOURS)
    makers: dict[str, dict[Any, Callable[[], ScoringModel]]] = {
        "item_knn": {way: lambda way=way: ItemKNN(cosines, way) for way in ("row", "column")},
        "ease": {weight: lambda weight=weight: EASE(cooccurrence, weight) for weight in EASES},
        "als": {one: lambda one=one: als(likes, one) for one in ALSES},
        "bpr_mf": {one: lambda one=one: bpr_mf(likes, one) for one in BPRS},
    }
    chosen: dict[str, dict[tuple[str, int], Any]] = {}
    for name, ways in makers.items():
        best = dict.fromkeys(asked, (-1.0, next(iter(ways))))
        for way, make in ways.items():
            method = make()
            for key, case in asked.items():
                ndcg = float(figures(method, case)["ndcg@20"].mean())
                best[key] = max(best[key], (ndcg, way), key=lambda pair: pair[0])
            print("tuning", name, way, flush=True)
        chosen[name] = {key: way for key, (_, way) in best.items()}
    return chosen


def als(likes: Interactions, numbers: tuple[int, float, float]) -> ALS:
    """Return ALS with factors, λ and α."""
    factors, regularization, alpha = numbers
    return ALS(likes, factors=factors, regularization=regularization, alpha=alpha)


def bpr_mf(likes: Interactions, numbers: tuple[int, float, float]) -> BPRMF:
    """Return BPR-MF with factors, learning rate and λ."""
    factors, rate, regularization = numbers
    return BPRMF(likes, factors=factors, learning_rate=rate, regularization=regularization)


def measured(
    train: Interactions, test: Interactions, chosen: Mapping[str, Mapping[Any, Any]], seed: int
) -> dict[str, dict[tuple[str, int], PerPerson]]:
    """Train and fit everything on one draw, and measure it on the people held out."""
    core = train.core(CORE)
    likes, asked = core.likes(LIKE), asked_of(test.with_items(core.items))
    fit = TrainingPipeline(train, load_settings("full", overrides={"data": {"core": CORE},
                                                      "training": {"seed": seed}}))  # fmt: skip
    for _ in fit.run():
        pass
    ours = FoldInModel(fit.checkpoint(items_only=True, half=True))
    found = {"lightgcn": {key: figures(ours, c, sees_all=True) for key, c in asked.items()}}
    popular = Popularity(likes)
    found["popularity"] = {key: figures(popular, case) for key, case in asked.items()}
    cooccurrence, cosines = gram_matrix(likes), item_cosines(likes, NEIGHBOURS)
    make: dict[str, Callable[[Any], ScoringModel]] = {
        "item_knn": lambda way: ItemKNN(cosines, way),
        "ease": lambda weight: EASE(cooccurrence, weight),
        "als": lambda numbers: als(likes, numbers),
        "bpr_mf": lambda numbers: bpr_mf(likes, numbers),
    }
    for name, choice in chosen.items():
        found[name] = {}
        for way in sorted(set(choice.values()), key=str):
            method = make[name](way)
            for key, case in asked.items():
                if choice[key] == way:
                    found[name][key] = figures(method, case)
    return found


def compared(pooled: Mapping[str, Mapping[Any, PerPerson]], key: tuple[str, int]) -> dict[str, Any]:
    """Return every method's means in one case, and ours against the best baseline, paired."""
    metrics = ("recall@20", "ndcg@20")
    row: dict[str, Any] = {
        name: {metric: round(float(cases_[key][metric].mean()), 4) for metric in metrics}
        for name, cases_ in pooled.items()
    }
    rng = np.random.default_rng(0)
    for metric in metrics:
        others = [name for name in pooled if name != "lightgcn"]
        best = max(others, key=lambda name: row[name][metric])
        theirs = pooled[best][key][metric]
        apart = pooled["lightgcn"][key][metric] - theirs
        draws = apart[rng.integers(0, apart.size, (2000, apart.size))].mean(axis=1)
        low, high = np.percentile(draws, [2.5, 97.5])
        row[f"ours over the best baseline, {metric}"] = {
            "best baseline": best,
            "difference": round(float(apart.mean()), 4),
            "95% interval (paired bootstrap over people)": [round(low, 4), round(high, 4)],
            "relative": f"{apart.mean() / theirs.mean():+.1%}",
        }
    return row


def main() -> None:
    """Choose, measure five draws, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    ratings, kept, validation = drawn()
    chosen = tuned(kept, validation)
    parts: dict[str, dict[Any, list[PerPerson]]] = defaultdict(lambda: defaultdict(list))
    people = []
    for seed in range(SEED, SEED + SEEDS):
        train, test = split_users(ratings, HELD_OUT, np.random.default_rng(seed))
        test = test.with_users(validation.users.find(test.users.ids) < 0)
        found = measured(train, test, chosen, seed)
        for name, by_case in found.items():
            for key, values in by_case.items():
                parts[name][key].append(values)
        people.append(int(found["lightgcn"]["likes", LIKES[0]]["ndcg@20"].size))
        print(seed, {k: round(float(v["ndcg@20"].mean()), 4) for k, v in found["lightgcn"].items()})
    pooled = {
        name: {
            key: {m: np.concatenate([one[m] for one in runs]) for m in runs[0]}
            for key, runs in by_case.items()
        }
        for name, by_case in parts.items()
    }
    write(
        "new_people",
        {
            "protocol": f"new-people: {SEEDS} draws (seeds {SEED}…{SEED + SEEDS - 1}) of a tenth "
            "of all people, never trained on, with 30 likes or more among the 10-core; recall = "
            "hits / min(20, remaining likes); means over the people of all draws",
            "people of each draw": people,
            **{f"{what}, {n} given": compared(pooled, (what, n)) for what, n in pooled["lightgcn"]},
            "chosen on validation people": {
                name: {f"{what}, {n}": way for (what, n), way in choice.items()}
                for name, choice in chosen.items()
            },
        },
        ["torch", "implicit", "scipy", "numpy"],
    )


if __name__ == "__main__":
    main()
