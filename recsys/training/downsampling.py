"""Long curves made short enough to draw, and noisy ones smooth enough to read."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from jaxtyping import Float64

__all__ = ["downsample", "smooth_curve"]


def downsample(
    x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], most: int = 500
) -> tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
    """Keep at most so many points of a curve: first, last, and the extremes of equal stretches.

    What stands out stays where it is; a peak of one step among 100,000 is still drawn.

    Args:
        x: ascending.
        y: finite.
        most: points to keep, 4 or more.
    """
    if x.size <= most:
        return x, y
    stretches = np.array_split(np.arange(1, x.size - 1), (most - 2) // 2)
    kept = {0, x.size - 1}
    for stretch in stretches:
        part = y[stretch]
        kept.add(int(stretch[part.argmin()]))
        kept.add(int(stretch[part.argmax()]))
    order = np.array(sorted(kept))
    return x[order], y[order]


def smooth_curve(y: Float64[np.ndarray, " n"], inertia: float) -> Float64[np.ndarray, " n"]:
    """Return the running mean of a curve: each point keeps so much of the mean before it.

    m_t = β m_{t−1} + (1 − β) y_t, divided by 1 − β^t, so that the beginning is not pulled to zero.

    Args:
        y: the curve.
        inertia: β, from 0 (the curve itself) to below 1.

    Source: Kingma & Ba, ICLR 2015, section 3 (the same correction of the same mean).
    """
    if inertia <= 0 or y.size == 0:
        return y
    means = accumulate(
        y.tolist(), lambda mean, value: inertia * mean + (1 - inertia) * value, initial=0.0
    )
    next(means)
    weights = 1 - inertia ** np.arange(1, y.size + 1)
    result: Float64[np.ndarray, " n"] = np.array(list(means)) / weights
    return result
