"""The map as one chart: marks in their order, names, window, and what a click means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from jaxtyping import Float32

from pages.map import map_state
from pages.map.layout_view import LayoutView
from pages.map.map_figure import axis_window, map_figure, narrow_style, region_labels
from pages.map.point_colours import colour_categories, colour_scale
from pages.map.point_columns import PointColumns
from pages.map.title_panel import neighbours
from pages.map.traces import TraceContext, amount_trace, category_traces, focus_traces, user_traces
from pages.map.user_overlay import UserOverlay, user_overlay
from pages.map.view_controls import MapView
from pages.shared.chart_theme import chart_theme
from recsys.embedding_map import EmbeddingMap
from recsys.embedding_map.cluster_names import name_clusters
from recsys.embedding_map.user_position import user_position
from recsys.profiles.store import Entry
from recsys.serving.recommender import Recommender

__all__ = ["draw_chart"]

CONFIG = {
    "scrollZoom": True,
    "displaylogo": False,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d", "hoverClosest3d", "orbitRotation"],
}
BEFORE = "map-before"


def _before(
    view: MapView, mine: UserOverlay, points: Float32[np.ndarray, "items d"]
) -> list[float] | None:
    """Return where the visitor stood on this picture before their last rating."""
    where = (view.picture, view.layer, view.frame)
    place = user_position(mine.parts, points[mine.rated])
    kept, now, then = st.session_state.get(BEFORE, (None, None, None))
    if kept != where:
        now = then = None
    if place is not None and place.tolist() != now:
        now, then = place.tolist(), now
    st.session_state[BEFORE] = (where, now, then)
    before: list[float] | None = then
    return before


def draw_chart(
    model: Recommender,
    projection: EmbeddingMap,
    seen: LayoutView,
    view: MapView,
    titles: PointColumns,
    entries: Mapping[int, Entry],
) -> None:
    """Draw the map and take what is clicked or encircled on it."""
    colours, points = chart_theme(), seen.points
    kept = seen.layout.kept_share
    ground = TraceContext(points, titles, kept if view.fade else None, colours)
    group = np.where(titles.visible, projection.cluster, -1)
    names = name_clusters(group, titles.tags, model.catalogue.genre_names, titles.year)
    if view.colour in {"Cluster", "Genre", "Type"}:
        found = colour_categories(view, titles, model.catalogue, projection, names, colours)
        marks = category_traces(ground, found)
    else:
        marks = amount_trace(ground, colour_scale(view, titles, kept), view.colour)
    focus = map_state.focused_title()
    row = -1 if focus is None else int(model.items.find([focus])[0])
    me = None
    if view.mine and entries:
        mine = user_overlay(model, entries, adult=view.adult)
        me = user_position(mine.parts, points[mine.rated])
        marks += user_traces(ground, mine, _before(view, mine, points))
    if row >= 0:
        marks += focus_traces(ground, row, *neighbours(seen, titles, row))
    flights, to = map_state.view_centre()
    drawn, span = [], None
    if not view.solid:
        centre = -1 if to is None else int(model.items.find([to])[0])
        span = axis_window(points[titles.visible], points[centre] if centre >= 0 else None)
        drawn = region_labels(points, projection.cluster, titles.visible, names, me)
    chart = map_figure(
        marks, drawn, span, colours, legend=view.colour, revision=f"{view.picture} {flights}"
    )
    st.html(narrow_style(drawn, map_state.CHART))
    shared: dict[str, Any] = {"theme": None, "config": CONFIG, "alt": _told(titles, view)}
    if view.solid:
        st.plotly_chart(chart, key="map-solid", **shared)
    else:
        st.plotly_chart(
            chart, key=map_state.CHART, on_select=map_state.take_selection,
            selection_mode=("points", "box", "lasso"), **shared,
        )  # fmt: skip


def _told(titles: PointColumns, view: MapView) -> str:
    return f"Map of {int(titles.visible.sum()):,} anime by taste, coloured by {view.colour.lower()}"
