"""Where a person stands on the map: among what they rated, by what each rating contributes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64

from recsys.serving.fold_in import ItemSide, Person, host

__all__ = ["contributions", "position"]


def contributions(side: ItemSide, person: Person) -> Float64[np.ndarray, " rated"]:
    """Return the part of a person's vector that each rated anime contributes; they sum to 1.

    A person's vector is v = Σ_i w_i S_i (see ``fold_in``), so with c_i = w_i S_i · v / |v|² the
    parts sum to v · v / |v|² = 1. A dislike, and what pulls away from the rest, is below zero.

    Args:
        side: the model's items.
        person: folded in; all parts are zero where nothing is known of them.
    """
    vector = host(person.vector).astype(np.float64)
    length = float(vector @ vector)
    if length == 0.0:
        return np.zeros(len(person.rows))
    sources = host(side.sources)[person.rows].astype(np.float64)
    parts: Float64[np.ndarray, " rated"] = person.weights * (sources @ vector) / length
    return parts


def position(
    parts: Float64[np.ndarray, " rated"], places: Float32[np.ndarray, "rated dimensions"]
) -> Float64[np.ndarray, " dimensions"] | None:
    """Return a person's place: the mean of their rated anime's places, weighted by contribution.

    What speaks against something gives no place, so a person always stands among their likes.

    Args:
        parts: from ``contributions``.
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
