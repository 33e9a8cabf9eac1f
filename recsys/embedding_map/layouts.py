"""Layouts: UMAP, principal components, and Procrustes alignment of two layouts."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int64

__all__ = ["principal_components", "procrustes_align", "umap_layout"]

MIN_DIST = 0.1  # of UMAP: between points, where the spread is 1; close groups stay readable
EPOCHS_SMALL, EPOCHS_LARGE = 500, 200  # as in umap-learn
LARGE = 10_000  # items


def principal_components(
    vectors: Float32[np.ndarray, "items d"], count: int
) -> tuple[Float32[np.ndarray, "items count"], tuple[float, ...]]:
    """Project vectors on their first principal components.

    The sign of a component is such that its largest loading is positive.

    Args:
        vectors: one vector an item.
        count: number of components.

    Returns:
        The projections, and the share of the variance along each component.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :count]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    shares = variances[::-1][:count] / max(float(variances.sum()), 1e-12)
    return (centred @ axes).astype(np.float32), tuple(np.round(shares, 6).tolist())


def umap_layout(
    neighbors: Int64[np.ndarray, "items k"],
    cosines: Float32[np.ndarray, "items k"],
    start: Float32[np.ndarray, "items dimensions"],
    seed: int,
) -> Float32[np.ndarray, "items dimensions"]:
    """Compute a UMAP layout in one thread, so that the same seed gives the same bits.

    The exact neighbours are given, so UMAP need not search for them. The start is given too: from
    principal components the large-scale shape of the layout has a meaning.

    Args:
        neighbors: nearest items of each item, nearest first, without the item itself.
        cosines: of each item with its neighbours.
        start: initial positions; UMAP scales each axis to the same width.
        seed: of the negative samples.

    Returns:
        The positions, centred.

    Source: McInnes, Healy and Melville, arXiv:1802.03426.
    """
    import umap.umap_ as umap  # noqa: PLC0415 - 12 seconds, and never in the app's process

    items, dimensions = start.shape
    # UMAP counts an item as the first of its own neighbours, at distance 0
    indices = np.column_stack([np.arange(items), neighbors]).astype(np.int32)
    distances = np.column_stack([np.zeros(items), np.maximum(1.0 - cosines, 0.0)])
    distances = distances.astype(np.float32)
    random = np.random.RandomState(seed)  # the type that UMAP takes
    graph, _, _ = umap.fuzzy_simplicial_set(
        start, indices.shape[1], random, "precomputed", knn_indices=indices, knn_dists=distances
    )
    a, b = umap.find_ab_params(1.0, MIN_DIST)
    points, _ = umap.simplicial_set_embedding(
        start, graph, dimensions, initial_alpha=1.0, a=a, b=b, gamma=1.0, negative_sample_rate=5,
        n_epochs=EPOCHS_LARGE if items > LARGE else EPOCHS_SMALL, init=start, random_state=random,
        metric="cosine", metric_kwds={}, densmap=False, densmap_kwds={}, output_dens=False,
    )  # fmt: skip
    centred: Float32[np.ndarray, "items dimensions"] = points - points.mean(axis=0)
    return centred


def procrustes_align(
    points: Float32[np.ndarray, "items dimensions"],
    target: Float32[np.ndarray, "items dimensions"],
) -> Float32[np.ndarray, "items dimensions"]:
    """Rotate, reflect, scale and shift a layout to fit another one.

    Minimises Σ_i |s R x_i + t − y_i|² over rotations and reflections R, scale s and shift t, so
    that a difference between two layouts is not a difference of orientation.

    Args:
        points: the layout to move, x.
        target: the layout to fit, y.

    Returns:
        The moved layout.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    """
    from scipy.linalg import orthogonal_procrustes  # noqa: PLC0415 - maps are read without scipy

    x, y = points.astype(np.float64), target.astype(np.float64)
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    x, y = x - mean_x, y - mean_y
    rotation, singular_values = orthogonal_procrustes(x, y)
    scale = singular_values / max(float((x * x).sum()), 1e-12)
    aligned: Float64[np.ndarray, "items dimensions"] = scale * x @ rotation + mean_y
    return aligned.astype(np.float32)
