"""Full evaluation of a checkpoint's settings: the same settings, retrained without the test users.

A checkpoint was trained on all users, so none is left to test it on. A model with the same settings
and as many epochs is trained on the ratings that a split leaves, and so is softmax MF, the same
settings with K = 0. Both are measured beside the tuned baselines.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.ratings_table import RatingsData
from recsys.errors import DataError, TrainingError
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.context import EvaluationContext
from recsys.evaluation.results import EvaluationResult
from recsys.evaluation.runner import evaluate_models
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.splits import split_ratings
from recsys.models.checkpoint import Checkpoint
from recsys.models.protocol import ScoringModel
from recsys.progress import ProgressCallback, no_progress, sub_progress
from recsys.training.lightgcn_model import LightGCNModel
from recsys.training.softmax_mf import SoftmaxMF

__all__ = ["evaluate_recipe", "evaluation_name"]

TUNED = {
    "people": "on people held out of the training ratings, by NDCG@20",
    "time": "on the last tenth of the training ratings, by NDCG@20",
}
METHODS = {
    "lightgcn": "folded in from what is given, as it is served",
    "softmax_mf": "the same settings without graph layers (K = 0), trained as such for as many "
    "epochs, and folded in alike",
}
TUNING_SEED = 1  # added to the seed of the split on which the baselines are tuned
LIGHTGCN_DONE, SOFTMAX_MF_DONE = 0.4, 0.55  # share of the time after each training, roughly


def evaluation_name(ratings: Interactions, split: SplitSettings) -> str:
    """Return the name of an evaluation: the same for the same ratings, split alike."""
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
    """Measure a checkpoint's settings on ratings, beside softmax MF and the tuned baselines.

    Args:
        checkpoint: whose settings and number of epochs.
        file: the ratings, best those that the checkpoint was trained on.
        split: what is held out.
        data: name of the ratings.
        catalogue: with the genres of the anime; without it diversity is not measured.
        device: device that trains.
        progress: receives what is being done; may raise to stop the evaluation.

    Returns:
        The metrics of LightGCN, its single layers, softmax MF and the baselines.

    Raises:
        DataError: no user can be tested, or the split needs dates that are not there.
        TrainingError: a model cannot be trained.
    """
    settings, like_threshold = checkpoint.settings, checkpoint.settings.data.like_at
    progress("Splitting the ratings", 0.0)
    ratings_split = split_ratings(file.interactions, file.days, split, like_threshold)
    epochs = _epochs(checkpoint)
    train_progress = sub_progress(progress, 0.0, LIGHTGCN_DONE)
    model = LightGCNModel(settings, epochs=epochs, device=device, progress=train_progress)
    retrained = model.fit(ratings_split.train).trained_checkpoint
    layers = FoldInModel.layers(retrained)
    models: dict[str, ScoringModel] = {"lightgcn": model.fitted}
    if settings.model.layers > 0:
        train_progress = sub_progress(progress, LIGHTGCN_DONE, SOFTMAX_MF_DONE)
        matrix_factorization = SoftmaxMF(
            settings, epochs=epochs, device=device, progress=train_progress
        )
        models["softmax_mf"] = matrix_factorization.fit(ratings_split.train).fitted
    models |= layers
    inner = split.model_copy(update={"seed": split.seed + TUNING_SEED})
    try:
        tuning = split_ratings(ratings_split.train, file.days, inner, like_threshold)
    except DataError:  # too few users are left to tune on: the default settings are taken
        tuning = None
    genres = _genres(catalogue, ratings_split.core.items)
    result = evaluate_models(
        EvaluationContext.of(ratings_split, genres), models, parts=tuple(layers), tuning=tuning,
        seed=split.seed, progress=sub_progress(progress, SOFTMAX_MF_DONE, 1.0),
    )  # fmt: skip
    progress("Done", 1.0)
    protocol = {
        **result.protocol,
        "like": f"a rating of {like_threshold:g} or more",
        "model": "a model with the same settings, retrained without the test users: "
        f"{retrained.card['training']['steps']:,} steps on {len(ratings_split.train):,} ratings "
        "(the model itself was trained on all users)",
        "methods": {
            **{name: words for name, words in METHODS.items() if name in models},
            **result.protocol["methods"],
        },
        "tuned": TUNED[split.by] if tuning else "not: too few people are left to tune on",
        "fingerprint": file.interactions.fingerprint(),
    }
    name = evaluation_name(file.interactions, split)
    return replace(result, name=name, data=data, protocol=protocol)


def _epochs(checkpoint: Checkpoint) -> float:
    """Return the number of epochs that a model was trained for."""
    training = checkpoint.settings.training
    try:
        data, steps = checkpoint.card["data"], int(checkpoint.card["training"]["steps"])
        units = int(data["users"] if training.loss == "softmax" else data["likes"])
    except (KeyError, TypeError, ValueError):
        raise TrainingError(
            f"The card of {checkpoint.name} does not say how long it was trained, so no model can "
            "be trained in the same way; nothing was measured."
        ) from None
    return steps / max(1, math.ceil(units / training.batch))


def _genres(catalogue: Catalogue | None, anime: IdMap) -> Bool[np.ndarray, "items genres"] | None:
    if catalogue is None:
        return None
    rows = catalogue.ids.find(anime.ids)
    genres: Bool[np.ndarray, "items genres"] = catalogue.genre_mask[rows] & (rows >= 0)[:, None]
    return genres
