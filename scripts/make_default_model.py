"""Train the model that ships on the real ratings, and a twin that its figures come from.

The model is trained on all people; a twin with the same recipe is trained without a tenth of them
and evaluated on that tenth, beside the baselines. The card holds the twin's figures and says so.
``evaluations.json`` beside it holds those of the page Evaluation, of a twin trained without the
same tenth, and ``projection.safetensors`` the map; ``--beside`` makes these two anew for the model
that is there.

    make default-model
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
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
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.cold_start import evaluate_cold_start
from recsys.evaluation.results_io import store_evaluation
from recsys.evaluation.split_settings import SplitSettings
from recsys.jobs.map_executor import compute_maps
from recsys.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline
from recsys.training.retrain import evaluate_recipe

HELD_OUT, SEED, RECENT = 0.1, 20, 2022


def train(ratings: Interactions, settings: Settings, name: str, bars: Progress) -> Checkpoint:
    """Train on all rows of a table; items only, 16-bit."""
    fit = TrainingPipeline(ratings, settings, device="cpu", name=name)
    bar = bars.add_task(name, total=None)
    for event in fit.run():
        if isinstance(event, events.Started):
            bars.reset(bar, total=event.steps)
        elif isinstance(event, events.StepCompleted):
            bars.update(bar, completed=event.step)
        elif isinstance(event, events.Failed):
            raise SystemExit(f"The training failed: {event.reason}.")
    return fit.checkpoint(items_only=True, half=True)


def recent_recall(
    model: Checkpoint, ratings: Interactions, test: Interactions, catalogue: Catalogue
) -> dict[str, Any]:
    """Measure the titles of 2022 and later, where old models know nothing.

    Ten likes of earlier titles are given; of a person's recent likes, how many stand among the
    first 20 recent titles? People: held out, with 10 likes before 2022 and 3 since, or more.
    """
    year = catalogue.year[catalogue.ids.find(model.items.ids)]
    recent = (year >= RECENT) & (catalogue.ids.find(model.items.ids) >= 0)
    likes = test.likes(7).with_items(model.items)
    rng = np.random.default_rng(SEED)
    rows, columns, relevant, heights = [], [], [], []
    for user in range(len(likes.users)):
        part = likes.user_slice(user)
        mine = likes.columns[part]
        old, new = np.flatnonzero(~recent[mine]), mine[recent[mine]]
        if old.size < 10 or new.size < 3:
            continue
        chosen = rng.permutation(old)[:10]
        rows += [len(relevant)] * 10
        columns += mine[chosen].tolist()
        heights += likes.ratings[part][chosen].tolist()
        relevant.append(new)
    given = Interactions.from_rows(
        IdMap(np.arange(len(relevant))),
        model.items,
        np.array(rows),
        np.array(columns),
        np.array(heights),
    )
    degrees = ratings.likes(7).with_items(model.items).item_degrees.astype(np.float32)

    def recall(scores: np.ndarray[Any, Any]) -> float:
        scores = np.where(recent, scores, -np.inf)
        top = np.argsort(-scores, axis=1)[:, :20]
        hits = [np.isin(t, r).sum() / min(20, r.size) for t, r in zip(top, relevant, strict=True)]
        return round(float(np.mean(hits)), 4)

    return {
        "what": f"recall@20 among the titles of {RECENT} and later, 10 earlier likes given",
        "people": len(relevant),
        "recommendable_titles": int(recent.sum()),
        "lightgcn": recall(FoldInModel(model).score(given)),
        "popularity": recall(np.tile(degrees, (len(relevant), 1))),
    }


def beside(out: Path, source: Path, file: RatingsData, catalogue: Catalogue) -> None:
    """Measure what the page Evaluation shows, draw the map, and keep both with the checkpoint."""
    with Progress(console=Console(stderr=True)) as bars:
        bar = bars.add_task("Evaluating fully", total=1.0)

        def progress(what: str, share: float) -> None:
            bars.update(bar, description=what, completed=share)

        model = load_checkpoint(out)
        found = evaluate_recipe(
            model, file, SplitSettings(seed=SEED, share=HELD_OUT),
            data="Real MyAnimeList and AniList ratings", catalogue=catalogue, progress=progress,
        )  # fmt: skip
        store_evaluation(out, found, model.card["seal"])
        compute_maps(out, source, paths.catalogue_path(), progress=progress)


def main() -> None:
    """Train the twin, measure it, train the model, and write the checkpoint with its card."""
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
    settings = load_settings("full", overrides={"data": {"core": 10}})
    kept, test = split_users(ratings, HELD_OUT, np.random.default_rng(SEED))
    with Progress(console=Console(stderr=True)) as bars:
        twin = train(kept, settings, "Twin without the test people", bars)
        bar = bars.add_task("Evaluating", total=1.0)
        report = evaluate_cold_start(
            kept, test, [FoldInModel(twin)], given=(3, 5, 10, 20), like_at=7, seed=SEED,
            progress=lambda what, share: bars.update(bar, description=what, completed=share),
        ).to_dict()  # fmt: skip
        model = train(ratings, settings, "LightGCN for new people", bars)
    figures = {
        "of": f"a twin with the same recipe, trained without the {HELD_OUT:.0%} of people it is "
        f"tested on (drawn with seed {SEED}); this model is trained on all of them",
        "new-people": report,
        "recent": recent_recall(twin, kept, test, catalogue),
    }
    card = {
        **model.card,
        "trained_on": "real MyAnimeList and AniList ratings, no person in this file",
        "figures": figures,
    }
    save_checkpoint(arguments.out, replace(model, card=card))
    beside(arguments.out, source, file, catalogue)
    Console().print_json(data=figures)


if __name__ == "__main__":
    main()
