"""The shape of the full space: its clusters, and how far propagation has smoothed it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64

from recsys.embedding_map.types import Smoothness

__all__ = ["cluster_items", "smoothness"]

PAIRS = 100_000
ITEMS_PER_CLUSTER = 420  # enough to have genres of its own, few enough for a legend
FEWEST, MOST = 4, 24


def cluster_items(unit: Float32[np.ndarray, "items d"], seed: int) -> Int64[np.ndarray, " items"]:
    """Group items by direction with k-means in the full space; 0 is the largest group.

    Every title belongs somewhere, which a map with names on it needs; density-based clustering
    leaves most titles of such a space out as noise.
    """
    from sklearn.cluster import KMeans  # noqa: PLC0415 - only who computes a projection needs it

    count = int(np.clip(len(unit) // ITEMS_PER_CLUSTER, FEWEST, MOST))
    found = KMeans(count, n_init=4, random_state=seed).fit_predict(unit)
    by_size = np.argsort(-np.bincount(found, minlength=count), kind="stable")
    cluster: Int64[np.ndarray, " items"] = np.argsort(by_size, kind="stable")[found]
    return cluster


def smoothness(vectors: Float32[np.ndarray, "items d"], seed: int) -> Smoothness:
    """Measure how alike items are: mean cosine of random pairs, and effective rank.

    Effective rank is exp(−Σ p_i log p_i) with p_i = σ_i / Σ σ of the singular values: how many
    dimensions the items really spread over.

    Source: Roy and Vetterli, "The effective rank", EUSIPCO 2007; Li, Han and Wu, AAAI 2018, on
    over-smoothing.
    """
    random = np.random.default_rng(seed)
    items, d = vectors.shape
    first = random.integers(0, items, PAIRS)
    second = (first + random.integers(1, items, PAIRS)) % items  # never itself
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    products = np.einsum("ij,ij->i", vectors[first], vectors[second], dtype=np.float64)
    squares = np.linalg.eigvalsh(vectors.T.astype(np.float64) @ vectors.astype(np.float64))
    singular = np.sqrt(np.maximum(squares, 0.0))
    p = singular / max(float(singular.sum()), 1e-12)
    entropy = -float((p[p > 0] * np.log(p[p > 0])).sum())
    return Smoothness(
        round(float((products / (lengths[first] * lengths[second])).mean()), 6),
        round(float(np.exp(entropy)), 4),
        d,
    )
