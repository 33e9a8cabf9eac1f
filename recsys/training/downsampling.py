"""Downsampling and smoothing of curves for plots."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from jaxtyping import Float64

__all__ = ["downsample", "smooth_curve"]


def downsample(
    x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], max_points: int = 500
) -> tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
    """Keep the first and last point of a curve, and the minimum and maximum of equal intervals.

    A peak of a single step among 100,000 is still drawn, at its position.

    Args:
        x: ascending.
        y: finite.
        max_points: number of points to keep at most, 4 or more.

    Returns:
        The selected points, x and y.
    """
    if x.size <= max_points:
        return x, y
    intervals = np.array_split(np.arange(1, x.size - 1), (max_points - 2) // 2)
    selected = {0, x.size - 1}
    for interval in intervals:
        values = y[interval]
        selected.add(int(interval[values.argmin()]))
        selected.add(int(interval[values.argmax()]))
    order = np.array(sorted(selected))
    return x[order], y[order]


def smooth_curve(y: Float64[np.ndarray, " n"], beta: float) -> Float64[np.ndarray, " n"]:
    """Return the bias-corrected exponential moving average of a curve.

    m_t = β m_{t−1} + (1 − β) y_t, divided by 1 − β^t, so that the start is not biased towards 0.

    Args:
        y: the curve.
        beta: β, from 0 (the curve itself) to below 1.

    Returns:
        The average at each point.

    Source: Kingma & Ba, ICLR 2015, section 3.
    """
    if beta <= 0 or y.size == 0:
        return y
    means = accumulate(
        y.tolist(), lambda mean, value: beta * mean + (1 - beta) * value, initial=0.0
    )
    next(means)
    weights = 1 - beta ** np.arange(1, y.size + 1)
    result: Float64[np.ndarray, " n"] = np.array(list(means)) / weights
    return result
