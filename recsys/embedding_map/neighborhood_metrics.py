"""Quality of a layout: preserved neighbours, trustworthiness and continuity."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64, Shaped, UInt8

from recsys.embedding_map.types import MapLayout
from recsys.models.nearest_neighbors import nearest_indices, similarity_blocks

__all__ = ["layout_quality", "preserved_neighbors", "rank_violations"]


def preserved_neighbors(
    true: Int64[np.ndarray, "items k"], layout: Int64[np.ndarray, "items k"]
) -> UInt8[np.ndarray, " items"]:
    """Return how many of each item's neighbours in the full space are neighbours in the layout."""
    same = true[:, :, None] == layout[:, None, :]
    counts: UInt8[np.ndarray, " items"] = same.any(axis=2).sum(axis=1).astype(np.uint8)
    return counts


def rank_violations(
    similarity: Float32[np.ndarray, "rows items"], chosen: Int64[np.ndarray, "rows k"]
) -> float:
    """Return by how much the ranks of the chosen items exceed k: Σ max(0, r(i, j) − k).

    Args:
        similarity: of all items to each of some items.
        chosen: k items for each of them.
    """
    k = chosen.shape[1]
    ordered = np.sort(similarity, axis=1)
    items = similarity.shape[1]
    values = np.take_along_axis(similarity, chosen, 1)
    total = 0.0
    for row, value in zip(ordered, values, strict=True):
        rank = items - np.searchsorted(row, value, side="right") + 1
        total += float(np.maximum(rank - k, 0).sum())
    return total


def layout_quality(
    unit: Float32[np.ndarray, "items d"],
    true: Int64[np.ndarray, "items k"],
    points: Float32[np.ndarray, "items dimensions"],
    measured: Shaped[np.ndarray, "items two"] | None = None,
) -> MapLayout:
    """Measure how well a layout preserves the neighbours of the full space.

    With U_i the k nearest items of i in the layout and r(i, j) the rank of j among the neighbours
    of i in the full space, trustworthiness is

        1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_{j∈U_i} max(0, r(i, j) − k).

    Continuity is the same with layout and full space exchanged.

    Args:
        unit: unit vectors in the full space, compared by cosine.
        true: the k nearest items of each item there.
        points: the layout, compared by Euclidean distance.
        measured: the columns of the layout that are measured; all by default.

    Returns:
        The layout with its quality.

    Source: Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001.
    """
    n, k = true.shape
    columns = (points if measured is None else measured).astype(np.float32)
    columns = columns - columns.mean(axis=0)
    blocks, lost = [], 0.0
    for rows, similarity in similarity_blocks(columns, cosine=False):
        blocks.append(nearest_indices(similarity, k))
        lost += rank_violations(similarity, true[rows])
    in_layout = np.concatenate(blocks)
    intruding = sum(
        rank_violations(similarity, in_layout[rows])
        for rows, similarity in similarity_blocks(unit, cosine=True)
    )
    scale = 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0))
    return MapLayout(
        points,
        preserved_neighbors(true, in_layout),
        round(1.0 - scale * intruding, 6),
        round(1.0 - scale * lost, 6),
    )
