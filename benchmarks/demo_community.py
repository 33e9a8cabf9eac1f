"""Fidelity of the synthetic demo community: four statistics and two tests against real people.

The thresholds were fixed before the shipped community was drawn. Each value is reported beside the
same value between two halves of the real people, as a reference.

    python -m benchmarks.demo_community
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from benchmarks.measure import write
from recsys.config import load_settings
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.data.ratings_file import read_ratings
from recsys.data.synthetic import max_list_similarity, prequel_share, synthetic_fidelity
from recsys.defaults import GIVEN_LIKES
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.evaluate_model import evaluate_on_split
from recsys.evaluation.splits import cold_start_split
from recsys.paths import demo_ratings_path
from recsys.training.pipeline import TrainingPipeline
from scripts.make_demo_community import SEED, real_people, sequel_pairs

THRESHOLDS = {
    "popularity": (0.97, "correlation of log(1 + ratings per 1,000 people) over anime, at least"),
    "lengths": (0.05, "Kolmogorov–Smirnov distance of the ratings per person, at most"),
    "histogram": (0.02, "total variation distance of the ratings 1 … 10, at most"),
    "prequels": (0.05, "difference of the share of sequel raters who rated the prequel, at most"),
    "kept quality": (0.85, "NDCG@20 trained on synthetic / trained on real people, at least"),
    "nearest real list": (0.5, "largest Jaccard similarity of a drawn list to a real one, at most"),
}


def quality(train: Interactions, test: Interactions, name: str) -> dict[str, dict[int, float]]:
    """Train the preset standard and the quick baselines; measure them on real, unseen people."""
    pipeline = TrainingPipeline(train, load_settings("standard"), name=name)
    for _ in pipeline.run():
        pass
    model = FoldInModel(pipeline.checkpoint(items_only=True))
    report = evaluate_on_split(model, cold_start_split(train, test)).to_report()
    return {
        method: {n: round(float(by_n[str(n)]["ndcg@20"]), 4) for n in GIVEN_LIKES}
        for method, by_n in report["methods"].items()
    }


def main() -> None:
    """Measure the shipped community and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    real, test = real_people()
    pairs = sequel_pairs(real.items)
    drawn = read_ratings(demo_ratings_path()).interactions
    drawn_on_real = drawn.with_items(real.items)
    halves = split_users(real, 0.5, np.random.default_rng(SEED))
    between_halves = asdict(synthetic_fidelity(*halves, pairs))
    values = asdict(synthetic_fidelity(drawn_on_real, real, pairs))
    nearest = max_list_similarity(drawn_on_real, real)
    real_nearest = max_list_similarity(halves[0], halves[1])
    on_real = quality(real, test, "real people")
    on_drawn = quality(drawn, test, "synthetic people")
    quality_ratio = {
        method: float(np.mean([on_drawn[method][n] / on_real[method][n] for n in GIVEN_LIKES]))
        for method in on_real
    }
    values |= {"kept quality": quality_ratio["lightgcn"], "nearest real list": float(nearest.max())}
    at_least = {"popularity", "kept quality"}
    figures: dict[str, Any] = {
        "of": f"{len(drawn.users):,} synthetic people, {len(drawn):,} ratings; against "
        f"{len(real.users):,} real people that the model was fitted to; quality on "
        f"{len(test.users):,} other real people, protocol new-people",
        "resemblance": {
            name: {
                "what": description,
                "threshold": limit,
                "found": round(values[name], 4),
                "holds": values[name] >= limit if name in at_least else values[name] <= limit,
                **(
                    {"two real halves": round(between_halves[name], 4)}
                    if name in between_halves
                    else {}
                ),
            }
            for name, (limit, description) in THRESHOLDS.items()
        },
        "share of sequel raters who rated the prequel": {
            "real": round(prequel_share(real, pairs), 4),
            "synthetic": round(prequel_share(drawn_on_real, pairs), 4),
        },
        "nearest real list, Jaccard": {
            "synthetic to real, median and largest": _median_and_maximum(nearest),
            "real to other real, median and largest": _median_and_maximum(real_nearest),
        },
        "ndcg@20 by likes given": {
            "trained on real people": on_real,
            "trained on synthetic people": on_drawn,
        },
        "kept quality by method": {
            method: round(ratio, 4) for method, ratio in quality_ratio.items()
        },
    }
    write("demo_community", figures, ["torch", "numpy", "scikit-learn"])


def _median_and_maximum(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    return [round(float(np.median(values)), 4), round(float(values.max()), 4)]


if __name__ == "__main__":
    main()
