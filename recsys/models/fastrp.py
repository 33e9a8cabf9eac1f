"""FastRP: embeddings of graph nodes by random projection, without training.

Each node starts from a random vector, which is averaged over its neighbours a few times. A random
projection nearly preserves distances, so nodes with similar neighbourhoods have similar vectors.

Source: Chen et al., CIKM 2019, "Fast and Accurate Network Embeddings via Very Sparse Random
Projection", algorithm 1.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from recsys.data.interactions import Interactions
from recsys.models.nearest_neighbors import unit_vectors

__all__ = ["fastrp"]


def fastrp(
    likes: Interactions,
    *,
    dimension: int = 512,
    weights: tuple[float, ...] = (1.0,),
    beta: float = -0.5,
    seed: int = 0,
) -> Float32[np.ndarray, "items d"]:
    """Return embeddings of the items of a bipartite graph.

    With the transition matrix P = D⁻¹ A over users and items, a very sparse random matrix R and
    L = diag((d_j / 2m)^β), the embedding is Σ_k w_k · normalised(P^k L R), k = 1 … K.

    Args:
        likes: the edges.
        dimension: d, at most the number of nodes.
        weights: w_1 … w_K of the hops. Odd hops describe an item by its users, even hops by items.
            One hop has the best recall for new users of what was tried (benchmarks/README.md).
        beta: exponent of the degree; below zero, popular nodes count less.
        seed: seed of R.
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
        user_hop = matrix @ hop[users:] / degrees[:users, None]
        hop[users:] = matrix.T @ hop[:users] / degrees[users:, None]
        hop[:users] = user_hop
        total += np.float32(weight) * unit_vectors(hop[users:])
    return total
