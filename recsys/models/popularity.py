"""Popularity: the same list for everybody, by number of likes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from recsys.data.interactions import Interactions

__all__ = ["Popularity"]


class Popularity:
    """Scores an item by its number of likes in training.

    Args:
        likes: the training likes.
    """

    name = "popularity"

    def __init__(self, likes: Interactions) -> None:
        self.degrees = likes.item_degrees.astype(np.float32)

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all items, in the training columns."""
        return np.tile(self.degrees, (len(given.users), 1))
