"""Clusters of the items in the full space, and smoothness of their vectors."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64

from recsys.embedding_map.types import Smoothness

__all__ = ["cluster_items", "smoothness"]

PAIRS = 100_000  # random pairs for the mean cosine
ITEMS_PER_CLUSTER = 420  # enough for genres of its own, and few enough clusters for a legend
MIN_CLUSTERS, MAX_CLUSTERS = 4, 24


def cluster_items(unit: Float32[np.ndarray, "items d"], seed: int) -> Int64[np.ndarray, " items"]:
    """Cluster items by direction, with k-means in the full space.

    K-means assigns every item to a cluster, which a map with named regions needs. Density-based
    clustering leaves most items of such a space out as noise.

    Args:
        unit: unit vectors.
        seed: of the initial centres.

    Returns:
        The cluster of each item; 0 is the largest.
    """
    from sklearn.cluster import KMeans  # noqa: PLC0415 - maps are read without scikit-learn

    count = int(np.clip(len(unit) // ITEMS_PER_CLUSTER, MIN_CLUSTERS, MAX_CLUSTERS))
    labels = KMeans(count, n_init=4, random_state=seed).fit_predict(unit)
    by_size = np.argsort(-np.bincount(labels, minlength=count), kind="stable")
    cluster: Int64[np.ndarray, " items"] = np.argsort(by_size, kind="stable")[labels]
    return cluster


def smoothness(vectors: Float32[np.ndarray, "items d"], seed: int) -> Smoothness:
    """Measure how similar items are: mean cosine of random pairs, and effective rank.

    The effective rank is exp(−Σ p_i log p_i) with p_i = σ_i / Σ σ of the singular values: the
    number of dimensions that the items spread over.

    Args:
        vectors: one vector an item.
        seed: draws the pairs.

    Returns:
        Both measures.

    Source: Roy and Vetterli, "The effective rank", EUSIPCO 2007; Li, Han and Wu, AAAI 2018, on
    over-smoothing.
    """
    random = np.random.default_rng(seed)
    items, d = vectors.shape
    first = random.integers(0, items, PAIRS)
    second = (first + random.integers(1, items, PAIRS)) % items  # never the same item
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    products = np.einsum("ij,ij->i", vectors[first], vectors[second], dtype=np.float64)
    squares = np.linalg.eigvalsh(vectors.T.astype(np.float64) @ vectors.astype(np.float64))
    singular_values = np.sqrt(np.maximum(squares, 0.0))
    p = singular_values / max(float(singular_values.sum()), 1e-12)
    entropy = -float((p[p > 0] * np.log(p[p > 0])).sum())
    return Smoothness(
        round(float((products / (lengths[first] * lengths[second])).mean()), 6),
        round(float(np.exp(entropy)), 4),
        d,
    )
