"""Public functions: train, evaluate and load a model in a script or a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recsys import paths
from recsys.config import Settings, load_settings
from recsys.data.catalogue import Catalogue
from recsys.data.interactions import Interactions
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_table import RatingsData
from recsys.errors import TrainingError
from recsys.jobs.run_folder import RunConfig
from recsys.models.checkpoint import load_checkpoint
from recsys.serving.recommender import Recommender

__all__ = ["load", "train"]

_DEFAULTS = {name: field.default for name, field in RunConfig.model_fields.items()}


def train(
    ratings: RatingsData | Interactions,
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
        ratings: from ``recsys.read_ratings``.
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
        SettingsError: the preset is unknown or a setting is out of range.
        TrainingError: there is nothing to learn from, or the training failed.
    """
    from recsys.device import training_device  # noqa: PLC0415 - with torch
    from recsys.library.terminal_output import console, progress_bar  # noqa: PLC0415 - with torch
    from recsys.library.training_progress import TrainingProgress  # noqa: PLC0415 - imports torch
    from recsys.training import events  # noqa: PLC0415 - imports torch
    from recsys.training.pipeline import TrainingPipeline  # noqa: PLC0415 - imports torch

    if not isinstance(settings, Settings):
        settings = load_settings(preset, overrides=settings)
    chosen_device = training_device(device)
    pipeline = TrainingPipeline(
        _interactions(ratings), settings, validation, chosen_device, name or f"LightGCN {preset}",
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


def _interactions(ratings: RatingsData | Interactions) -> Interactions:
    return ratings.interactions if isinstance(ratings, RatingsData) else ratings
