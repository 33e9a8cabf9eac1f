"""Traces of the map: all titles, the visitor's titles and position, and the focused title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float32, Int64, Shaped

from pages.map.point_colours import ColourCategory, ColourScale
from pages.map.point_columns import PointColumns
from pages.map.user_overlay import UserOverlay
from pages.shared.chart_theme import ChartTheme
from recsys.embedding_map.user_position import user_position

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["TraceContext", "amount_trace", "category_traces", "focus_traces", "user_traces"]

SMALLEST, LARGEST = 3.0, 10.0  # pixels, for titles with few and with many members
LEAST_OPACITY = 0.05
SYMBOLS_3D = {"star": "diamond", "circle-open": "circle-open", "square-open": "square-open"}


@dataclass(frozen=True, slots=True, eq=False)
class TraceContext:
    """The layout, facts and colours that all traces share.

    Attributes:
        points: coordinates of each item, in two or three dimensions.
        titles: facts about the items.
        preserved: share of true neighbours that each item keeps, or None; it sets the opacity.
        theme: colours.
    """

    points: Float32[np.ndarray, "items dimensions"]
    titles: PointColumns
    preserved: Float32[np.ndarray, " items"] | None
    theme: ChartTheme

    def scatter(self, points: Shaped[np.ndarray, "marks dimensions"], **style: Any) -> Any:
        """Return a trace of few marks, in the dimensions of the map."""
        import plotly.graph_objects as go  # noqa: PLC0415 - where it is first needed

        axes = dict(zip("xyz", np.asarray(points, dtype=np.float32).T, strict=False))
        if len(axes) == 2:
            return go.Scattergl(**axes, **style)  # Plotly draws SVG marks below WebGL ones
        marker = style.get("marker")
        if marker and "symbol" in marker:
            style["marker"] = {**marker, "symbol": SYMBOLS_3D.get(marker["symbol"], "circle")}
        return go.Scatter3d(**axes, **style)

    def all_titles(
        self, members: Bool[np.ndarray, " items"], marker: dict[str, Any], **style: Any
    ) -> Any:
        """Return a trace of many titles."""
        import plotly.graph_objects as go  # noqa: PLC0415 - as above

        rows = np.flatnonzero(members)
        solid = self.points.shape[1] == 3
        log_members = np.log10(self.titles.members[rows] + 10.0)
        size = SMALLEST + (LARGEST - SMALLEST) * np.clip((log_members - 3.0) / 3.4, 0, 1) ** 2
        marker = {
            **marker,
            "size": np.round(size * (0.5 if solid else 1.0), 1),
            "line": {"width": 0},
        }
        if solid:
            marker["opacity"] = 0.7
        elif self.preserved is None:
            marker["opacity"] = 0.75
        else:
            marker["opacity"] = np.round(np.clip(2.0 * self.preserved[rows], LEAST_OPACITY, 1.0), 2)
        axes = dict(zip("xyz", self.points[rows].T, strict=False))
        trace: type[go.Scatter3d | go.Scattergl] = go.Scatter3d if solid else go.Scattergl
        return trace(
            **axes, mode="markers", marker=marker, customdata=self.titles.ids[rows],
            text=[self.titles.hover[row] for row in rows], hovertemplate="%{text}<extra></extra>",
            **style,
        )  # fmt: skip

    def marks(
        self,
        rows: Int64[np.ndarray, " marks"],
        hover: list[str],
        name: str,
        marker: dict[str, Any],
    ) -> Any:
        """Return a trace of few titles with a hover text and an entry in the legend."""
        return self.scatter(
            self.points[rows], mode="markers", name=name, text=hover, marker=marker,
            customdata=self.titles.ids[rows], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip


def category_traces(context: TraceContext, categories: Sequence[ColourCategory]) -> list[Any]:
    """Return a trace for each category; its entry in the legend hides or shows it."""
    return [
        context.all_titles(
            category.members, {"color": category.colour}, name=category.name, legendrank=1000 + n
        )
        for n, category in enumerate(categories)
    ]


def amount_trace(context: TraceContext, scale: ColourScale, title: str) -> list[Any]:
    """Return the titles coloured by a quantity; titles without a value are grey."""
    known = np.isfinite(scale.values)
    visible = context.titles.visible
    colour_bar = {
        "title": {"text": title, "side": "top"}, "thickness": 8, "len": 0.5, "orientation": "h",
        "x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "outlinewidth": 0,
        "bgcolor": context.theme.veil(0.72),  # inside the map: the legend below has many lines
        "tickvals": scale.tick_values, "ticktext": scale.tick_texts,
    }  # fmt: skip
    values = scale.values[known & visible]
    low, high = np.percentile(values, [2, 98]) if values.size else (0.0, 1.0)
    marker = {
        "color": values, "colorscale": "Viridis", "colorbar": colour_bar,
        "cmin": float(low), "cmax": float(high),
    }  # fmt: skip
    unknown = context.all_titles(~known & visible, {"color": context.theme.rest}, name="Unknown")
    return [unknown, context.all_titles(known & visible, marker, name=title, showlegend=False)]


def user_traces(
    context: TraceContext, overlay: UserOverlay, previous: Sequence[float] | None
) -> list[Any]:
    """Return the visitor's list with its reasons, ratings and position.

    Args:
        context: what all traces share.
        overlay: the profile.
        previous: the visitor's position before the last rating, if known.
    """
    me, paper, titles = context.theme.me, context.theme.paper, context.titles
    points, traces = context.points, []
    if overlay.lines:
        gap = np.full(points.shape[1], np.nan)
        ends = [end for a, b in overlay.lines for end in (points[a], points[b], gap)]
        traces.append(
            context.scatter(
                np.array(ends), mode="lines", line={"color": me, "width": 1}, opacity=0.3,
                hoverinfo="skip", name="reasons for my list", showlegend=False,
            )
        )  # fmt: skip
    hover = [
        f"{titles.hover[row]}<br>no. {n} in my list" for n, row in enumerate(overlay.listed, 1)
    ]
    marker = {"color": me, "size": 10, "symbol": "circle-open", "line": {"width": 2}}
    traces.append(context.marks(overlay.listed, hover, "My list", marker))
    hover = [
        f"{titles.hover[row]}<br>my rating: {rating}"
        for row, rating in zip(overlay.rated, overlay.ratings, strict=True)
    ]
    marker = {"color": me, "size": 14, "symbol": "star", "line": {"width": 1, "color": paper}}
    traces.append(context.marks(overlay.rated, hover, "My ratings", marker))
    position = user_position(overlay.parts, points[overlay.rated])
    if position is None:
        return traces
    if previous is not None and len(previous) == len(position):
        traces.append(
            context.scatter(
                np.array([previous, position]), mode="lines", line={"color": me, "width": 3},
                hoverinfo="skip", name="how I moved", showlegend=False,
            )
        )  # fmt: skip
    traces.append(
        context.scatter(
            position[None], mode="markers+text", text=["Me"], textposition="top center",
            textfont={"color": me, "size": 15}, name="Me", showlegend=False,
            marker={
                "color": me, "size": 18, "symbol": "circle", "line": {"width": 3, "color": paper},
            },
            hovertemplate="Me: mean of my rated titles,<br>weighted by their contributions"
            "<extra></extra>",
        )
    )  # fmt: skip
    return traces


def focus_traces(
    context: TraceContext,
    row: int,
    true: Int64[np.ndarray, " true"],
    drawn: Int64[np.ndarray, " drawn"],
) -> list[Any]:
    """Return the focused title and its nearest neighbours.

    Args:
        context: what all traces share.
        row: of the focused title.
        true: rows of its neighbours in the full space.
        drawn: rows of its neighbours in the layout.
    """
    titles = context.titles

    def ring(rows: Int64[np.ndarray, " n"], name: str, symbol: str, size: int, width: float) -> Any:
        marker = {
            "color": context.theme.ink, "size": size, "symbol": symbol, "line": {"width": width},
        }  # fmt: skip
        return context.marks(rows, [titles.hover[row] for row in rows], name, marker)

    return [
        ring(drawn, "Nearest on this map", "square-open", 13, 1),
        ring(true, "Nearest in the full space", "circle-open", 9, 2),
        ring(np.array([row]), escape(titles.names[row]), "circle-open", 22, 3),
    ]
