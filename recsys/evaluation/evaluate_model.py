"""Evaluation of one fitted model: a table of metrics beside the quick baselines."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from recsys.data.interactions import Interactions
from recsys.data.random_split import split_edges_per_user, split_users
from recsys.defaults import (
    LIKE_THRESHOLD,
    SEED,
    TEST_SHARE,
    TOP_K,
    TUNING_SHARE,
    TUNING_USERS,
    VALIDATION_SHARE,
)
from recsys.errors import DataError, SettingsError
from recsys.evaluation.checkpoint_models import FoldInModel, TrainedUsersModel
from recsys.evaluation.context import ALL, EvaluationContext
from recsys.evaluation.results import EvaluationResult
from recsys.evaluation.runner import evaluate_models
from recsys.evaluation.splits import (
    TRAINING_LIKES,
    EvaluationSplit,
    cold_start_split,
    warm_start_split,
)
from recsys.models.baselines import cheaply_tuned_baselines, quick_baselines
from recsys.models.checkpoint import Checkpoint
from recsys.models.protocol import ScoringModel
from recsys.progress import ProgressCallback, no_progress
from recsys.serving.recommender import Recommender
from recsys.serving.request_checks import check_list_length

__all__ = [
    "COLD_START_USERS",
    "WARM_START_USERS",
    "FittedModel",
    "evaluate_model",
    "evaluate_on_split",
]

COLD_START_USERS: Final = "cold-start-users"
WARM_START_USERS: Final = "warm-start-users"
FittedModel = ScoringModel | Checkpoint | Recommender


def evaluate_model(
    model: FittedModel,
    ratings: Interactions,
    *,
    protocol: str = COLD_START_USERS,
    test: Interactions | None = None,
    k: int = TOP_K,
    like_threshold: float = LIKE_THRESHOLD,
    seed: int = SEED,
    baselines: bool = True,
) -> EvaluationResult:
    """Measure a fitted model beside Popularity, Item-KNN and EASE on the same users and items.

    With ``cold-start-users`` the test users were never trained on: some likes of each are given and
    the others are to be found. With ``warm-start-users`` held-out likes of training users are to be
    found. Without ``test`` a tenth is held out of ``ratings``: of the users, or of each user's
    ratings. The baselines are fitted without what is held out. The model is used as it is, so one
    that was trained on all of ``ratings`` knows the answers; the entry ``trained_on_test_users`` of
    the protocol says whether that is so.

    Args:
        model: a fitted model, a checkpoint, or a recommender.
        ratings: training ratings.
        protocol: ``cold-start-users`` or ``warm-start-users``.
        test: ratings to find, or None to hold out a tenth of ``ratings``.
        k: length of the lists; the number of items where that is smaller.
        like_threshold: a rating of this value or more is a like.
        seed: draws what is held out and given.
        baselines: measure the quick baselines too, tuned on held-out training ratings.

    Returns:
        The metrics with 95 % intervals: ``to_frame`` gives a table, ``to_dict`` a JSON object.

    Raises:
        SettingsError: the protocol is unknown, or k is no whole number of 1 or more.
        DataError: no user can be tested.
    """
    if protocol not in {COLD_START_USERS, WARM_START_USERS}:
        raise SettingsError(
            f"There is no protocol {protocol!r}; choose {COLD_START_USERS} or {WARM_START_USERS}."
        )
    train, held_out, rng = ratings, test, np.random.default_rng(seed)
    if protocol == COLD_START_USERS:
        if held_out is None:
            train, held_out = split_users(ratings, TEST_SHARE, rng)
        split = cold_start_split(train, held_out, like_threshold=like_threshold, seed=seed)
    else:
        if held_out is None:
            train, held_out = split_edges_per_user(ratings, TEST_SHARE, rng)
        split = warm_start_split(train, held_out, like_threshold=like_threshold)
    trained = _trained_on_test_users(model, ratings, split)
    split = replace(split, protocol={**split.protocol, "trained_on_test_users": trained})
    return evaluate_on_split(model, split, k=k, seed=seed, baselines=baselines)


def evaluate_on_split(
    model: FittedModel,
    split: EvaluationSplit,
    *,
    k: int = TOP_K,
    seed: int = SEED,
    baselines: bool = True,
    progress: ProgressCallback = no_progress,
) -> EvaluationResult:
    """Measure a fitted model beside the quick baselines on a split.

    Args:
        model: a fitted model, a checkpoint, or a recommender.
        split: of ``cold_start_split`` or ``warm_start_split``.
        k: length of the lists; the number of items where that is smaller.
        seed: draws the training ratings that the baselines are tuned on.
        baselines: measure the quick baselines too.
        progress: receives what is being done.

    Returns:
        The metrics with 95 % intervals, over all users and items.

    Raises:
        SettingsError: k is no whole number of 1 or more.
    """
    check_list_length(k)
    warm = TRAINING_LIKES in split.query_sets
    tuned = (
        cheaply_tuned_baselines()
    )  # warm-start users: many items, and a fit of EASE takes minutes
    tuning = _tuning_split(split, seed) if baselines else None
    words = "not: the default settings"
    if tuning is not None:
        words = f"{', '.join(tuned) if warm else 'all'} on held-out training ratings"
    split = replace(split, protocol={**split.protocol, "tuned": words})
    scoring_model = _scoring_model(model, warm=warm)
    return evaluate_models(
        EvaluationContext.of(split, k=int(k), slices=(ALL,)),
        {scoring_model.name: scoring_model},
        baselines=quick_baselines() if baselines else (),
        tuning=tuning,
        tuned=tuned if warm else None,
        seed=seed,
        progress=progress,
    )


def _tuning_split(split: EvaluationSplit, seed: int) -> EvaluationSplit | None:
    """Split the training ratings once more; None where too little is left to tune on."""
    rng, like_threshold = np.random.default_rng([seed, 1]), split.like_threshold
    try:
        if TRAINING_LIKES in split.query_sets:
            parts = split_edges_per_user(split.core, VALIDATION_SHARE, rng)
            return warm_start_split(*parts, like_threshold=like_threshold)
        share = min(TUNING_SHARE, TUNING_USERS / len(split.core.users))
        return cold_start_split(
            *split_users(split.core, share, rng),
            given=[int(n) for n in split.query_sets],
            like_threshold=like_threshold,
            seed=seed,
        )
    except DataError:
        return None


def _scoring_model(model: FittedModel, *, warm: bool) -> ScoringModel:
    if isinstance(model, Recommender):
        model = model.checkpoint
    if isinstance(model, Checkpoint):
        if warm and model.users is not None:
            return TrainedUsersModel(model)
        return FoldInModel(model)
    return model


def _trained_on_test_users(
    model: FittedModel, ratings: Interactions, split: EvaluationSplit
) -> str:
    """Return in words whether the model knows the test users, or the likes to find, already."""
    card = model.card if isinstance(model, Checkpoint | Recommender) else {}
    fingerprint = card.get("data", {}).get("fingerprint")
    warm = TRAINING_LIKES in split.query_sets
    if fingerprint == split.train.fingerprint():
        if warm:
            return "yes: on their other likes, which are what is given, and not on those to find"
        return "no: it was trained on the training ratings alone"
    if fingerprint == ratings.fingerprint():  # a part of them was held out here
        if warm:
            return (
                "yes: it was trained on all ratings, the likes to find included, so its metrics "
                "are too high"
            )
        return "yes: it was trained on all ratings, so its metrics are too high for new users"
    if warm:
        return (
            "unknown: the model does not say that it was trained on these ratings; where the likes "
            "to find were among its training ratings, its metrics are too high"
        )
    return "unknown: the model does not say that it was trained on these ratings"
