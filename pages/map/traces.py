"""The marks on the map: all titles, the visitor's own, and the title that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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

SMALLEST, LARGEST = 3.0, 10.0  # pixels, from the least to the best known
PALEST = 0.05
STARS = {"star": "diamond", "circle-open": "circle-open", "square-open": "square-open"}


@dataclass(frozen=True, slots=True, eq=False)
class TraceContext:
    """What all marks are drawn on.

    Attributes:
        points: place of each item, in two or three dimensions.
        titles: what is known of each.
        kept: share of its true neighbours that each kept; fades the titles where given.
        look: the colours.
    """

    points: Float32[np.ndarray, "items dimensions"]
    titles: PointColumns
    kept: Float32[np.ndarray, " items"] | None
    look: ChartTheme

    def scatter(self, places: Shaped[np.ndarray, "marks dimensions"], **style: Any) -> Any:
        """Draw few marks above all others, in the dimensions of the map."""
        import plotly.graph_objects as go  # noqa: PLC0415 - where it is first needed

        across = dict(zip("xyz", np.asarray(places, dtype=np.float32).T, strict=False))
        if len(across) == 2:
            return go.Scattergl(**across, **style)  # Plotly draws SVG marks below WebGL ones
        marker = style.get("marker")
        if marker and "symbol" in marker:
            style["marker"] = {**marker, "symbol": STARS.get(marker["symbol"], "circle")}
        return go.Scatter3d(**across, **style)

    def many(
        self, members: Bool[np.ndarray, " items"], marker: dict[str, Any], **style: Any
    ) -> Any:
        """Draw many titles."""
        import plotly.graph_objects as go  # noqa: PLC0415 - as above

        rows = np.flatnonzero(members)
        solid = self.points.shape[1] == 3
        known = np.log10(self.titles.members[rows] + 10.0)
        size = SMALLEST + (LARGEST - SMALLEST) * np.clip((known - 3.0) / 3.4, 0, 1) ** 2
        marker = {
            **marker,
            "size": np.round(size * (0.5 if solid else 1.0), 1),
            "line": {"width": 0},
        }
        if solid:
            marker["opacity"] = 0.7
        elif self.kept is None:
            marker["opacity"] = 0.75
        else:
            marker["opacity"] = np.round(np.clip(2.0 * self.kept[rows], PALEST, 1.0), 2)
        across = dict(zip("xyz", self.points[rows].T, strict=False))
        draw: type[go.Scatter3d | go.Scattergl] = go.Scatter3d if solid else go.Scattergl
        return draw(
            **across, mode="markers", marker=marker, customdata=self.titles.ids[rows],
            text=[self.titles.hover[row] for row in rows], hovertemplate="%{text}<extra></extra>",
            **style,
        )  # fmt: skip


def category_traces(ground: TraceContext, found: Sequence[ColourCategory]) -> list[Any]:
    """Draw titles by category, each with an entry of the legend that hides or shows it."""
    return [
        ground.many(one.members, {"color": one.colour}, name=one.name, legendrank=1000 + n)
        for n, one in enumerate(found)
    ]


def amount_trace(ground: TraceContext, told: ColourScale, title: str) -> list[Any]:
    """Draw titles by a number; grey where it is unknown."""
    known = np.isfinite(told.values)
    visible = ground.titles.visible
    scale = {
        "title": {"text": title, "side": "top"}, "thickness": 8, "len": 0.5, "orientation": "h",
        "x": 0, "xanchor": "left", "y": -0.02, "yanchor": "top", "outlinewidth": 0,
        "tickvals": told.tick_values, "ticktext": told.tick_texts,
    }  # fmt: skip
    values = told.values[known & visible]
    low, high = np.percentile(values, [2, 98]) if values.size else (0.0, 1.0)
    marker = {
        "color": values, "colorscale": "Viridis", "colorbar": scale,
        "cmin": float(low), "cmax": float(high),
    }  # fmt: skip
    drawn = [ground.many(~known & visible, {"color": ground.look.rest}, name="Unknown")]
    return [*drawn, ground.many(known & visible, marker, name=title, showlegend=False)]


def user_traces(
    ground: TraceContext, mine: UserOverlay, before: Sequence[float] | None
) -> list[Any]:
    """Draw the visitor: lines from their list to what it comes from, list, ratings, place.

    Args:
        ground: what is drawn on.
        mine: the profile.
        before: where they stood before their last rating.
    """
    me, paper, titles = ground.look.me, ground.look.paper, ground.titles
    gap = np.full(ground.points.shape[1], np.nan)
    drawn = []
    if mine.lines:
        ends = [e for a, b in mine.lines for e in (ground.points[a], ground.points[b], gap)]
        drawn.append(
            ground.scatter(
                np.array(ends),
                mode="lines",
                line={"color": me, "width": 1},
                opacity=0.3,
                hoverinfo="skip",
                name="what it comes from",
                showlegend=False,
            )
        )
    hover = [f"{titles.hover[row]}<br>no. {n} of your list" for n, row in enumerate(mine.listed, 1)]
    drawn.append(_named(ground, mine.listed, hover, "My list", "circle-open", 10, {"width": 2}))
    edge = {"width": 1, "color": paper}
    hover = [
        f"{titles.hover[row]}<br>you rated it {rating}"
        for row, rating in zip(mine.rated, mine.ratings, strict=True)
    ]
    drawn.append(_named(ground, mine.rated, hover, "My ratings", "star", 14, edge))
    place = user_position(mine.parts, ground.points[mine.rated])
    if place is None:
        return drawn
    if before is not None and len(before) == len(place):
        drawn.append(
            ground.scatter(
                np.array([before, place]),
                mode="lines",
                line={"color": me, "width": 3},
                hoverinfo="skip",
                name="how I moved",
                showlegend=False,
            )
        )
    drawn.append(
        ground.scatter(
            place[None],
            mode="markers+text",
            text=["You"],
            textposition="top center",
            textfont={"color": me, "size": 15},
            name="Me",
            showlegend=False,
            marker={
                "color": me,
                "size": 18,
                "symbol": "circle",
                "line": {"width": 3, "color": paper},
            },
            hovertemplate="You: the middle of what you rated,<br>by what each adds to your taste"
            "<extra></extra>",
        )
    )
    return drawn


def _named(
    ground: TraceContext,
    rows: Int64[np.ndarray, " marks"],
    hover: list[str],
    name: str,
    symbol: str,
    size: int,
    edge: dict[str, Any],
) -> Any:
    return ground.scatter(
        ground.points[rows], mode="markers", name=name, text=hover,
        customdata=ground.titles.ids[rows], hovertemplate="%{text}<extra></extra>",
        marker={"color": ground.look.me, "size": size, "symbol": symbol, "line": edge},
    )  # fmt: skip


def focus_traces(
    ground: TraceContext,
    row: int,
    true: Int64[np.ndarray, " neighbours"],
    drawn: Int64[np.ndarray, " neighbours"],
) -> list[Any]:
    """Draw the title that is looked at, its true neighbours and those of the map."""
    ink, titles = ground.look.ink, ground.titles

    def ring(rows: Int64[np.ndarray, " n"], name: str, symbol: str, size: int, width: float) -> Any:
        return ground.scatter(
            ground.points[rows], mode="markers", name=name, customdata=titles.ids[rows],
            text=[titles.hover[one] for one in rows], hovertemplate="%{text}<extra></extra>",
            marker={"color": ink, "size": size, "symbol": symbol, "line": {"width": width}},
        )  # fmt: skip

    return [
        ring(drawn, "Nearest on this map", "square-open", 13, 1),
        ring(true, "Nearest in the full space", "circle-open", 9, 2),
        ring(np.array([row]), titles.names[row].replace("<", "‹"), "circle-open", 22, 3),
    ]
