"""FastRP: embeddings of a graph's nodes by random projection, without any training.

The quick alternative to a learned model: a random vector a node, mixed with those of its
neighbours a few times. Near nodes have near vectors, as distances survive a random projection.

Source: Chen et al., CIKM 2019, "Fast and Accurate Network Embeddings via Very Sparse Random
Projection", algorithm 1.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from recsys.data.interactions import Interactions

__all__ = ["fastrp"]

_Vectors = Float32[np.ndarray, "nodes d"]


def fastrp(
    likes: Interactions,
    *,
    dimension: int = 512,
    weights: tuple[float, ...] = (1.0,),
    beta: float = -0.5,
    seed: int = 0,
) -> Float32[np.ndarray, "items d"]:
    """Embed the items of a bipartite graph.

    With the transition matrix P = D⁻¹ A over people and items, a very sparse random matrix R and
    L = diag((d_j / 2m)^β), the embedding is Σ_k w_k · normalised(P^k L R), k = 1 … K.

    Args:
        likes: the edges.
        dimension: d, at most the number of nodes.
        weights: w_1 … w_K of the hops. Odd hops describe an item by people, even ones by items; one
            hop finds new people's likes best of what was tried (benchmarks/README.md).
        beta: power of the degree; below zero what everybody likes tells less.
        seed: of R.
    """
    from sklearn.random_projection import SparseRandomProjection  # noqa: PLC0415 - seldom needed

    users, items = len(likes.users), len(likes.items)
    dimension = min(dimension, users + items)
    matrix = likes.to_scipy()
    degrees = np.concatenate([likes.user_degrees, likes.item_degrees]).astype(np.float32)
    degrees = np.maximum(degrees, 1)
    projection = SparseRandomProjection(dimension, random_state=seed)
    random = projection.fit(np.zeros((1, users + items), dtype=np.float32)).components_.T
    hop = random.multiply((degrees / degrees.sum())[:, None] ** beta).toarray().astype(np.float32)
    total = np.zeros((items, dimension), dtype=np.float32)
    for weight in weights:
        people = matrix @ hop[users:] / degrees[:users, None]
        hop[users:] = matrix.T @ hop[:users] / degrees[users:, None]
        hop[:users] = people
        total += np.float32(weight) * _normalised(hop[users:])
    return total


def _normalised(vectors: _Vectors) -> _Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: _Vectors = vectors / np.maximum(norms, 1e-12)
    return unit
