"""Which model the map shows: the one that answers, or another to look at."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.projection import projection, timeline
from pages.shared.resources import answering, bundle, bundle_of
from pages.shared.subjects import Subject, model_names, subjects
from recsys.serving.bundle import Bundle
from recsys.serving.projection import Projection
from recsys.serving.projection.over_time import Timeline

__all__ = ["choose", "map_of", "places", "ratings", "shown", "time_of"]

SHOWN = "map-model"  # in the session: key of the model that is looked at


def _subject() -> Subject | None:
    """Return the model that was chosen; none where it is the one that answers."""
    wanted = st.session_state.get(SHOWN)
    return next((one for one in subjects() if one.key == wanted and not one.in_use), None)


def choose() -> None:
    """Draw the choice, where there is one."""
    known = {one.key: one for one in subjects()}
    if len(known) > 1:
        names = model_names(list(known.values()))
        st.selectbox(
            "Model", list(known), key=SHOWN, format_func=names.__getitem__, bind="query-params",
            width=400,
            help="Another model is only looked at here; lists come from the one that answers.",
        )  # fmt: skip


def shown() -> Bundle:
    """Return the model that the map shows, with the catalogue."""
    chosen = _subject()
    return bundle() if chosen is None else bundle_of(chosen.places[0])


def places() -> tuple[Path, ...]:
    """Return the folders that hold it, the first to be read."""
    chosen = _subject()
    if chosen is not None:
        return chosen.places
    folder, _ = answering()
    mine = next((one for one in subjects() if one.in_use and folder in one.places), None)
    return (folder, *(mine.places if mine else ()))


def ratings() -> Path | None:
    """Return what it learned from, where that is known and still there."""
    chosen = _subject() or next((one for one in subjects() if one.in_use), None)
    return chosen.ratings if chosen else None


def map_of() -> Projection | None:
    """Return its projection; none where none was made.

    Raises:
        CheckpointError: it is torn or shows another model.
    """
    return next((found for one in places() if (found := projection(one, shown()))), None)


def time_of(found: Projection) -> Timeline | None:
    """Return how its map came about; none where that was not drawn.

    Raises:
        CheckpointError: it is torn.
    """
    folders = (one.parent for one in places())
    return next((told for one in folders if (told := timeline(one, found))), None)
