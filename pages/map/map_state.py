"""What the visitor looks at: a title, a region, and where the map has flown to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

__all__ = [
    "CHART",
    "clear_focus",
    "clear_selection",
    "fly_to",
    "focused_title",
    "selected_region",
    "selection_of",
    "take_selection",
]

CHART = "map-chart"  # also the key of the chart's selection
FOCUS, REGION, FLIGHT, CENTRE = "map-focus", "map-region", "map-flight", "map-centre"
TITLE = "title"  # in the URL, so that a title on the map can be bookmarked and linked to


def focused_title() -> int | None:
    """Return the anime that is looked at; a link may have named it."""
    if FOCUS not in st.session_state:
        named = st.query_params.get(TITLE, "")
        linked = int(named) if named.isascii() and named.isdigit() and len(named) < 10 else None
        st.session_state[FOCUS] = linked
        st.session_state[CENTRE] = linked
    found: int | None = st.session_state[FOCUS]
    if found is not None and st.query_params.get(TITLE) != str(found):
        st.query_params[TITLE] = str(found)
    return found


def selected_region() -> tuple[int, ...]:
    """Return the anime of the box or lasso."""
    found: tuple[int, ...] = st.session_state.get(REGION, ())
    return found


def view_centre() -> tuple[int, int | None]:
    """Return how often the map was moved from here, and the anime that it went to."""
    return st.session_state.get(FLIGHT, 0), st.session_state.get(CENTRE)


def fly_to(anime_id: int | None) -> None:
    """Look at a title and bring it to the middle; none shows the whole map."""
    st.session_state[FLIGHT] = st.session_state.get(FLIGHT, 0) + 1
    st.session_state[CENTRE] = anime_id
    if anime_id is not None:
        st.session_state[FOCUS] = anime_id


def clear_focus() -> None:
    """Look at no title any more."""
    st.session_state[FOCUS] = None
    st.query_params.pop(TITLE, None)


def clear_selection() -> None:
    """Drop the region."""
    st.session_state.pop(REGION, None)


def selection_of(event: Mapping[str, Any]) -> tuple[list[int], bool]:
    """Read the anime of a selection on the chart, each once, and whether it was drawn as a shape.

    Args:
        event: what the chart sent; whatever is no anime in it is passed over.
    """
    selection = event.get("selection") or {}
    ids: dict[int, None] = {}
    for point in selection.get("points") or ():
        data = point.get("customdata")
        value = data[0] if isinstance(data, list | tuple) and data else data
        if isinstance(value, int | float) and not isinstance(value, bool):
            ids[int(value)] = None
    return list(ids), bool(selection.get("box") or selection.get("lasso"))


def take_selection() -> None:
    """Take a click as the title to look at, a box or lasso as a region."""
    ids, shape = selection_of(st.session_state.get(CHART) or {})
    if shape:
        st.session_state[REGION] = tuple(ids)
    elif ids:
        st.session_state[FOCUS] = ids[-1]
