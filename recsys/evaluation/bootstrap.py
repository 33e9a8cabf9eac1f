"""Bootstrap confidence intervals of means, paired across methods and clustered where needed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Shaped

__all__ = ["DRAWS", "LEVEL", "Bootstrap"]

DRAWS, LEVEL = 1000, 95  # per cent
BLOCK = 100  # draws at a time


class Bootstrap:
    """Percentile intervals of means over rows that may belong to the same cluster.

    One draw resamples whole clusters with replacement, so several rows of one user are never taken
    for independent ones. With several factors (user and training draw) each is resampled on its
    own, and a row's weight is the product. All values are resampled alike, so the interval of a
    difference of two methods is paired.

    Args:
        clusters: the cluster of each row; ``np.arange(n)`` for n independent rows.
        further: further factors, one cluster a row each.
        seed: of the draws.

    Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13; Field & Welsh,
    JRSS B 2007 (clusters); Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 2007
    (several factors); Sakai, SIGIR 2006 (paired, for evaluation of rankings).
    """

    def __init__(
        self,
        clusters: Shaped[np.ndarray, " rows"],
        *further: Shaped[np.ndarray, " rows"],
        seed: int,
    ) -> None:
        self.weights = _multiplicities(clusters, seed)
        for number, factor in enumerate(further, start=1):
            self.weights *= _multiplicities(factor, seed, number)
        total = self.weights.sum(axis=1, keepdims=True)
        self.weights /= np.maximum(total, 1)

    def interval(self, values: Float64[np.ndarray, " rows"]) -> tuple[float, float]:
        """Return the ends of the 95 % interval of the mean of some values; NaN is left out."""
        defined = np.isfinite(values)
        if not defined.any():
            return float("nan"), float("nan")
        means = self.weights @ np.where(defined, values, 0.0)
        if not defined.all():
            share = self.weights @ defined.astype(np.float64)
            means = means[share > 0] / share[share > 0]
        ends = np.percentile(means, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
        return float(ends[0]), float(ends[1])


def _multiplicities(
    clusters: Shaped[np.ndarray, " rows"], *seed: int
) -> Shaped[np.ndarray, "draws rows"]:
    """Return how often each row's cluster is drawn, draw by draw."""
    ids, cluster = np.unique(clusters, return_inverse=True)
    rng = np.random.default_rng([*seed, ids.size])
    chances = np.full(ids.size, 1 / ids.size)
    blocks = (rng.multinomial(ids.size, chances, BLOCK) for _ in range(0, DRAWS, BLOCK))
    return np.concatenate([block.astype(np.float32)[:, cluster] for block in blocks])
