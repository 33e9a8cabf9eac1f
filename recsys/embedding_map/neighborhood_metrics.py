"""Quality of a layout: preserved neighbours, trustworthiness and continuity."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64, Shaped, UInt8

from recsys.embedding_map.types import MapLayout
from recsys.models.nearest_neighbors import nearest_indices, similarity_blocks

__all__ = [
    "layout_quality",
    "preserved_neighbors",
    "rank_violations",
]


def preserved_neighbors(
    true: Int64[np.ndarray, "items k"], drawn: Int64[np.ndarray, "items k"]
) -> UInt8[np.ndarray, " items"]:
    """Count the true neighbours of each item that are among those on the picture."""
    same = true[:, :, None] == drawn[:, None, :]
    counts: UInt8[np.ndarray, " items"] = same.any(axis=2).sum(axis=1).astype(np.uint8)
    return counts


def rank_violations(
    close: Float32[np.ndarray, "rows items"],
    chosen: Int64[np.ndarray, "rows k"],
) -> float:
    """Sum how far beyond the k nearest the chosen items lie: Σ max(0, r(i, j) − k).

    Args:
        close: how close all items are to each of some.
        chosen: k items for each of them.
    """
    k = chosen.shape[1]
    ordered = np.sort(close, axis=1)
    items = close.shape[1]
    values = np.take_along_axis(close, chosen, 1)
    beyond = 0.0
    for row, value in zip(ordered, values, strict=True):
        rank = items - np.searchsorted(row, value, side="right") + 1
        beyond += float(np.maximum(rank - k, 0).sum())
    return beyond


def layout_quality(
    unit: Float32[np.ndarray, "items d"],
    true: Int64[np.ndarray, "items k"],
    points: Float32[np.ndarray, "items dimensions"],
    flat: Shaped[np.ndarray, "items two"] | None = None,
) -> MapLayout:
    """Hold a picture to the full space that it shows.

    With U_i the k nearest on the picture and r(i, j) the rank of j among the neighbours of i in
    the full space, trustworthiness is

        1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_{j∈U_i} max(0, r(i, j) − k).

    Continuity is the same with picture and space exchanged.

    Args:
        unit: directions in the full space, compared by cosine.
        true: the k nearest of each item there.
        points: the picture, compared by distance.
        flat: the part of the picture that is judged, where not all of it is.

    Source: Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001.
    """
    n, k = true.shape
    judged = (points if flat is None else flat).astype(np.float32)
    judged = judged - judged.mean(axis=0)
    drawn, torn = [], 0.0
    for rows, close in similarity_blocks(judged, cosine=False):
        drawn.append(nearest_indices(close, k))
        torn += rank_violations(close, true[rows])
    on_picture = np.concatenate(drawn)
    strange = sum(
        rank_violations(close, on_picture[rows])
        for rows, close in similarity_blocks(unit, cosine=True)
    )
    unit_of_loss = 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0))
    return MapLayout(
        points,
        preserved_neighbors(true, on_picture),
        round(1.0 - unit_of_loss * strange, 6),
        round(1.0 - unit_of_loss * torn, 6),
    )
