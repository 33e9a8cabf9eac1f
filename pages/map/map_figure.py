"""The figure of the map: its marks, the names on it, and the window through which it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int64, Shaped

from pages.map.label_placement import MapLabel, densest_point, place_labels
from pages.shared.chart_theme import ChartTheme

__all__ = ["HEIGHT", "axis_window", "map_figure", "narrow_style", "region_labels"]

HEIGHT = 660  # pixels
DESK, PHONE = 640.0, 340.0  # width of the map in pixels, at the least
OUTSIDE = 1.2  # percent of the titles that may lie outside the window on each side
NEAR = 0.16  # of the map's width is seen after flying to a title


def axis_window(
    points: Float32[np.ndarray, "titles two"], to: Float32[np.ndarray, " two"] | None
) -> Shaped[np.ndarray, "two ends"]:
    """Return the part of the plane that is seen, [[x from, x to], [y from, y to]].

    Args:
        points: places of the visible titles; a few far ones may lie outside.
        to: the place that was flown to, if any.
    """
    low, high = np.percentile(points, [OUTSIDE, 100 - OUTSIDE], axis=0)
    if to is not None:
        half = NEAR / 2 * (high - low).max()
        low, high = to - half, to + half
    air = 0.04 * (high - low)
    return np.stack([low - air, high + air], axis=1)


def region_labels(
    points: Float32[np.ndarray, "items two"],
    cluster: Int64[np.ndarray, " items"],
    visible: Bool[np.ndarray, " items"],
    names: Sequence[str],
    me: Float32[np.ndarray, " two"] | None,
) -> list[MapLabel]:
    """Place the names of the clusters on a flat picture, the largest first; none over ``me``."""
    seen = axis_window(points[visible], None)
    width, height = seen[:, 1] - seen[:, 0]
    masks = [(cluster == number) & visible for number in range(len(names))]
    order = [n for n in np.argsort([-int(mask.sum()) for mask in masks]) if masks[n].any()]
    cell = float(max(width, height)) / 28
    return place_labels(
        [names[n] for n in order],
        [densest_point(points[masks[n]], seen[:, 0].astype(np.float32), cell) for n in order],
        wide=min(DESK / width, HEIGHT * 0.8 / height),
        narrow=min(PHONE / width, HEIGHT * 0.8 / height),
        across=(float(seen[0, 0]), float(seen[0, 1])),
        free=[] if me is None else [(float(me[0]), float(me[1]))],
    )


def narrow_style(drawn: Sequence[MapLabel], chart: str) -> str:
    """Return the style sheet that leaves out on a phone the names that find no room there."""
    hidden = ", ".join(
        f'.st-key-{chart} .annotation[data-index="{n}"]'
        for n, one in enumerate(drawn)
        if not one.narrow
    )
    return f"<style>@media (max-width: 640px) {{ {hidden} {{ display: none; }} }}</style>"


def map_figure(
    marks: Sequence[Any],
    drawn: Sequence[MapLabel],
    seen: Shaped[np.ndarray, "two ends"] | None,
    look: ChartTheme,
    *,
    revision: str,
    legend: str,
) -> Any:
    """Put marks and names together.

    Args:
        marks: Plotly traces, the lowest first.
        drawn: names on the map.
        seen: the window; none in three dimensions.
        look: the colours.
        revision: while it stays the same, so do the visitor's zoom and tool.
        legend: while it stays the same, so does what the visitor hid.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - where it is first needed

    bare: dict[str, Any] = {"visible": False, "showgrid": False, "zeroline": False}
    layout: dict[str, Any] = {
        "height": HEIGHT, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "dragmode": "pan",
        "uirevision": revision, "hovermode": "closest", "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {
            "orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "uirevision": legend,
            "itemsizing": "constant", "font": {"size": 12},
        },
        "font": {"family": "Inter, 'Noto Sans JP', sans-serif", "color": look.ink},
        "modebar": {"orientation": "h", "bgcolor": "rgba(0,0,0,0)", "color": look.quiet},
    }  # fmt: skip
    if seen is None:
        layout["scene"] = dict.fromkeys(("xaxis", "yaxis", "zaxis"), bare)
    else:
        across, up = seen.tolist()
        layout["xaxis"] = {**bare, "range": across}
        layout["yaxis"] = {**bare, "range": up, "scaleanchor": "x"}
        layout["annotations"] = [
            {
                "text": one.text, "x": one.x, "y": one.y, "xshift": one.right, "yshift": one.up,
                "showarrow": False, "font": {"size": 12, "color": look.ink, "weight": 600},
                "bgcolor": look.veil(0.72), "borderpad": 1, "captureevents": False,
            }
            for one in drawn
        ]  # fmt: skip
    return go.Figure(data=list(marks), layout=layout)
