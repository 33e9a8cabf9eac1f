"""The figures of runs: loss, validation with the baselines' lines, step size and gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from recsys.jobs.run_history import RunHistory, StepCurve
from recsys.training.downsampling import downsample, smooth_curve

__all__ = [
    "BASELINES",
    "METRICS",
    "CurveAxis",
    "loss_figure",
    "metric_figure",
    "overlay_figure",
    "single_figure",
]

# Okabe–Ito; the accent is kept for "me", and grey is everything that is there to compare with
BLUE, ORANGE, GREEN, PINK, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"
LIGHT, DARK = (BLUE, ORANGE, GREEN, PINK, SKY), (SKY, ORANGE, GREEN, PINK, BLUE)
GREY = "#8A8690"
METRICS = {"ndcg@20": "NDCG@20", "recall@20": "Recall@20", "precision@20": "Precision@20"}
BASELINES = {"popularity": "Popularity", "item_knn": "Item-KNN", "ease": "EASE"}
LABEL = {"popularity": 0, "item_knn": 1, "ease": 2}  # left, middle, right: lines may be close
DASHES = {"popularity": "dot", "item_knn": "dash", "ease": "dashdot"}


@dataclass(frozen=True, slots=True)
class CurveAxis:
    """What stands below a curve: steps, or the minutes since it began."""

    minutes: bool = False

    @property
    def title(self) -> str:
        """The axis in words."""
        return "minutes since the start" if self.minutes else "step"

    def of(self, curve: StepCurve) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the place of each step."""
        if self.minutes:
            return (curve.column("at") - curve.begun) / 60
        return curve.column("step")

    def looks(self, curve: StepCurve) -> list[float]:
        """Return the place of each evaluation."""
        if self.minutes:
            return [(one.at - curve.begun) / 60 for one in curve.evaluations]
        return [float(one.step) for one in curve.evaluations]


STEPS = CurveAxis()


def _colours() -> tuple[str, ...]:
    """Return the colours of curves, the one that stands out most on this background first."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def _figure(title: str, axis: CurveAxis, key: str, height: int = 280) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        title={"text": f"<b>{title}</b>", "font": {"size": 15}, "x": 0, "y": 0.98},
        height=height,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        uirevision=key,  # constant: zoom and hidden traces survive a redraw
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.2, "x": 0, "itemwidth": 30},
        xaxis={"title": {"text": axis.title}, "zeroline": False},
        yaxis={"zeroline": False, "tickformat": ".3~g", "fixedrange": True},
    )
    return figure


def _line(x: Any, y: Any, name: str, colour: str, *, width: float = 2, **more: Any) -> go.Scattergl:
    line = {"color": colour, "width": width, "dash": more.pop("dash", None)}
    return go.Scatter(x=x, y=y, name=name, mode=more.pop("mode", "lines"), line=line, **more)


def loss_figure(history: RunHistory, inertia: float, key: str) -> go.Figure:
    """Draw the loss of each step, faint, and its running mean; the second training apart."""
    figure = _figure("Loss", STEPS, key, height=420)
    main, *_, second = _colours()
    for part in ("search", "final"):
        if part not in history.parts:
            continue
        again = part == "final" and "search" in history.parts
        told, colour = (", again on everything", second) if again else ("", main)
        curve = history.parts[part]
        steps, loss = curve.column("step"), curve.column("loss")
        x, y = downsample(steps, loss)
        figure.add_trace(_line(x, y, f"each step{told}", colour, width=1, opacity=0.3))
        x, y = downsample(steps, smooth_curve(loss, inertia))
        figure.add_trace(_line(x, y, f"smoothed{told}", colour))
    return figure


def metric_figure(history: RunHistory, metric: str, key: str) -> go.Figure:
    """Draw a validation metric at each evaluation, and the baselines on the same split as lines."""
    figure = _figure(METRICS[metric], STEPS, key)
    curve = history.curve
    looks = [one for one in curve.evaluations if metric in one.metrics]
    x, y = [one.step for one in looks], [one.metrics[metric] for one in looks]
    main = _colours()[0]
    figure.add_trace(
        _line(x, y, "LightGCN", main, mode="lines+markers", marker={"size": 6}, showlegend=False)
    )
    best = history.best
    if best is not None:
        figure.add_trace(
            go.Scatter(
                x=[best.step], y=[best.metrics[metric]], mode="markers", name="best NDCG@20",
                marker={"size": 12, "color": main, "symbol": "circle-open", "line": {"width": 2}},
                showlegend=False,
            )
        )  # fmt: skip
    end = max(curve.steps, 1)
    for method, line in history.baselines.items():
        if metric in line["metrics"]:
            height, name = line["metrics"][metric], BASELINES[method]
            words = [name if place == LABEL[method] else "" for place in range(3)]
            figure.add_trace(
                _line(
                    [0, end / 2, end], [height] * 3, name, GREY, width=1.5, dash=DASHES[method],
                    mode="lines+text", text=words, textfont={"size": 13}, showlegend=False,
                    textposition=("top right", "top center", "top left"),
                )
            )  # fmt: skip
    heights = y + [line["metrics"].get(metric) for line in history.baselines.values()]
    figure.update_xaxes(range=[0, 1.04 * end])  # room for the ring at the end
    figure.update_yaxes(range=_with_room([one for one in heights if one is not None]))
    return figure


def _with_room(heights: Sequence[float]) -> list[float] | None:
    """Return a span with room for the words above the highest line; none without any height."""
    if not heights:
        return None
    low, high = min(heights), max(heights)
    room = 0.15 * (high - low or high or 1.0)
    return [low - room, high + room]


def single_figure(history: RunHistory, column: str, title: str, key: str) -> go.Figure:
    """Draw another number of each step as it is."""
    figure = _figure(title, STEPS, key)
    curve = history.curve
    x, y = downsample(curve.column("step"), curve.column(column))
    figure.add_trace(_line(x, y, title, _colours()[0], showlegend=False))
    return figure


def overlay_figure(
    runs: Sequence[tuple[str, RunHistory]], what: str, axis: CurveAxis, inertia: float, key: str
) -> go.Figure:
    """Draw one number of several runs over each other.

    Args:
        runs: name and history of each, five at most.
        what: ``loss`` or one of ``METRICS``.
        axis: steps or minutes.
        inertia: of the loss's running mean.
        key: constant for as long as zoom should last.
    """
    figure = _figure(METRICS.get(what, "Loss, smoothed"), axis, key, height=380)
    for (name, history), colour in zip(runs, _colours(), strict=False):
        curve = history.curve
        if what == "loss":
            x, y = downsample(axis.of(curve), smooth_curve(curve.column("loss"), inertia))
            figure.add_trace(_line(x, y, name, colour))
            continue
        looks = zip(axis.looks(curve), curve.evaluations, strict=True)
        points = [(place, one.metrics[what]) for place, one in looks if what in one.metrics]
        figure.add_trace(
            _line(
                [p for p, _ in points], [v for _, v in points], name, colour,
                mode="lines+markers", marker={"size": 6},
            )
        )  # fmt: skip
    return figure
