"""Public functions: train, evaluate and load a model in a script or a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys import paths
from recsys.config import Settings, load_settings
from recsys.data.catalogue import Catalogue
from recsys.data.interactions import Interactions
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import to_interactions
from recsys.data.ratings_table import RatingsData
from recsys.defaults import LIKE_THRESHOLD, SEED, TOP_K
from recsys.errors import TrainingError
from recsys.jobs.run_config import RunConfig, check_validation_share
from recsys.models.checkpoint import load_checkpoint
from recsys.serving.recommender import Recommender

if TYPE_CHECKING:
    from recsys.evaluation.results import EvaluationResult

__all__ = ["evaluate", "load", "train"]

_DEFAULTS = {name: field.default for name, field in RunConfig.model_fields.items()}


def train(
    ratings: RatingsData | Interactions | str | Path | Any,
    preset: str = "standard",
    *,
    settings: Settings | Mapping[str, Any] | None = None,
    catalogue: Catalogue | None = None,
    validation: float = _DEFAULTS["validation"],
    refit: bool = _DEFAULTS["refit"],
    items_only: bool = _DEFAULTS["items_only"],
    half: bool = _DEFAULTS["half"],
    device: str = "auto",
    name: str | None = None,
    quiet: bool = False,
) -> Recommender:
    """Train LightGCN on ratings.

    The same preset with the same defaults gives the same model as ``anime-recsys train``.

    Args:
        ratings: from ``recsys.read_ratings``, or a path or a data frame that it takes.
        preset: ``quick``, ``standard``, ``full``, or another name of ``recsys/presets``.
        settings: single values that override the preset, such as
            ``{"training": {"seed": 3}, "data": {"like_at": 4}}``; or complete settings, which
            take the place of the preset.
        catalogue: from ``recsys.read_catalogue``; needed for titles and filters.
        validation: share of each user's likes that is held out to find the best step; 0 trains on
            all likes at once.
        refit: after the best step is known, train again on all likes.
        items_only: do not keep the embeddings of the training users.
        half: round the numbers of the model to 16 bits, as a small checkpoint stores them.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        name: of the model.
        quiet: print nothing; otherwise a progress bar is shown.

    Returns:
        The trained model.

    Raises:
        SettingsError: the preset is unknown, or a setting or ``validation`` is out of range.
        DataError: the ratings cannot be read.
        TrainingError: there is nothing to learn from, or the training failed.
    """
    from recsys.device import training_device  # noqa: PLC0415 - with torch
    from recsys.library.terminal_output import console, progress_bar  # noqa: PLC0415 - with torch
    from recsys.library.training_progress import TrainingProgress  # noqa: PLC0415 - imports torch
    from recsys.training import events  # noqa: PLC0415 - imports torch
    from recsys.training.pipeline import TrainingPipeline  # noqa: PLC0415 - imports torch

    check_validation_share(validation)
    if not isinstance(settings, Settings):
        settings = load_settings(preset, overrides=settings)
    chosen_device = training_device(device)
    pipeline = TrainingPipeline(
        to_interactions(ratings), settings, validation, chosen_device, name or f"LightGCN {preset}",
        refit=refit,
    )  # fmt: skip
    event: events.Event | None = None
    with progress_bar(quiet=quiet) as bars:
        show = TrainingProgress(bars, console(quiet=quiet), chosen_device)
        for event in pipeline.run():
            show(event, pipeline.part)
    if isinstance(event, events.Failed):
        raise TrainingError(
            f"The training ended at step {event.step}: {event.reason}. No model was returned."
        )
    checkpoint = pipeline.checkpoint(items_only=items_only, half=half)
    return Recommender.from_checkpoint(checkpoint, catalogue)


def evaluate(
    model: Recommender,
    ratings: RatingsData | Interactions | str | Path | Any,
    *,
    protocol: str = "cold-start-users",
    test: RatingsData | Interactions | str | Path | Any = None,
    k: int = TOP_K,
    like_threshold: float = LIKE_THRESHOLD,
    seed: int = SEED,
    baselines: bool = True,
) -> EvaluationResult:
    """Measure a model beside Popularity, Item-KNN and EASE on the same users and items.

    Args:
        model: the model. Without ``test``, a model that was trained on all of ``ratings`` knows
            the answers; the entry ``trained_on_test_users`` of the protocol says so.
        ratings: training ratings: from ``recsys.read_ratings``, or a path or a data frame that it
            takes.
        protocol: ``cold-start-users``: the test users are not in the training ratings, some likes
            of each are given, and the others are to be found. ``warm-start-users``: held-out
            likes of training users are to be found.
        test: ratings to find, in the same forms; by default a tenth of ``ratings`` is held out.
        k: length of the ranked lists, 1 or more.
        like_threshold: a rating of this value or more is a like.
        seed: draws what is held out and given.
        baselines: measure the baselines too.

    Returns:
        The metrics with 95 % intervals; ``to_frame`` gives a pandas frame.

    Raises:
        SettingsError: the protocol is unknown, or k is no whole number of 1 or more.
        DataError: the ratings cannot be read, or no user can be tested.
    """
    from recsys.evaluation.evaluate_model import evaluate_model  # noqa: PLC0415 - scipy and more

    return evaluate_model(
        model,
        to_interactions(ratings),
        protocol=protocol,
        test=None if test is None else to_interactions(test),
        k=k,
        like_threshold=like_threshold,
        seed=seed,
        baselines=baselines,
    )


def load(
    checkpoint: str | Path | None = None, *, catalogue: Catalogue | None = None
) -> Recommender:
    """Load a model.

    Args:
        checkpoint: folder of a saved model; by default the model that ships.
        catalogue: from ``recsys.read_catalogue``; needed for titles and filters. The model that
            ships comes with the catalogue that ships.

    Returns:
        The model.

    Raises:
        CheckpointError: there is no usable model, or the catalogue does not match it.
    """
    if checkpoint is None and catalogue is None:
        catalogue = read_catalogue()
    folder = paths.default_checkpoint() if checkpoint is None else Path(checkpoint)
    return Recommender.from_checkpoint(load_checkpoint(folder), catalogue)
