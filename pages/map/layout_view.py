"""What is seen in a view: where every title lies, and what the picture is held to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from pages.map.view_controls import FASTRP, LAYERS, PCA, SOLID, TIME, MapView, step_name
from recsys.embedding_map import EmbeddingMap, MapLayout
from recsys.embedding_map.timeline import Timeline

__all__ = ["LayoutView", "layout_view"]


@dataclass(frozen=True, slots=True, eq=False)
class LayoutView:
    """A picture.

    Attributes:
        points: the place of each item; between two layers they are on their way.
        layout: the picture whose honesty is told, the nearest where items are on their way.
        neighbours: the 15 true neighbours of each item, in the space that is pictured.
        told: what is pictured, in words.
    """

    points: Float32[np.ndarray, "items dimensions"]
    layout: MapLayout
    neighbours: Int64[np.ndarray, "items fifteen"]
    told: str


def layout_view(projection: EmbeddingMap, timeline: Timeline | None, view: MapView) -> LayoutView:
    """Return what a view shows of a model."""
    true = projection.neighbours
    if view.picture == SOLID:
        return LayoutView(projection.solid.points, projection.solid, true, "This picture")
    if view.picture == PCA:
        points = projection.principal.points[:, :2]
        return LayoutView(
            points, projection.principal, true, "This shadow on the two largest components"
        )
    if view.picture == LAYERS:
        told = f"The picture of {step_name(round(view.layer))}"
        return LayoutView(
            _on_the_way(projection, view.layer), projection.layers[round(view.layer)], true, told
        )
    if view.picture == FASTRP and projection.rival is not None:
        rival = projection.rival
        return LayoutView(
            rival.layout.points, rival.layout, rival.neighbours, "This picture of FastRP"
        )
    if view.picture == TIME and timeline is not None:
        layout = timeline.layouts[view.frame]
        told = f"The picture of step {timeline.steps[view.frame]:,}"
        return LayoutView(layout.points, layout, true, told)
    return LayoutView(projection.flat.points, projection.flat, true, "This picture")


def _on_the_way(projection: EmbeddingMap, layer: float) -> Float32[np.ndarray, "items two"]:
    below = min(int(layer), len(projection.layers) - 1)
    above = min(below + 1, len(projection.layers) - 1)
    way = np.float32(layer - below)
    first, second = projection.layers[below].points, projection.layers[above].points
    points: Float32[np.ndarray, "items two"] = (1 - way) * first + way * second
    return points
