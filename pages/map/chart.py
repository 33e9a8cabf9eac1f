"""The map as one chart: marks in their order, names, window, and what a click means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from jaxtyping import Float32

from pages.map import state
from pages.map.colours import amount, categories
from pages.map.figure import figure, narrow_style, regions, window
from pages.map.marks import Ground, by_amount, by_category, looked_at, own
from pages.map.mine import Mine, mine_of
from pages.map.panel import neighbours
from pages.map.shown import shown
from pages.map.sight import Sight
from pages.map.titles import Titles
from pages.map.view import View
from pages.shared.look import look
from recsys.profiles.store import Entry
from recsys.serving.projection import Projection
from recsys.serving.projection.naming import named
from recsys.serving.projection.position import position

__all__ = ["draw_chart"]

CONFIG = {
    "scrollZoom": True,
    "displaylogo": False,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d", "hoverClosest3d", "orbitRotation"],
}
BEFORE = "map-before"


def _before(view: View, mine: Mine, points: Float32[np.ndarray, "items d"]) -> list[float] | None:
    """Return where the visitor stood on this picture before their last rating."""
    where = (view.picture, view.layer, view.frame)
    place = position(mine.parts, points[mine.rated])
    kept, now, then = st.session_state.get(BEFORE, (None, None, None))
    if kept != where:
        now = then = None
    if place is not None and place.tolist() != now:
        now, then = place.tolist(), now
    st.session_state[BEFORE] = (where, now, then)
    before: list[float] | None = then
    return before


def draw_chart(
    projection: Projection,
    seen: Sight,
    view: View,
    titles: Titles,
    entries: Mapping[int, Entry],
) -> None:
    """Draw the map and take what is clicked or encircled on it."""
    in_use, colours, points = shown(), look(), seen.points
    kept = seen.layout.kept_share
    ground = Ground(points, titles, kept if view.fade else None, colours)
    group = np.where(titles.visible, projection.cluster, -1)
    names = named(group, titles.tags, in_use.catalogue.genre_names, titles.year)
    if view.colour in {"Cluster", "Genre", "Type"}:
        found = categories(view, titles, in_use.catalogue, projection, names, colours)
        marks = by_category(ground, found)
    else:
        marks = by_amount(ground, amount(view, titles, kept), view.colour)
    focus = state.focus()
    row = -1 if focus is None else int(in_use.side.anime.find([focus])[0])
    me = None
    if view.mine and entries:
        mine = mine_of(in_use, entries, adult=view.adult)
        me = position(mine.parts, points[mine.rated])
        marks += own(ground, mine, _before(view, mine, points))
    if row >= 0:
        marks += looked_at(ground, row, *neighbours(seen, titles, row))
    flights, to = state.centre()
    drawn, span = [], None
    if not view.solid:
        centre = -1 if to is None else int(in_use.side.anime.find([to])[0])
        span = window(points[titles.visible], points[centre] if centre >= 0 else None)
        drawn = regions(points, projection.cluster, titles.visible, names, me)
    chart = figure(
        marks, drawn, span, colours, legend=view.colour, revision=f"{view.picture} {flights}"
    )
    st.html(narrow_style(drawn, state.CHART))
    shared: dict[str, Any] = {"theme": None, "config": CONFIG, "alt": _told(titles, view)}
    if view.solid:
        st.plotly_chart(chart, key="map-solid", **shared)
    else:
        st.plotly_chart(
            chart, key=state.CHART, on_select=state.take_selection,
            selection_mode=("points", "box", "lasso"), **shared,
        )  # fmt: skip


def _told(titles: Titles, view: View) -> str:
    return f"Map of {int(titles.visible.sum()):,} anime by taste, coloured by {view.colour.lower()}"
