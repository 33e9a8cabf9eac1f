"""Train the shipped model on the real ratings, and measure it on people who were held out.

The shipped model is trained on all people. A model with the same settings is trained without a
tenth of them and measured on that tenth, beside the baselines; the card holds these metrics and
says so. ``evaluations.json`` beside the card holds the metrics of the page Evaluation, measured in
the same way, and ``projection.safetensors`` the map. ``--beside`` renews these two files for an
existing model.

    make default-model
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool
from rich.console import Console
from rich.progress import Progress

from recsys import paths
from recsys.config import Settings, load_settings
from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.data.ratings_file import read_ratings
from recsys.data.ratings_table import RatingsData
from recsys.defaults import CORE, TOP_K
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.evaluate_model import evaluate_on_split
from recsys.evaluation.query_sets import QuerySet, sample_per_user
from recsys.evaluation.results_io import store_evaluation
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.splits import cold_start_split
from recsys.evaluation.top_k import top_k
from recsys.jobs.map_executor import compute_maps
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from recsys.models.popularity import Popularity
from recsys.training.lightgcn_model import LightGCNModel
from recsys.training.retrain import evaluate_recipe

HELD_OUT, SEED = 0.1, 20
RECENT, RECENT_GIVEN, RECENT_LIKES = 2022, 10, 3  # year; likes that are given; likes to find


def train(ratings: Interactions, settings: Settings, name: str, bars: Progress) -> Checkpoint:
    """Train on all rows of a table; items only, 16-bit numbers."""
    bar = bars.add_task(name, total=1.0)
    model = LightGCNModel(
        settings, progress=lambda _description, share: bars.update(bar, completed=share)
    )
    checkpoint = model.fit(ratings).trained_checkpoint
    return replace(checkpoint, card={**checkpoint.card, "name": name})


def recent_query_set(
    test: Interactions, items: IdMap, recent: Bool[np.ndarray, " items"]
) -> QuerySet:
    """Give ten likes of earlier titles of each test user; the likes of recent titles are relevant.

    The users are those with at least ten earlier and three recent likes.
    """
    likes = test.likes().with_items(items)
    is_recent = recent[likes.columns]
    earlier, later = likes.where(~is_recent), likes.where(is_recent)
    keep = (earlier.user_degrees >= RECENT_GIVEN) & (later.user_degrees >= RECENT_LIKES)
    earlier, later = earlier.with_users(keep), later.with_users(keep)
    return QuerySet(sample_per_user(earlier, RECENT_GIVEN, np.random.default_rng(SEED)), later)


def recent_recall(
    model: Checkpoint, ratings: Interactions, test: Interactions, catalogue: Catalogue
) -> dict[str, Any]:
    """Measure the recall of the titles since 2022, ranked among themselves."""
    rows = catalogue.ids.find(model.items.ids)
    recent = (catalogue.year[rows] >= RECENT) & (rows >= 0)
    query_set = recent_query_set(test, model.items, recent)
    models = (FoldInModel(model), Popularity().fit(ratings.with_items(model.items)))
    recall = {}
    for scoring_model in models:
        top = top_k(scoring_model.score(query_set.given), query_set.given, TOP_K, recent)
        means = mean_metrics(top, query_set.relevant)
        recall[scoring_model.name] = round(means[f"capped_recall@{TOP_K}"], 4)
    return {
        "what": f"capped_recall@{TOP_K} among the titles of {RECENT} and later, {RECENT_GIVEN} "
        "earlier likes given",
        "people": len(query_set.given.users),
        "recommendable_titles": int(recent.sum()),
        **recall,
    }


def beside(out: Path, source: Path, file: RatingsData, catalogue: Catalogue) -> None:
    """Compute the metrics of the page Evaluation and the map; store both with the checkpoint."""
    with Progress(console=Console(stderr=True)) as bars:
        bar = bars.add_task("Evaluating fully", total=1.0)

        def progress(description: str, share: float) -> None:
            bars.update(bar, description=description, completed=share)

        model = load_checkpoint(out)
        result = evaluate_recipe(
            model, file, SplitSettings(seed=SEED, share=HELD_OUT),
            data="Real MyAnimeList and AniList ratings", catalogue=catalogue, progress=progress,
        )  # fmt: skip
        store_evaluation(out, result, model.card["seal"])
        compute_maps(out, source, paths.catalogue_path(), progress=progress)


def main() -> None:
    """Train and measure without the test people, train on all, and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", action="store_true", help="evaluation and map alone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=paths.ROOT / "checkpoints" / "default")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    source = paths.shared_data() / "anime" / "ratings_all_explicit.parquet"
    catalogue = Catalogue.load(paths.catalogue_path())
    file = read_ratings(source, catalogue_ids=catalogue.ids.ids)
    ratings = file.interactions
    if arguments.beside:
        beside(arguments.out, source, file, catalogue)
        return
    settings = load_settings("full", overrides={"data": {"core": CORE}})
    train_ratings, test = split_users(ratings, HELD_OUT, np.random.default_rng(SEED))
    with Progress(console=Console(stderr=True)) as bars:
        retrained = train(train_ratings, settings, "LightGCN without the test people", bars)
        bar = bars.add_task("Evaluating", total=1.0)
        report = evaluate_on_split(
            retrained, cold_start_split(train_ratings, test, seed=SEED), seed=SEED,
            progress=lambda step, share: bars.update(bar, description=step, completed=share),
        ).to_report()  # fmt: skip
        model = train(ratings, settings, "LightGCN for new people", bars)
    figures = {
        "of": f"a model with the same settings, trained without the {HELD_OUT:.0%} of people that "
        f"it is tested on (drawn with seed {SEED}); this model is trained on all of them",
        "new-people": report,
        "recent": recent_recall(retrained, train_ratings, test, catalogue),
    }
    card = {
        **model.card,
        "trained_on": "real MyAnimeList and AniList ratings, no person in this file",
        "figures": figures,
    }
    shutil.rmtree(arguments.out, ignore_errors=True)  # one flat folder; git has the previous model
    save_checkpoint(arguments.out, replace(model, card=card))
    beside(arguments.out, source, file, catalogue)
    Console().print_json(data=figures)


if __name__ == "__main__":
    main()
