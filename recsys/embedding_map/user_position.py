"""Position of a user on the map: the mean of their rated items, weighted by contribution."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64

from recsys.serving.fold_in import FoldedInUser, ItemFactors, to_numpy

__all__ = ["rating_contributions", "user_position"]


def rating_contributions(
    item_factors: ItemFactors, user: FoldedInUser
) -> Float64[np.ndarray, " rated"]:
    """Return the share that each rating has in the rated part of a user's embedding.

    The rated part is v = Σ_i w_i e_i G (see ``recsys.serving.fold_in``). With
    c_i = w_i e_i G v / |v|² the shares sum to v · v / |v|² = 1. The share of a dislike, or of an
    item that differs from the rest, can be negative.

    Args:
        item_factors: the items of the model.
        user: a folded-in user.

    Returns:
        One share a rated item; all zero where v is zero.
    """
    rows = user.rows
    if rows.size == 0:
        return np.zeros(0)
    rated_part = user.embedding - user.baseline
    response = to_numpy(item_factors.estimator.item_response(rated_part[None, :], rows.size))
    shares: Float64[np.ndarray, " rated"] = user.weights * (
        to_numpy(item_factors.embeddings)[rows] @ response[0].astype(np.float64)
    )
    total = float(shares.sum())
    return shares / total if total > 0 else np.zeros(rows.size)


def user_position(
    shares: Float64[np.ndarray, " rated"], points: Float32[np.ndarray, "rated dimensions"]
) -> Float64[np.ndarray, " dimensions"] | None:
    """Return a user's position in a layout: the mean of the rated items' points, by share.

    Negative shares count as zero, so the position always lies among the liked items.

    Args:
        shares: from ``rating_contributions``.
        points: positions of the rated items in a layout.

    Returns:
        A point of that layout; None for a user without likes.
    """
    weights = np.maximum(shares, 0.0)
    total = float(weights.sum())
    if total == 0.0:
        return None
    mean: Float64[np.ndarray, " dimensions"] = weights @ points / total
    return mean
