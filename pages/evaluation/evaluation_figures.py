"""Figures of the page Evaluation: a metric by the number of given likes, and intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go

from pages.evaluation.method_styles import MethodStyle
from pages.shared.chart_theme import chart_theme
from pages.shared.method_labels import LIGHTGCN, method_label

__all__ = ["ROW_HEIGHT", "DotRow", "dot_figure", "line_figure"]

ROW_HEIGHT = 34  # pixels
SPREAD = 0.62  # share of a row's height over which its dots are spread
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DotRow:
    """A value with its interval, in a row of its own or in a shared one.

    Attributes:
        row: label of the row.
        method: sets the style.
        value: of the metric.
        low, high: ends of the interval, if there is one.
    """

    row: str
    method: str
    value: float
    low: float | None = None
    high: float | None = None


def _figure(height: int, revision: str, x: str, *, legend: bool) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        height=height, margin={"l": 8, "r": 16, "t": 8, "b": 8}, uirevision=revision,
        hovermode="closest", showlegend=legend,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemwidth": 30},
        xaxis={"title": {"text": x}, "zeroline": False, "fixedrange": True},
        yaxis={"zeroline": False, "fixedrange": True},
    )  # fmt: skip
    return figure


def line_figure(
    rows: Sequence[Row],
    given: Sequence[str],
    title: str,
    revision: str,
    methods: Sequence[str],
    styles: Mapping[str, MethodStyle],
) -> go.Figure:
    """Draw a metric by the number of given likes, with intervals, one line for each method.

    Args:
        rows: of one metric and one slice.
        given: numbers of likes, in order.
        title: of the metric.
        revision: while it is constant, the lines that the visitor hid stay hidden.
        methods: the most important first.
        styles: of every method.

    Returns:
        The figure.
    """
    figure = _figure(400, revision, "given likes", legend=True)
    for number, method in enumerate(methods):
        by_given = {row["given"]: row for row in rows if row["method"] == method}
        shift = 0.05 * (number - (len(methods) - 1) / 2)  # intervals do not cover each other
        points = [(x + shift, by_given[key]) for x, key in enumerate(given) if key in by_given]
        main, style = method == LIGHTGCN, styles[method]
        figure.add_scatter(
            x=[x for x, _ in points], y=[row["value"] for _, row in points],
            name=escape(method_label(method)), mode="lines+markers", zorder=10 if main else 1,
            line={"color": style.colour, "width": 3 if main else 1.5, "dash": style.dash},
            marker={"size": 9 if main else 6, "symbol": style.symbol},
            error_y={
                "array": [row.get("high", row["value"]) - row["value"] for _, row in points],
                "arrayminus": [row["value"] - row.get("low", row["value"]) for _, row in points],
                "thickness": 1, "width": 2,
            },
            customdata=[
                [row.get("low", row["value"]), row.get("high", row["value"]), row["given"]]
                for _, row in points
            ],
            hovertemplate="%{y:.3f} (%{customdata[0]:.3f} to %{customdata[1]:.3f}), "
            "%{customdata[2]} likes given",
        )  # fmt: skip
    figure.update_xaxes(tickvals=list(range(len(given))), ticktext=list(given))
    figure.update_yaxes(title={"text": title}, tickformat=".2f")
    return figure


def dot_figure(
    dots: Sequence[DotRow],
    revision: str,
    styles: Mapping[str, MethodStyle],
    *,
    zero: bool = False,
    number_format: str = ".3f",
) -> go.Figure:
    """Draw values with their intervals, one row each, or several methods in one row.

    Args:
        dots: the upper rows first.
        revision: while it is constant, what the visitor hid stays hidden.
        styles: of every method; a single layer is drawn like LightGCN.
        zero: draw a line at zero.
        number_format: of the values.

    Returns:
        The figure.
    """
    rows = list(dict.fromkeys(dot.row for dot in dots))
    methods = list(dict.fromkeys(dot.method for dot in dots))
    shared = len(dots) > len(rows)
    height = (ROW_HEIGHT + (9 * len(methods) if shared else 0)) * len(rows) + 48
    figure = _figure(height, revision, "", legend=False)
    for number, method in enumerate(methods):
        selected = [dot for dot in dots if dot.method == method]
        style = styles.get(method, styles[LIGHTGCN])
        shift = (number / (len(methods) - 1) - 0.5) * SPREAD if shared and len(methods) > 1 else 0.0
        above, below, texts = [], [], []
        for dot in selected:
            low = dot.value if dot.low is None or dot.high is None else dot.low
            high = dot.value if dot.low is None or dot.high is None else dot.high
            above.append(high - dot.value)
            below.append(dot.value - low)
            texts.append(
                f" ({low:{number_format}} to {high:{number_format}})" if low < high else ""
            )
        figure.add_scatter(
            x=[dot.value for dot in selected], y=[rows.index(dot.row) + shift for dot in selected],
            name=escape(method_label(method)), mode="markers",
            marker={"size": 9 if method == LIGHTGCN or not shared else 7,
                    "color": style.colour, "symbol": style.symbol},
            error_x={"array": above, "arrayminus": below, "thickness": 1.5, "width": 0},
            customdata=texts, hovertemplate=f"%{{x:{number_format}}}%{{customdata}}",
        )  # fmt: skip
    if zero:
        figure.add_vline(0, line={"width": 1, "color": chart_theme().quiet})
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[escape(row) for row in rows],
        range=[len(rows) - 0.4, -0.6], showgrid=False, ticklabelstandoff=8, automargin=True,
    )  # fmt: skip
    figure.update_xaxes(tickformat=number_format.lstrip("+"), nticks=5, tickangle=0)
    return figure
