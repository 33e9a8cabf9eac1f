"""Figures of runs: loss, validation metrics with the baselines, learning rate and gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.shared.method_labels import method_label, order_methods
from recsys.jobs.run_history import RunHistory
from recsys.jobs.step_curve import StepCurve
from recsys.training.downsampling import downsample, smooth_curve

__all__ = [
    "METRICS",
    "CurveAxis",
    "loss_figure",
    "metric_figure",
    "overlay_figure",
    "single_figure",
]

# Okabe-Ito colours. The accent colour stands for the visitor; grey stands for the baselines.
BLUE, ORANGE, GREEN, PINK, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"
LIGHT, DARK = (BLUE, ORANGE, GREEN, PINK, SKY), (SKY, ORANGE, GREEN, PINK, BLUE)
GREY = "#8A8690"
METRICS = {"ndcg@20": "NDCG@20", "recall@20": "Recall@20", "precision@20": "Precision@20"}
BASELINE_DASHES = ("dot", "dash", "dashdot", "longdash", "longdashdot", "solid")


@dataclass(frozen=True, slots=True)
class CurveAxis:
    """The horizontal axis of a curve: steps, or minutes since the start."""

    minutes: bool = False

    @property
    def title(self) -> str:
        """Title of the axis."""
        return "minutes since the start" if self.minutes else "step"

    def steps(self, curve: StepCurve) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the position of each step."""
        if self.minutes:
            return (curve.column("at") - curve.begun) / 60
        return curve.column("step")

    def evaluations(self, curve: StepCurve) -> list[float]:
        """Return the position of each evaluation."""
        if self.minutes:
            return [(point.at - curve.begun) / 60 for point in curve.evaluations]
        return [float(point.step) for point in curve.evaluations]


STEPS = CurveAxis()


def _colours() -> tuple[str, ...]:
    """Return the colours of curves, first the one with the best contrast to the background."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def _figure(title: str, axis: CurveAxis, key: str, height: int = 280) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        title={"text": f"<b>{title}</b>", "font": {"size": 15}, "x": 0, "y": 0.98},
        height=height,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        uirevision=key,  # while it is constant, zoom and hidden traces survive a redraw
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.2, "x": 0, "itemwidth": 30},
        xaxis={"title": {"text": axis.title}, "zeroline": False},
        yaxis={"zeroline": False, "tickformat": ".3~g", "fixedrange": True},
    )
    return figure


def _line(x: Any, y: Any, name: str, colour: str, *, width: float = 2, **style: Any) -> go.Scatter:
    line = {"color": colour, "width": width, "dash": style.pop("dash", None)}
    return go.Scatter(x=x, y=y, name=name, mode=style.pop("mode", "lines"), line=line, **style)


def loss_figure(history: RunHistory, inertia: float, key: str) -> go.Figure:
    """Draw the loss of each step and its running mean; the final training is a second curve.

    Args:
        history: of the run.
        inertia: share of the previous mean in the running mean, 0 to 1.
        key: while it is constant, the visitor's zoom survives a redraw.

    Returns:
        The figure.
    """
    figure = _figure("Loss", STEPS, key, height=420)
    main, *_, second = _colours()
    for part in ("search", "final"):
        if part not in history.parts:
            continue
        refit = part == "final" and "search" in history.parts
        suffix, colour = (", final training on all likes", second) if refit else ("", main)
        curve = history.parts[part]
        steps, loss = curve.column("step"), curve.column("loss")
        x, y = downsample(steps, loss)
        figure.add_trace(_line(x, y, f"each step{suffix}", colour, width=1, opacity=0.3))
        x, y = downsample(steps, smooth_curve(loss, inertia))
        figure.add_trace(_line(x, y, f"smoothed{suffix}", colour))
    return figure


def metric_figure(history: RunHistory, metric: str, key: str) -> go.Figure:
    """Draw a validation metric, and that of the baselines on the same split as grey lines.

    Returns:
        The figure.
    """
    figure = _figure(METRICS[metric], STEPS, key)
    curve = history.curve
    points = [point for point in curve.evaluations if metric in point.metrics]
    x, y = [point.step for point in points], [point.metrics[metric] for point in points]
    main = _colours()[0]
    figure.add_trace(
        _line(x, y, "LightGCN", main, mode="lines+markers", marker={"size": 6}, showlegend=False)
    )
    best = history.best
    if best is not None and metric in best.metrics:
        figure.add_trace(
            go.Scatter(
                x=[best.step], y=[best.metrics[metric]], mode="markers", name="best NDCG@20",
                marker={"size": 12, "color": main, "symbol": "circle-open", "line": {"width": 2}},
                showlegend=False,
            )
        )  # fmt: skip
    end = max(curve.steps, 1)
    baselines = {
        method: event["metrics"][metric]
        for method, event in history.baselines.items()
        if metric in event["metrics"]
    }
    for trace in _baseline_lines(baselines, end):
        figure.add_trace(trace)
    figure.update_xaxes(range=[0, 1.04 * end])  # room for the ring of the last step
    figure.update_yaxes(range=_range_with_margin([*y, *baselines.values()]))
    return figure


def _baseline_lines(values: Mapping[str, float], end: float) -> Iterator[go.Scatter]:
    """Yield a horizontal line for each baseline, with its name at a position of its own.

    Close lines would cover each other's names, so the names are spread from left to right.
    """
    methods = order_methods(values)[::-1]
    count = max(3, len(methods))
    x = [end * position / (count - 1) for position in range(count)]
    text_positions = ("top right", *["top center"] * (count - 2), "top left")
    for number, method in enumerate(methods):
        name = escape(method_label(method))
        yield _line(
            x, [values[method]] * count, name, GREY, width=1.5,
            dash=BASELINE_DASHES[number % len(BASELINE_DASHES)], mode="lines+text",
            text=[name if position == number else "" for position in range(count)],
            textfont={"size": 13}, showlegend=False, textposition=text_positions,
        )  # fmt: skip


def _range_with_margin(values: Sequence[float]) -> list[float] | None:
    """Return a range with room for the names above the highest line; None without any value."""
    if not values:
        return None
    low, high = min(values), max(values)
    margin = 0.15 * (high - low or high or 1.0)
    return [low - margin, high + margin]


def single_figure(history: RunHistory, column: str, title: str, key: str) -> go.Figure:
    """Draw another quantity of each step, not smoothed.

    Returns:
        The figure.
    """
    figure = _figure(title, STEPS, key)
    curve = history.curve
    x, y = downsample(curve.column("step"), curve.column(column))
    figure.add_trace(_line(x, y, title, _colours()[0], showlegend=False))
    return figure


def overlay_figure(
    runs: Sequence[tuple[str, RunHistory]],
    quantity: str,
    axis: CurveAxis,
    inertia: float,
    key: str,
) -> go.Figure:
    """Draw one quantity of several runs in one chart.

    Args:
        runs: name and history of each, at most five.
        quantity: ``loss`` or a key of ``METRICS``.
        axis: steps or minutes.
        inertia: of the running mean of the loss.
        key: while it is constant, the visitor's zoom survives a redraw.

    Returns:
        The figure.
    """
    figure = _figure(METRICS.get(quantity, "Loss, smoothed"), axis, key, height=380)
    for (name, history), colour in zip(runs, _colours(), strict=False):
        curve, label = history.curve, escape(name)
        if quantity == "loss":
            x, y = downsample(axis.steps(curve), smooth_curve(curve.column("loss"), inertia))
            figure.add_trace(_line(x, y, label, colour))
            continue
        evaluations = zip(axis.evaluations(curve), curve.evaluations, strict=True)
        points = [
            (x, point.metrics[quantity]) for x, point in evaluations if quantity in point.metrics
        ]
        figure.add_trace(
            _line(
                [x for x, _ in points], [y for _, y in points], label, colour,
                mode="lines+markers", marker={"size": 6},
            )
        )  # fmt: skip
    return figure
