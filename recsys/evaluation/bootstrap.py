"""How sure a mean over people is: the bootstrap, with the same draws for every method."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

__all__ = ["DRAWS", "Bootstrap"]

DRAWS, LEVEL = 1000, 95  # per cent
BLOCK = 100  # draws at a time


class Bootstrap:
    """Percentile intervals of means over people; paired, as all values are drawn alike.

    Args:
        people: number of people that every mean is over.
        seed: of the draws.

    Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13; Sakai, SIGIR
    2006 (paired, for evaluation of rankings).
    """

    def __init__(self, people: int, seed: int) -> None:
        rng = np.random.default_rng([seed, people])
        chosen = (rng.multinomial(people, np.full(people, 1 / people), BLOCK)
                  for _ in range(0, DRAWS, BLOCK))  # fmt: skip
        self.weights = np.concatenate([part.astype(np.float32) for part in chosen]) / people

    def interval(self, values: Float64[np.ndarray, " people"]) -> tuple[float, float]:
        """Return the ends of the 95 % interval of the mean of some values, one a person."""
        means = self.weights @ values
        ends = np.percentile(means, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
        return float(ends[0]), float(ends[1])
