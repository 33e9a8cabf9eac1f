"""Map chart: traces, cluster labels and window of the map in one Plotly chart."""

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
POSITIONS = "map-before"  # session: the layout, and the visitor's last two positions on it


def _previous_position(
    view: MapView, overlay: UserOverlay, points: Float32[np.ndarray, "items dimensions"]
) -> list[float] | None:
    """Return the visitor's position on this layout before the last rating; None if unknown."""
    layout = (view.picture, view.layer, view.frame)
    position = user_position(overlay.parts, points[overlay.rated])
    known_layout, current, previous = st.session_state.get(POSITIONS, (None, None, None))
    if known_layout != layout:
        current = previous = None
    if position is not None and position.tolist() != current:
        current, previous = position.tolist(), current
    st.session_state[POSITIONS] = (layout, current, previous)
    result: list[float] | None = previous
    return result


def draw_chart(
    model: Recommender,
    projection: EmbeddingMap,
    shown: LayoutView,
    view: MapView,
    titles: PointColumns,
    entries: Mapping[int, Entry],
) -> None:
    """Draw the map; clicks and selections on it go to ``map_state``.

    Args:
        model: the model that the map shows.
        projection: of the model.
        shown: the layout that is drawn.
        view: the choices of the visitor.
        titles: facts about the items.
        entries: of the current profile, by anime id.
    """
    theme, points, preserved = chart_theme(), shown.points, shown.layout.preserved_share
    context = TraceContext(points, titles, preserved if view.fade else None, theme)
    visible_cluster = np.where(titles.visible, projection.cluster, -1)
    names = name_clusters(visible_cluster, titles.tags, model.catalogue.genre_names, titles.year)
    if view.colour in {"Cluster", "Genre", "Type"}:
        categories = colour_categories(view, titles, model.catalogue, projection, names, theme)
        traces = category_traces(context, categories)
    else:
        traces = amount_trace(context, colour_scale(view, titles, preserved), view.colour)
    position = None
    if view.show_user and entries:
        overlay = user_overlay(model, entries, adult=view.adult)
        position = user_position(overlay.parts, points[overlay.rated])
        traces += user_traces(context, overlay, _previous_position(view, overlay, points))
    row = _row(model, map_state.focused_title())
    if row is not None:
        traces += focus_traces(context, row, *neighbours(shown, titles, row))
    flights, centre = map_state.view_centre()
    labels, window = [], None
    if not view.solid:
        centre_row = _row(model, centre)
        centre_point = None if centre_row is None else points[centre_row]
        window = axis_window(points[titles.visible], centre_point)
        labels = region_labels(points, projection.cluster, titles.visible, names, position)
    figure = map_figure(
        traces, labels, window, theme, legend=view.colour, revision=f"{view.picture} {flights}"
    )
    st.html(narrow_style(labels, map_state.CHART))
    count = int(titles.visible.sum())
    options: dict[str, Any] = {
        "theme": None, "config": CONFIG,
        "alt": f"Map of {count:,} anime, coloured by {view.colour.lower()}",
    }  # fmt: skip
    if view.solid:
        st.plotly_chart(figure, key="map-solid", **options)
    else:
        st.plotly_chart(
            figure, key=map_state.CHART, on_select=map_state.take_selection,
            selection_mode=("points", "box", "lasso"), **options,
        )  # fmt: skip


def _row(model: Recommender, anime_id: int | None) -> int | None:
    """Return the item row of an anime; None if the model does not cover it."""
    if anime_id is None:
        return None
    row = int(model.items.find([anime_id])[0])
    return row if row >= 0 else None
