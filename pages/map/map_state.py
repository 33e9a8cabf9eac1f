"""Map state of a session: the focused title, the selected region, and the centre of the view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared.error_boundary import guard_callback

__all__ = [
    "CHART",
    "clear_focus",
    "clear_selection",
    "fly_to",
    "focused_title",
    "selected_region",
    "selection_of",
    "take_selection",
    "view_centre",
]

CHART = "map-chart"  # also the key of the chart's selection
FOCUS, REGION, FLIGHT, CENTRE = "map-focus", "map-region", "map-flight", "map-centre"
TITLE = "title"  # query parameter of the focused title, for bookmarks and links


def focused_title() -> int | None:
    """Return the anime id of the focused title, at first that of the URL; None if there is none."""
    if FOCUS not in st.session_state:
        text = st.query_params.get(TITLE, "")
        linked = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        st.session_state[FOCUS] = linked
        st.session_state[CENTRE] = linked
    anime_id: int | None = st.session_state[FOCUS]
    if anime_id is not None and st.query_params.get(TITLE) != str(anime_id):
        st.query_params[TITLE] = str(anime_id)
    return anime_id


def selected_region() -> tuple[int, ...]:
    """Return the anime ids in the box or lasso."""
    region: tuple[int, ...] = st.session_state.get(REGION, ())
    return region


def view_centre() -> tuple[int, int | None]:
    """Return how often the page moved the view, and the anime id of its centre, if any."""
    return st.session_state.get(FLIGHT, 0), st.session_state.get(CENTRE)


@guard_callback
def fly_to(anime_id: int | None) -> None:
    """Focus a title and move the view to it; None shows the whole map."""
    st.session_state[FLIGHT] = st.session_state.get(FLIGHT, 0) + 1
    st.session_state[CENTRE] = anime_id
    if anime_id is not None:
        st.session_state[FOCUS] = anime_id


@guard_callback
def clear_focus() -> None:
    """Focus no title."""
    st.session_state[FOCUS] = None
    st.query_params.pop(TITLE, None)


@guard_callback
def clear_selection() -> None:
    """Select no region."""
    st.session_state.pop(REGION, None)


def selection_of(event: Mapping[str, Any]) -> tuple[list[int], bool]:
    """Read a selection event of the chart.

    Args:
        event: what the browser sent; points without an anime id are ignored.

    Returns:
        The anime ids, each once, and whether the selection is a box or a lasso.
    """
    selection = event.get("selection") or {}
    ids: dict[int, None] = {}
    for point in selection.get("points") or ():
        data = point.get("customdata")
        value = data[0] if isinstance(data, list | tuple) and data else data
        if isinstance(value, int | float) and not isinstance(value, bool):
            ids[int(value)] = None
    return list(ids), bool(selection.get("box") or selection.get("lasso"))


@guard_callback
def take_selection() -> None:
    """Focus the title of a click, or select the region of a box or lasso."""
    ids, is_region = selection_of(st.session_state.get(CHART) or {})
    if is_region:
        st.session_state[REGION] = tuple(ids)
    elif ids:
        st.session_state[FOCUS] = ids[-1]
