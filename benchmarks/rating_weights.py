"""User estimators and rating weights: which ones serve new people best.

Measured on validation people. Neither they nor the test people (the tenth that the shipped model
is measured on) were trained on. Two cases: only likes are given (the protocol new-people, n = 3, 5,
10, 20), or n = 5, 10, 20, 50 of all ratings are given, dislikes included. The other likes are the
relevant items.

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
from recsys.defaults import CORE, GIVEN_LIKES, LIKE_THRESHOLD, TOP_K
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.query_sets import QuerySet, cold_start_query_sets, mixed_query_sets
from recsys.evaluation.top_k import top_k_items
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


def metrics_of(
    model: Checkpoint, query_sets: Mapping[int, QuerySet], serving: ServingSettings
) -> dict[str, Any]:
    """Measure one serving setting: capped recall and NDCG at 20 for each n, and the mean NDCG."""
    scoring_model = FoldInModel(model, serving)
    by_n = {}
    for n, query_set in query_sets.items():
        means = mean_metrics(top_k_items(scoring_model, query_set.given, TOP_K), query_set.relevant)
        by_n[str(n)] = {
            name: round(means[name], 4) for name in (f"capped_recall@{TOP_K}", f"ndcg@{TOP_K}")
        }
    mean = float(np.mean([metrics[f"ndcg@{TOP_K}"] for metrics in by_n.values()]))
    return {**by_n, f"mean ndcg@{TOP_K}": round(mean, 4)}


def split_ratings() -> tuple[Interactions, Interactions, Interactions]:
    """Return all real ratings, the training ratings, and the ratings of the validation people."""
    known = Catalogue.load(catalogue_path()).ids.ids
    source = shared_data() / "anime" / "ratings_all_explicit.parquet"
    ratings = read_ratings(source, catalogue_ids=known).interactions
    without_test, _ = split_users(ratings, HELD_OUT, np.random.default_rng(SEED))
    share = VALIDATION / len(without_test.users)
    return ratings, *split_users(without_test, share, np.random.default_rng([SEED, 1]))


def sum_estimator(d: int) -> UserEmbeddingEstimator:
    """Return the estimator that sums the embeddings of the likes, as propagation does."""
    zeros = np.zeros(d, dtype=np.float32)
    return UserEmbeddingEstimator(
        np.eye(d, dtype=np.float32), np.eye(d, dtype=np.float32), *[zeros] * 3
    )


def trained(threads: int) -> tuple[Checkpoint, Interactions, Mapping[str, UserEmbeddingEstimator]]:
    """Train on all but test and validation people.

    Returns:
        The model, the validation people, and user estimators other than its own.
    """
    torch.set_num_threads(threads)
    _, train, validation = split_ratings()
    pipeline = TrainingPipeline(train, load_settings("full", overrides={"data": {"core": CORE}}))
    for _ in pipeline.run():
        pass
    model = pipeline.checkpoint()
    embeddings = ItemFactors.from_checkpoint(model).embeddings
    if pipeline.trainer is None or model.user_embeddings is None:
        raise SystemExit("The training left no users to estimate; nothing was measured.")
    likes, people = pipeline.trainer.interactions, model.user_embeddings
    others = {
        f"ridge {ridge:g} of the mean variance": UserEmbeddingEstimator.fit(
            embeddings, people, likes, ridge=ridge
        )
        for ridge in RIDGES
    }
    others["the plain sum of the likes"] = sum_estimator(embeddings.shape[1])
    return model, validation.with_items(model.items), others


def main() -> None:
    """Train once, measure every serving setting, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    model, people, others = trained(parser.parse_args().threads)
    likes = cold_start_query_sets(people, GIVEN_LIKES, LIKE_THRESHOLD, SEED)
    mixed = mixed_query_sets(people, (5, 10, 20, 50), LIKE_THRESHOLD, SEED)
    chosen = load_settings("full").serving

    def likes_only(high: tuple[float, ...]) -> dict[str, Any]:
        weights = (*chosen.rating_weights[:6], *high)
        return metrics_of(model, likes, chosen.model_copy(update={"rating_weights": weights}))

    def with_dislikes(low: tuple[float, ...]) -> dict[str, Any]:
        weights = (*low, *chosen.rating_weights[6:])
        return metrics_of(model, mixed, chosen.model_copy(update={"rating_weights": weights}))

    write(
        "rating_weights",
        {
            "protocol": f"{VALIDATION} validation people drawn with seed {SEED}, those with 30 "
            "likes or more; capped recall = hits / min(20, remaining likes); higher is better",
            "likes only, as served": metrics_of(model, likes, chosen),
            "likes only, by user estimator": {
                name: metrics_of(replace(model, estimator=other), likes, chosen)
                for name, other in others.items()
            },
            "likes only, by the weight of ratings 7 … 10": {
                " ".join(f"{weight:g}" for weight in high): likes_only(high) for high in HIGHS
            },
            "all ratings given, by the weight of ratings 1 … 6": {
                name: with_dislikes(low) for name, low in DISLIKES.items()
            },
        },
        ["torch", "numpy"],
    )


if __name__ == "__main__":
    main()
