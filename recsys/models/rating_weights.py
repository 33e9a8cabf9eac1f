"""Rating weights: how much a rating of each value counts in a user's history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Shaped

__all__ = ["rating_weights"]


def rating_weights(
    ratings: Shaped[np.ndarray, " n"], weights: Sequence[float]
) -> Float32[np.ndarray, " n"]:
    """Return the weight of each rating.

    Args:
        ratings: 1 to 10 each; NaN for a like without a rating.
        weights: weight of a rating of 1, 2, … 10; interpolated linearly in between.

    Returns:
        The weights; 1 for a like without a rating.
    """
    values = ratings.astype(np.float64)
    interpolated = np.interp(values, np.arange(1, len(weights) + 1), weights)
    return np.where(np.isnan(values), 1.0, interpolated).astype(np.float32)
