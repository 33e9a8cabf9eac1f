"""Layout view: point coordinates and quality metrics of the selected layout."""

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
    """The layout that a view shows.

    Attributes:
        points: coordinates of each item; between two layers they are interpolated.
        layout: the layout whose quality is shown; between two layers the nearer one.
        neighbours: the 15 nearest neighbours of each item in the space that the layout shows.
        description: start of the sentence about its quality.
    """

    points: Float32[np.ndarray, "items dimensions"]
    layout: MapLayout
    neighbours: Int64[np.ndarray, "items fifteen"]
    description: str


def layout_view(projection: EmbeddingMap, timeline: Timeline | None, view: MapView) -> LayoutView:
    """Return the layout that a view shows.

    Args:
        projection: of the model.
        timeline: of its training, if there is one.
        view: the choices of the visitor.
    """
    neighbours = projection.neighbors
    if view.picture == SOLID:
        return LayoutView(projection.umap_3d.points, projection.umap_3d, neighbours, "This picture")
    if view.picture == PCA:
        points = projection.pca.points[:, :2]
        description = "This projection on the first two principal components"
        return LayoutView(points, projection.pca, neighbours, description)
    if view.picture == LAYERS:
        return LayoutView(
            _between_layers(projection, view.layer),
            projection.layers[round(view.layer)],
            neighbours,
            f"The picture of {step_name(round(view.layer))}",
        )
    if view.picture == FASTRP and projection.fastrp is not None:
        fastrp = projection.fastrp
        return LayoutView(
            fastrp.layout.points, fastrp.layout, fastrp.neighbors, "This picture of FastRP"
        )
    if view.picture == TIME and timeline is not None:
        layout = timeline.layouts[view.frame]
        description = f"The picture of step {timeline.steps[view.frame]:,}"
        return LayoutView(layout.points, layout, neighbours, description)
    return LayoutView(projection.umap_2d.points, projection.umap_2d, neighbours, "This picture")


def _between_layers(projection: EmbeddingMap, layer: float) -> Float32[np.ndarray, "items two"]:
    """Return the points of a layer, linearly interpolated between two layers."""
    below = min(int(layer), len(projection.layers) - 1)
    above = min(below + 1, len(projection.layers) - 1)
    weight = np.float32(layer - below)
    first, second = projection.layers[below].points, projection.layers[above].points
    points: Float32[np.ndarray, "items two"] = (1 - weight) * first + weight * second
    return points
