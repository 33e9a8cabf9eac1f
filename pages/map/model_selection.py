"""Model selection: the model that the map shows, resolved once in each rerun."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared.evaluable_models import EvaluableModel, evaluable_models, model_names
from pages.shared.map_cache import cached_map, cached_timeline
from pages.shared.resources import active_model, recommender_of
from recsys.embedding_map import EmbeddingMap
from recsys.embedding_map.timeline import Timeline
from recsys.jobs.map_job import map_failure, map_job_running
from recsys.serving.recommender import Recommender

__all__ = ["MapModel", "choose_model"]

WIDGET = "map-model"  # key of the selectbox


@dataclass(frozen=True, slots=True, eq=False)
class MapModel:
    """The model that the map shows.

    Attributes:
        recommender: the model with the catalogue.
        folders: all folders that hold it; the first is the one to read.
        ratings: file of its training data, if it is known and still exists.
    """

    recommender: Recommender
    folders: tuple[Path, ...]
    ratings: Path | None

    def projection(self) -> EmbeddingMap | None:
        """Return its projection, or None if there is none yet.

        Raises:
            CheckpointError: the projection is damaged or shows another model.
        """
        maps = (cached_map(folder, self.recommender) for folder in self.folders)
        return next((projection for projection in maps if projection is not None), None)

    def timeline(self, projection: EmbeddingMap) -> Timeline | None:
        """Return the map over its training, or None if there is none.

        Raises:
            CheckpointError: the file is damaged.
        """
        timelines = (cached_timeline(folder.parent, projection) for folder in self.folders)
        return next((timeline for timeline in timelines if timeline is not None), None)

    def job_running(self) -> bool:
        """Return whether a process computes its map now."""
        return any(map_job_running(folder) for folder in self.folders)

    def job_failure(self) -> str | None:
        """Return why the last computation of its map failed, or None if it did not."""
        return next(filter(None, map(map_failure, self.folders)), None)


def choose_model() -> MapModel:
    """Draw the choice of a model, if there are several, and return the chosen one.

    Returns:
        The chosen model.

    Raises:
        CheckpointError, DataError: the model or the catalogue cannot be used.
    """
    models = {model.key: model for model in evaluable_models()}
    if len(models) > 1:
        names = model_names(list(models.values()))
        st.selectbox(
            "Model", list(models), key=WIDGET, format_func=names.__getitem__, bind="query-params",
            width=400,
            help="The map can show any model. Recommendations still come from the model in use.",
        )  # fmt: skip
    return _resolve(models.get(st.session_state.get(WIDGET, "")), list(models.values()))


def _resolve(chosen: EvaluableModel | None, models: list[EvaluableModel]) -> MapModel:
    if chosen is not None and not chosen.in_use:
        return MapModel(recommender_of(chosen.folders[0]), chosen.folders, chosen.ratings)
    folder, recommender = active_model()
    # an unusable chosen model is in use, but the shipped one makes the recommendations
    known = next((model for model in models if model.in_use and folder in model.folders), None)
    if known is None:
        return MapModel(recommender, (folder,), None)
    others = (other for other in known.folders if other != folder)
    return MapModel(recommender, (folder, *others), known.ratings)
