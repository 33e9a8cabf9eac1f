"""Where a person stands on the map: among what they rated, by what each rating contributes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64

from recsys.serving.fold_in import FoldedInUser, ItemFactors, to_numpy

__all__ = ["rating_contributions", "user_position"]


def rating_contributions(side: ItemFactors, person: FoldedInUser) -> Float64[np.ndarray, " rated"]:
    """Return the part of what a person's ratings tell that each of them tells; they sum to 1.

    What a person's ratings tell is v = Σ_i w_i e_i G (see ``fold_in``), so with
    c_i = w_i e_i G v / |v|² the parts sum to v · v / |v|² = 1. A dislike, and what pulls away from
    the rest, is below zero.

    Args:
        side: the model's items.
        person: folded in; all parts are zero where nothing is known of them.
    """
    rows = person.rows
    if rows.size == 0:
        return np.zeros(0)
    told = person.vector - person.base
    asked = to_numpy(side.estimator.item_response(told[None, :], rows.size))[0].astype(np.float64)
    parts: Float64[np.ndarray, " rated"] = person.weights * (
        to_numpy(side.embeddings)[rows] @ asked
    )
    length = float(parts.sum())
    return parts / length if length > 0 else np.zeros(rows.size)


def user_position(
    parts: Float64[np.ndarray, " rated"], places: Float32[np.ndarray, "rated dimensions"]
) -> Float64[np.ndarray, " dimensions"] | None:
    """Return a person's place: the mean of their rated anime's places, weighted by contribution.

    What speaks against something gives no place, so a person always stands among their likes.

    Args:
        parts: from ``rating_contributions``.
        places: of the rated anime on some picture.

    Returns:
        A place on that picture, or none for somebody without likes.
    """
    weights = np.maximum(parts, 0.0)
    total = float(weights.sum())
    if total == 0.0:
        return None
    middle: Float64[np.ndarray, " dimensions"] = weights @ places / total
    return middle
