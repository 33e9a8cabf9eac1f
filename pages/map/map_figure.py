"""Map figure: traces, labels and the visible window of the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int64, Shaped

from pages.map.label_placement import MapLabel, densest_point, place_labels
from pages.shared.chart_theme import ChartTheme

__all__ = ["MAP_HEIGHT", "axis_window", "map_figure", "narrow_style", "region_labels"]

MAP_HEIGHT = 660  # pixels
WIDE, NARROW = 640.0, 340.0  # smallest width of the map on a wide screen and a phone, in pixels
OUTSIDE = 1.2  # percent of the titles that may lie outside the window on each side
ZOOMED_SHARE = 0.16  # share of the map's width that is visible around a focused title


def axis_window(
    points: Float32[np.ndarray, "titles two"], centre: Float32[np.ndarray, " two"] | None
) -> Shaped[np.ndarray, "two ends"]:
    """Return the visible part of the map, [[left, right], [bottom, top]].

    Args:
        points: coordinates of the visible titles; a few outliers may lie outside.
        centre: point around which the map is zoomed in, if any.
    """
    low, high = np.percentile(points, [OUTSIDE, 100 - OUTSIDE], axis=0)
    if centre is not None:
        half = ZOOMED_SHARE / 2 * (high - low).max()
        low, high = centre - half, centre + half
    margin = 0.04 * (high - low)
    return np.stack([low - margin, high + margin], axis=1)


def region_labels(
    points: Float32[np.ndarray, "items two"],
    cluster: Int64[np.ndarray, " items"],
    visible: Bool[np.ndarray, " items"],
    names: Sequence[str],
    position: Float32[np.ndarray, " two"] | None,
) -> list[MapLabel]:
    """Place the names of the clusters, the largest cluster first.

    Args:
        points: coordinates of the items.
        cluster: cluster number of each item.
        visible: which items are drawn.
        names: of the clusters, by number.
        position: of the visitor, which no name covers.

    Returns:
        The labels with their positions.
    """
    window = axis_window(points[visible], None)
    width, height = window[:, 1] - window[:, 0]
    masks = [(cluster == number) & visible for number in range(len(names))]
    order = [n for n in np.argsort([-int(mask.sum()) for mask in masks]) if masks[n].any()]
    cell = float(max(width, height)) / 28
    return place_labels(
        [names[n] for n in order],
        [densest_point(points[masks[n]], window[:, 0].astype(np.float32), cell) for n in order],
        wide=min(WIDE / width, MAP_HEIGHT * 0.8 / height),
        narrow=min(NARROW / width, MAP_HEIGHT * 0.8 / height),
        across=(float(window[0, 0]), float(window[0, 1])),
        free=[] if position is None else [(float(position[0]), float(position[1]))],
    )


def narrow_style(labels: Sequence[MapLabel], chart: str) -> str:
    """Return the style sheet that hides on a phone the labels without room there."""
    hidden = ", ".join(
        f'.st-key-{chart} .annotation[data-index="{n}"]'
        for n, label in enumerate(labels)
        if not label.narrow
    )
    return f"<style>@media (max-width: 640px) {{ {hidden} {{ display: none; }} }}</style>"


def map_figure(
    traces: Sequence[Any],
    labels: Sequence[MapLabel],
    window: Shaped[np.ndarray, "two ends"] | None,
    theme: ChartTheme,
    *,
    revision: str,
    legend: str,
) -> Any:
    """Return the Plotly figure of the map.

    Args:
        traces: Plotly traces, the lowest first.
        labels: cluster names.
        window: the visible part; None in three dimensions.
        theme: colours.
        revision: while it is constant, the visitor's zoom and tool survive a redraw.
        legend: while it is constant, the traces that the visitor hid stay hidden.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - where it is first needed

    axis: dict[str, Any] = {"visible": False, "showgrid": False, "zeroline": False}
    layout: dict[str, Any] = {
        "height": MAP_HEIGHT, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "dragmode": "pan",
        "uirevision": revision, "hovermode": "closest", "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {
            "orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "uirevision": legend,
            "itemsizing": "constant", "font": {"size": 12},
        },
        "font": {"family": "Inter, 'Noto Sans JP', sans-serif", "color": theme.ink},
        "modebar": {"orientation": "h", "bgcolor": "rgba(0,0,0,0)", "color": theme.quiet},
    }  # fmt: skip
    if window is None:
        layout["scene"] = dict.fromkeys(("xaxis", "yaxis", "zaxis"), axis)
    else:
        across, up = window.tolist()
        layout["xaxis"] = {**axis, "range": across}
        layout["yaxis"] = {**axis, "range": up, "scaleanchor": "x"}
        layout["annotations"] = [
            {
                "text": label.text, "x": label.x, "y": label.y, "xshift": label.right,
                "yshift": label.up, "showarrow": False,
                "font": {"size": 12, "color": theme.ink, "weight": 600},
                "bgcolor": theme.veil(0.72), "borderpad": 1, "captureevents": False,
            }
            for label in labels
        ]  # fmt: skip
    return go.Figure(data=list(traces), layout=layout)
