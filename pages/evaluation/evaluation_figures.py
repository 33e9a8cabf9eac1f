"""The figures of the page: lines over what is given, and dots with their intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from pages.evaluation.metric_labels import method_name
from pages.shared.chart_theme import chart_theme

__all__ = ["DotRow", "dot_figure", "line_figure"]

ORDER = ("lightgcn", "ease", "als", "bpr_mf", "item_knn", "fastrp", "popularity")
DASHES = {"fastrp": "dash", "popularity": "dot"}  # both grey: there to compare with
ROW = 34  # pixels of a row of dots
SPREAD = 0.62  # of a row, over which its dots are spread
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DotRow:
    """A value with its interval, in a row of its own or one that it shares.

    Attributes:
        row: what stands beside it.
        method: whose colour it has.
        value, low, high: where it lies; no ends where there is no interval.
    """

    row: str
    method: str
    value: float
    low: float | None = None
    high: float | None = None


def _colours() -> Mapping[str, str]:
    """Return a colour a method; LightGCN and its parts have the one that stands out."""
    seen = chart_theme()
    blue, orange, green, pink, sky, _ = seen.categories
    main, other = (sky, blue) if seen.dark else (blue, sky)
    named = dict(zip(ORDER, (main, orange, green, pink, other, seen.rest, seen.quiet), strict=True))
    return defaultdict(lambda: main, named)


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
    rows: Sequence[Row], given: Sequence[str], title: str, revision: str, names: Sequence[str]
) -> go.Figure:
    """Draw a metric over the number of likes given: a line a method, intervals beside each other.

    Args:
        rows: figures of one metric and slice.
        given: numbers of likes, in order.
        title: of the metric.
        revision: constant for as long as what is hidden should stay hidden.
        names: methods, the most important first.
    """
    figure = _figure(400, revision, "likes given", legend=True)
    colours = _colours()
    for number, name in enumerate(names):
        mine = {row["given"]: row for row in rows if row["method"] == name}
        shift = 0.05 * (number - (len(names) - 1) / 2)
        there = [(place + shift, mine[one]) for place, one in enumerate(given) if one in mine]
        values = [row["value"] for _, row in there]
        main = name == "lightgcn"
        figure.add_scatter(
            x=[place for place, _ in there], y=values, name=method_name(name),
            mode="lines+markers", zorder=10 if main else 1,
            line={"color": colours[name], "width": 3 if main else 1.5,
                  "dash": DASHES.get(name, "solid")},
            marker={"size": 9 if main else 6},
            error_y={
                "array": [row["high"] - row["value"] for _, row in there],
                "arrayminus": [row["value"] - row["low"] for _, row in there],
                "thickness": 1, "width": 2,
            },
            customdata=[[row["low"], row["high"], row["given"]] for _, row in there],
            hovertemplate="%{y:.3f} (%{customdata[0]:.3f} to %{customdata[1]:.3f}), "
            "%{customdata[2]} likes given",
        )  # fmt: skip
    figure.update_xaxes(tickvals=list(range(len(given))), ticktext=list(given))
    figure.update_yaxes(title={"text": title}, tickformat=".2f")
    return figure


def dot_figure(
    marks: Sequence[DotRow], revision: str, *, zero: bool = False, form: str = ".3f"
) -> go.Figure:
    """Draw values with their intervals, a row each, or several of different methods in a row.

    Args:
        marks: in order, the upper rows first.
        revision: constant for as long as what is hidden should stay hidden.
        zero: draw where nothing differs.
        form: of the values.
    """
    rows = list(dict.fromkeys(one.row for one in marks))
    methods = list(dict.fromkeys(one.method for one in marks))
    several = len(marks) > len(rows)
    height = (ROW + (9 * len(methods) if several else 0)) * len(rows) + 48
    figure = _figure(height, revision, "", legend=False)
    colours = _colours()
    for number, method in enumerate(methods):
        mine = [one for one in marks if one.method == method]
        shift = (number / (len(methods) - 1) - 0.5) * SPREAD if several else 0.0
        spans = [(one.low is not None and one.high is not None, one) for one in mine]
        figure.add_scatter(
            x=[one.value for one in mine], y=[rows.index(one.row) + shift for one in mine],
            name=method_name(method), mode="markers",
            marker={"size": 9 if method == "lightgcn" or not several else 7,
                    "color": colours[method]},
            error_x={
                "array": [(one.high or 0) - one.value if whole else 0 for whole, one in spans],
                "arrayminus": [one.value - (one.low or 0) if whole else 0 for whole, one in spans],
                "thickness": 1.5, "width": 0,
            },
            customdata=[
                f" ({one.low:{form}} to {one.high:{form}})" if whole else "" for whole, one in spans
            ],
            hovertemplate=f"%{{x:{form}}}%{{customdata}}",
        )  # fmt: skip
    if zero:
        figure.add_vline(0, line={"width": 1, "color": chart_theme().quiet})
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=rows, range=[len(rows) - 0.4, -0.6],
        showgrid=False, ticklabelstandoff=8, automargin=True,
    )  # fmt: skip
    figure.update_xaxes(tickformat=form.lstrip("+"), nticks=5, tickangle=0)
    return figure
