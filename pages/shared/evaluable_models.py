"""Evaluable models: the model in use, the other installed models, and the models of all runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared.file_cache import FileVersion, cached_card, file_version
from pages.shared.resources import model_history, model_registry
from pages.shared.run_follower import follow_all_runs
from recsys.errors import RecsysError
from recsys.evaluation.results import EvaluationResult
from recsys.evaluation.results_io import load_evaluations
from recsys.models.checkpoint_folder import EVALUATIONS, read_current
from recsys.models.shipped_copy import readable_checkpoint

__all__ = ["EvaluableModel", "evaluable_models", "model_names", "stored_evaluations"]


@dataclass(frozen=True, slots=True)
class EvaluableModel:
    """A model that can be evaluated.

    Attributes:
        seal: checksum of its card, the same for the same content.
        name: display name.
        folders: all folders that hold it, for instance a run and its installed copy; the first is
            the one to read.
        ratings: file of its training data, if it is known and still exists.
        data: display name of the training data.
        in_use: whether it makes the recommendations now.
    """

    seal: str
    name: str
    folders: tuple[Path, ...]
    ratings: Path | None
    data: str
    in_use: bool

    @property
    def key(self) -> str:
        """Start of the seal, which identifies the model among all others."""
        return self.seal[:16]


def evaluable_models() -> list[EvaluableModel]:
    """Return the model in use, the other installed models and the runs' models, each once.

    Models with equal content are one entry. Call it once in a rerun and pass the result on.
    """
    in_use = model_history()[-1]
    models: dict[str, EvaluableModel] = {}
    for folder in sorted(model_registry().listed(), key=lambda folder: folder != in_use):
        for path in dict.fromkeys((_with_results(folder), folder)):
            _add(models, path, None, "", in_use=folder == in_use)
    for followed in follow_all_runs():
        checkpoint = followed.history.model(followed.run)
        if checkpoint is not None:
            config = followed.config
            _add(models, checkpoint, config.ratings, config.data, in_use=False)
    return list(models.values())


def _with_results(folder: Path) -> Path:
    """Return the writable copy of the shipped model where there is one; else the folder."""
    try:
        return readable_checkpoint(folder)
    except RecsysError:
        return folder  # the view Models of the page Training shows the reason


def model_names(models: Sequence[EvaluableModel]) -> dict[str, str]:
    """Return a unique display name for each model, by key: the URL holds these names."""
    count = Counter(model.name for model in models)

    def display_name(model: EvaluableModel) -> str:
        name = model.name if count[model.name] == 1 else f"{model.name} ({model.key[:6]})"
        return f"{name} · in use" if model.in_use else name

    return {model.key: display_name(model) for model in models}


def _add(
    models: dict[str, EvaluableModel],
    folder: Path,
    ratings: Path | None,
    data: str,
    *,
    in_use: bool,
) -> None:
    """Add a folder to the models; a folder without a usable card is left out."""
    try:
        card = cached_card(folder)
    except RecsysError:
        return  # the view Models of the page Training shows the reason
    seal = str(card["seal"])
    if ratings is not None and not ratings.exists():
        ratings = None
    known = models.get(seal)
    if known is None:
        name = str(card.get("name", folder.name))
        models[seal] = EvaluableModel(seal, name, (folder,), ratings, data, in_use)
    else:
        models[seal] = EvaluableModel(
            seal, known.name, (*known.folders, folder), ratings or known.ratings,
            data or known.data, in_use or known.in_use,
        )  # fmt: skip


@st.cache_resource(max_entries=64, show_spinner=False)
def _evaluations(file: FileVersion, seal: str) -> list[EvaluationResult]:
    return load_evaluations(Path(file[0]).parent, seal)


def stored_evaluations(model: EvaluableModel) -> list[EvaluationResult]:
    """Return the evaluations of a model from all folders that hold it, each split once.

    Raises:
        CheckpointError: a file is damaged, or belongs to another model.
    """
    results: dict[str, EvaluationResult] = {}

    def cached(version: Path) -> list[EvaluationResult]:
        return _evaluations(file_version(version / EVALUATIONS), model.seal)

    for folder in model.folders:
        for result in read_current(folder, cached):
            results.setdefault(result.name, result)
    return list(results.values())
