"""How good a checkpoint's recipe is: a twin learns without the test people, and is measured.

The model that answers learned from everybody, so nobody is left to test it on. Its twin has the
same recipe and takes as many epochs, on the ratings that a split leaves it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.ratings_table import RatingsData
from recsys.errors import DataError, TrainingError
from recsys.evaluation.baseline_grid import choose_settings, describe_choices
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.results_io import EvaluationResult
from recsys.evaluation.runner import evaluate_methods
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.splits import split_ratings
from recsys.models.checkpoint import Checkpoint
from recsys.progress import ProgressCallback, no_progress
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline

__all__ = ["evaluate_recipe", "evaluation_name"]

TUNED = {
    "people": "on people held out of the training ratings, by NDCG@20",
    "time": "on the last tenth of the training ratings, by NDCG@20",
}
TUNING = 1  # added to the seed of the people on whom the contenders are tuned
SHARES = {"twin": 0.45, "tuning": 0.35, "measuring": 0.2}  # of the time, roughly


@dataclass(frozen=True, slots=True)
class _Steps:
    """Progress, mapped onto a part of the whole."""

    progress: ProgressCallback
    begin: float
    share: float

    def __call__(self, what: str, done: float) -> None:
        self.progress(what, self.begin + self.share * done)


def evaluation_name(ratings: Interactions, split: SplitSettings) -> str:
    """Return the name of an evaluation: the same for the same ratings, cut alike."""
    return f"{split.name}-{ratings.fingerprint()[:8]}"


def evaluate_recipe(
    checkpoint: Checkpoint,
    file: RatingsData,
    split: SplitSettings,
    *,
    data: str,
    catalogue: Catalogue | None = None,
    device: str = "cpu",
    progress: ProgressCallback = no_progress,
) -> EvaluationResult:
    """Measure a checkpoint's recipe on ratings, beside its contenders on the same cut.

    Args:
        checkpoint: whose recipe, and number of epochs.
        file: the ratings, best those that it learned from.
        split: what is held out.
        data: what people call the ratings.
        catalogue: with the genres of the anime; without it diversity is not measured.
        device: that trains the twin.
        progress: told what is being done; may raise to end it.

    Raises:
        DataError: nobody can be asked, or the split needs dates that are not there.
        TrainingError: the twin cannot be trained.
    """
    like_at = checkpoint.settings.data.like_at
    progress("Splitting the ratings", 0.0)
    whole = split_ratings(file.interactions, file.days, split, like_at)
    stages, begin = {}, 0.0
    for stage, share in SHARES.items():
        stages[stage] = _Steps(progress, begin, share)
        begin += share
    twin = _twin(checkpoint, whole.train, device, stages["twin"])
    likes = whole.train.likes(like_at)
    inner = split.model_copy(update={"seed": split.seed + TUNING})
    try:
        tuning = split_ratings(whole.train, file.days, inner, like_at)
        likes, asked = tuning.core.likes(like_at), tuning.asked
    except DataError:  # too few people are left to tune on: the usual settings will do
        asked = {}
    choices = choose_settings(likes, list(whole.asked), asked, like_at, stages["tuning"])
    figures, measured = evaluate_methods(
        whole, FoldInModel(twin), FoldInModel.parts(twin), choices,
        like_at=like_at, genres=_genres(catalogue, whole.core.items), seed=split.seed,
        progress=stages["measuring"],
    )  # fmt: skip
    progress("Done", 1.0)
    protocol = {
        **whole.told,
        **measured,
        "like": f"a rating of {like_at:g} or more",
        "model": f"a twin with the same recipe, trained for {twin.card['training']['steps']:,} "
        f"steps on the {len(whole.train):,} ratings that the split leaves, as the model itself "
        "learned from everybody",
        "methods": {
            "lightgcn": "folded in from what is given, as it is served",
            **describe_choices(choices, measured["left_out"]),
        },
        "tuned": TUNED[split.by] if asked else "not: too few people are left to tune on",
        "fingerprint": file.interactions.fingerprint(),
    }
    protocol.pop("left_out")
    name = evaluation_name(file.interactions, split)
    return EvaluationResult(name, data, protocol, whole.people, figures)


def _twin(
    checkpoint: Checkpoint, train: Interactions, device: str, progress: ProgressCallback
) -> Checkpoint:
    """Train a checkpoint's recipe on other ratings, for as many epochs."""
    name = f"Twin of {checkpoint.name}"
    fit = TrainingPipeline(
        train, checkpoint.settings, device=device, name=name, epochs=_epochs(checkpoint)
    )
    total = 1
    for event in fit.run():
        if isinstance(event, events.Started):
            total = event.steps
        elif isinstance(event, events.StepCompleted):
            progress(f"Training the twin: step {event.step:,} of {total:,}", event.step / total)
        elif isinstance(event, events.Failed):
            raise TrainingError(f"The twin’s training ended: {event.reason}.")
    return fit.checkpoint(items_only=True, half=True)


def _epochs(checkpoint: Checkpoint) -> float:
    """Return how many passes over its data a model took."""
    training = checkpoint.settings.training
    try:
        data, steps = checkpoint.card["data"], int(checkpoint.card["training"]["steps"])
        units = int(data["users"] if training.loss == "softmax" else data["likes"])
    except (KeyError, TypeError, ValueError):
        raise TrainingError(
            f"The card of {checkpoint.name} does not say how long it was trained, so no twin can "
            "be made of it; nothing was measured."
        ) from None
    return steps / max(1, math.ceil(units / training.batch))


def _genres(catalogue: Catalogue | None, anime: IdMap) -> Bool[np.ndarray, "items genres"] | None:
    if catalogue is None:
        return None
    rows = catalogue.ids.find(anime.ids)
    genres: Bool[np.ndarray, "items genres"] = catalogue.genre_mask[rows] & (rows >= 0)[:, None]
    return genres
