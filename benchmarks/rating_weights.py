"""How ratings become a person: the estimator, and the weight of a rating's height.

Chosen on validation people: neither they nor the test people (the tenth that the shipped model's
figures are measured on) were trained on. Two questions: people who tell only likes (the protocol
new-people, n = 3, 5, 10, 20), and people who tell everything they rated, dislikes included
(n = 5, 10, 20, 50 of all their ratings; their other likes are to be found).

    python -m benchmarks.rating_weights
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from benchmarks.measure import write
from recsys.config import ServingSettings, load_settings
from recsys.data.catalogue import Catalogue
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.data.ratings_file import read_ratings
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.cold_start import QuerySet, query_sets
from recsys.evaluation.ranking import top_k
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.checkpoint import Checkpoint
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.paths import catalogue_path, shared_data
from recsys.serving.fold_in import ItemFactors
from recsys.training.pipeline import TrainingPipeline
from scripts.make_default_model import HELD_OUT, SEED

VALIDATION = 500
RIDGES = (0.0, 0.1, 0.3, 1.0)
HIGHS = ((1.0, 1.0, 1.0, 1.0), (0.9, 1.0, 1.1, 1.2), (0.8, 1.0, 1.2, 1.4), (0.6, 0.9, 1.2, 1.5))
DISLIKES = {
    "left out": (0.0,) * 6,
    "as likes": (0.9,) * 6,
    "half a like each": (0.5,) * 6,
    "−.5 … .5 (chosen)": (-0.5, -0.3, -0.1, 0.1, 0.3, 0.5),
    "−.5 … .3": (-0.5, -0.4, -0.25, -0.1, 0.1, 0.3),
    "−.5 … 0": (-0.5, -0.4, -0.3, -0.2, -0.1, 0.0),
    "−1 … 0": (-1.0, -0.8, -0.6, -0.4, -0.2, 0.0),
}


def everything_given(
    people: Interactions, given: tuple[int, ...], seed: int
) -> dict[int, QuerySet]:
    """Give n of all ratings of a person; the likes among the others are to be found."""
    enough = (people.likes().user_degrees >= 30) & (people.user_degrees >= max(given) + 20)
    people = people.with_users(enough)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(people)), people.rows))
    place = np.empty(len(people), dtype=np.int64)
    place[order] = np.arange(len(people)) - people.starts[people.rows[order]]
    return {n: QuerySet(people.where(place < n), people.where(place >= n).likes()) for n in given}


def figures(
    model: Checkpoint, asked: Mapping[int, QuerySet], serving: ServingSettings
) -> dict[str, Any]:
    """Measure one way of serving: recall and NDCG at 20 for each n, and the mean NDCG."""
    method = FoldInModel(model, serving)
    by_n = {}
    for n, case in asked.items():
        top = top_k(method.score(case.given), case.given, 20)
        means = mean_metrics(
            top, case.relevant, model.degrees, model.card["data"]["users"], capped=True
        )
        by_n[str(n)] = {name: round(means[name], 4) for name in ("recall@20", "ndcg@20")}
    mean = float(np.mean([one["ndcg@20"] for one in by_n.values()]))
    return {**by_n, "mean ndcg@20": round(mean, 4)}


def drawn() -> tuple[Interactions, Interactions, Interactions]:
    """Return all real ratings; those neither of test nor of validation people; and the latter's."""
    known = Catalogue.load(catalogue_path()).ids.ids
    source = shared_data() / "anime" / "ratings_all_explicit.parquet"
    ratings = read_ratings(source, catalogue_ids=known).interactions
    kept, _ = split_users(ratings, HELD_OUT, np.random.default_rng(SEED))
    share = VALIDATION / len(kept.users)
    return ratings, *split_users(kept, share, np.random.default_rng([SEED, 1]))


def plain(d: int) -> UserEmbeddingEstimator:
    """Return the sum of what somebody likes, as propagation itself adds it to a person."""
    nothing = np.zeros(d, dtype=np.float32)
    return UserEmbeddingEstimator(
        np.eye(d, dtype=np.float32), np.eye(d, dtype=np.float32), *[nothing] * 3
    )


def trained(threads: int) -> tuple[Checkpoint, Interactions, Mapping[str, UserEmbeddingEstimator]]:
    """Train on all but test and validation people.

    Returns the model, the validation people, and other ways to estimate people than its own.
    """
    torch.set_num_threads(threads)
    _, kept, validation = drawn()
    fit = TrainingPipeline(kept, load_settings("full", overrides={"data": {"core": 10}}))
    for _ in fit.run():
        pass
    model = fit.checkpoint()
    embeddings = ItemFactors.from_checkpoint(model).embeddings
    if fit.trainer is None or model.user_embeddings is None:
        raise SystemExit("The training left no people to estimate; nothing was measured.")
    likes, people = fit.trainer.interactions, model.user_embeddings
    others = {
        f"ridge {one:g} of the mean variance": UserEmbeddingEstimator.of(
            embeddings, people, likes, ridge=one
        )
        for one in RIDGES
    }
    others["the plain sum of what is liked"] = plain(embeddings.shape[1])
    return model, validation.with_items(model.items), others


def main() -> None:
    """Train once, measure every way of serving, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    model, people, others = trained(parser.parse_args().threads)
    likes = query_sets(people, (3, 5, 10, 20), 7.0, SEED)
    told = everything_given(people, (5, 10, 20, 50), SEED)
    chosen = load_settings("full").serving

    def likes_only(high: tuple[float, ...]) -> dict[str, Any]:
        weights = (*chosen.rating_weights[:6], *high)
        return figures(model, likes, chosen.model_copy(update={"rating_weights": weights}))

    def with_dislikes(low: tuple[float, ...]) -> dict[str, Any]:
        weights = (*low, *chosen.rating_weights[6:])
        return figures(model, told, chosen.model_copy(update={"rating_weights": weights}))

    write(
        "rating_weights",
        {
            "protocol": f"{VALIDATION} validation people drawn with seed {SEED}, those with 30 "
            "likes or more; recall = hits / min(20, remaining likes); higher is better",
            "likes only, as served": figures(model, likes, chosen),
            "likes only, by the estimator of people": {
                name: figures(replace(model, estimator=other), likes, chosen)
                for name, other in others.items()
            },
            "likes only, by the weight of ratings 7 … 10": {
                " ".join(f"{one:g}" for one in high): likes_only(high) for high in HIGHS
            },
            "everything told, by the weight of ratings 1 … 6": {
                name: with_dislikes(low) for name, low in DISLIKES.items()
            },
        },
        ["torch", "numpy"],
    )


if __name__ == "__main__":
    main()
