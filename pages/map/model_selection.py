"""Which model the map shows: the one that answers, or another to look at."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.evaluable_models import EvaluableModel, evaluable_models, model_names
from pages.shared.map_cache import cached_map, cached_timeline
from pages.shared.resources import active_model, recommender, recommender_of
from recsys.embedding_map import EmbeddingMap
from recsys.embedding_map.timeline import Timeline
from recsys.serving.recommender import Recommender

__all__ = [
    "choose_model",
    "load_embedding_map",
    "load_timeline_of",
    "model_folders",
    "ratings_file",
    "selected_model",
]

SHOWN = "map-model"  # in the session: key of the model that is looked at


def _subject() -> EvaluableModel | None:
    """Return the model that was chosen; none where it is the one that answers."""
    wanted = st.session_state.get(SHOWN)
    return next((one for one in evaluable_models() if one.key == wanted and not one.in_use), None)


def choose_model() -> None:
    """Draw the choice, where there is one."""
    known = {one.key: one for one in evaluable_models()}
    if len(known) > 1:
        names = model_names(list(known.values()))
        st.selectbox(
            "Model", list(known), key=SHOWN, format_func=names.__getitem__, bind="query-params",
            width=400,
            help="Another model is only looked at here; lists come from the one that answers.",
        )  # fmt: skip


def selected_model() -> Recommender:
    """Return the model that the map shows, with the catalogue."""
    chosen = _subject()
    return recommender() if chosen is None else recommender_of(chosen.places[0])


def model_folders() -> tuple[Path, ...]:
    """Return the folders that hold it, the first to be read."""
    chosen = _subject()
    if chosen is not None:
        return chosen.places
    folder, _ = active_model()
    mine = next((one for one in evaluable_models() if one.in_use and folder in one.places), None)
    return (folder, *(mine.places if mine else ()))


def ratings_file() -> Path | None:
    """Return what it learned from, where that is known and still there."""
    chosen = _subject() or next((one for one in evaluable_models() if one.in_use), None)
    return chosen.ratings if chosen else None


def load_embedding_map() -> EmbeddingMap | None:
    """Return its projection; none where none was made.

    Raises:
        CheckpointError: it is torn or shows another model.
    """
    return next(
        (found for one in model_folders() if (found := cached_map(one, selected_model()))), None
    )


def load_timeline_of(found: EmbeddingMap) -> Timeline | None:
    """Return how its map came about; none where that was not drawn.

    Raises:
        CheckpointError: it is torn.
    """
    folders = (one.parent for one in model_folders())
    return next((told for one in folders if (told := cached_timeline(one, found))), None)
