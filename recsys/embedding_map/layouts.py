"""Ways to lay items out: UMAP, principal components, and one picture over another."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int64

__all__ = ["principal_components", "procrustes_align", "umap_layout"]

LEAST_DISTANCE = 0.1  # of points on the map, where its spread is 1: close groups stay readable
EPOCHS_SMALL, EPOCHS_LARGE = 500, 200
LARGE = 10_000  # items


def principal_components(
    vectors: Float32[np.ndarray, "items d"], count: int
) -> tuple[Float32[np.ndarray, "items count"], tuple[float, ...]]:
    """Return the first principal components, and the share of the variance along each.

    A component points where its largest loading is positive, so that its sign is no accident.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :count]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    shares = variances[::-1][:count] / max(float(variances.sum()), 1e-12)
    return (centred @ axes).astype(np.float32), tuple(np.round(shares, 6).tolist())


def umap_layout(
    neighbours: Int64[np.ndarray, "items k"],
    cosines: Float32[np.ndarray, "items k"],
    start: Float32[np.ndarray, "items dimensions"],
    seed: int,
) -> Float32[np.ndarray, "items dimensions"]:
    """Lay items out by UMAP; one thread, so the same seed gives the same bits.

    The neighbours are exact and given, which spares UMAP's own search for them, and the start is
    given too: from principal components the large shapes of the map mean something.

    Args:
        neighbours: nearest items of each, nearest first, itself left out.
        cosines: of each item with its neighbours.
        start: where the items begin; UMAP brings each axis to the same width.
        seed: of the negative samples.

    Source: McInnes, Healy and Melville, arXiv:1802.03426.
    """
    import umap.umap_ as umap  # noqa: PLC0415 - 12 seconds, and never in the app's process

    items, dimensions = start.shape
    # UMAP counts an item as the first of its own neighbours, at distance 0
    indices = np.column_stack([np.arange(items), neighbours]).astype(np.int32)
    distances = np.column_stack([np.zeros(items), np.maximum(1.0 - cosines, 0.0)])
    distances = distances.astype(np.float32)
    random = np.random.RandomState(seed)  # the kind that UMAP takes
    graph, _, _ = umap.fuzzy_simplicial_set(
        start, indices.shape[1], random, "precomputed", knn_indices=indices, knn_dists=distances
    )
    a, b = umap.find_ab_params(1.0, LEAST_DISTANCE)
    points, _ = umap.simplicial_set_embedding(
        start, graph, dimensions, initial_alpha=1.0, a=a, b=b, gamma=1.0, negative_sample_rate=5,
        n_epochs=EPOCHS_LARGE if items > LARGE else EPOCHS_SMALL, init=start, random_state=random,
        metric="cosine", metric_kwds={}, densmap=False, densmap_kwds={}, output_dens=False,
    )  # fmt: skip
    centred: Float32[np.ndarray, "items dimensions"] = points - points.mean(axis=0)
    return centred


def procrustes_align(
    points: Float32[np.ndarray, "items dimensions"],
    model: Float32[np.ndarray, "items dimensions"],
) -> Float32[np.ndarray, "items dimensions"]:
    """Turn, mirror, scale and move a picture so that it lies over another as well as it can.

    Minimises Σ_i |s R x_i + t − y_i|² over rotations and reflections R, scale s and shift t, so a
    change of pictures shows what changed and not how they happened to lie.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    """
    x, y = points.astype(np.float64), model.astype(np.float64)
    middle_x, middle_y = x.mean(axis=0), y.mean(axis=0)
    x, y = x - middle_x, y - middle_y
    left, values, right = np.linalg.svd(x.T @ y)
    scale = values.sum() / max(float((x * x).sum()), 1e-12)
    turned: Float64[np.ndarray, "items dimensions"] = scale * x @ (left @ right) + middle_y
    return turned.astype(np.float32)
