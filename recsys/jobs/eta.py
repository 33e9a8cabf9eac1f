"""The remaining time of a run, estimated from the duration of its last steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from recsys.jobs.run_config import RunConfig
from recsys.jobs.run_history import RunHistory
from recsys.jobs.step_curve import StepCurve

__all__ = ["TimeEstimate", "estimate_time"]

LAST_STEPS, BLOCKS = 400, 10  # steps that count, and blocks whose means give the range
LAST_EVALUATIONS = 9  # that count


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """Speed and remaining time of a run.

    Attributes:
        per_second: steps per second.
        done, of: steps of both parts together, those of the second as far as they are known.
        left: seconds, at the 10 %, 50 % and 90 % quantile of the last steps; none until there are
            enough steps.
    """

    per_second: float
    done: int
    of: int
    left: tuple[float, float, float] | None


def estimate_time(history: RunHistory, config: RunConfig) -> TimeEstimate:
    """Estimate speed and remaining time; early stopping can only shorten it.

    Args:
        history: of the run.
        config: of the run.

    Returns:
        The estimate.
    """
    curve = history.parts.get(history.part) or StepCurve()
    search, final = history.parts.get("search"), history.parts.get("final")
    done, of = curve.done, curve.steps
    refit_steps = 0.0  # of a second training that has not begun, in durations of present steps
    if search and final:
        done, of = search.done + final.done, search.done + final.steps
    elif search and config.refit:
        refit_steps = search.steps / (1 - config.validation)
        of = search.steps + round(refit_steps)
    blocks = _block_means(curve)
    if blocks is None:
        return TimeEstimate(0.0, done, of, None)
    low, middle, high = (float(seconds) for seconds in np.quantile(blocks, [0.1, 0.5, 0.9]))
    steps = curve.steps - curve.done + refit_steps
    evaluations = _evaluation_seconds(curve) * _evaluations_left(curve)
    left = (steps * low + evaluations, steps * middle + evaluations, steps * high + evaluations)
    return TimeEstimate(1 / middle if middle else 0.0, done, of, left)


def _block_means(curve: StepCurve) -> Float64[np.ndarray, " blocks"] | None:
    """Return the mean duration of a step in each block of the last steps; none for too few."""
    seconds = curve.column("seconds")[-LAST_STEPS:]
    if seconds.size < BLOCKS:
        return None
    means: Float64[np.ndarray, " blocks"] = np.array(
        [block.mean() for block in np.array_split(seconds, BLOCKS)]
    )
    return means


def _evaluation_seconds(curve: StepCurve) -> float:
    """Return the median time between a step and its evaluation."""
    steps, at = curve.column("step"), curve.column("at")
    points = [point for point in curve.evaluations[-LAST_EVALUATIONS:] if point.step <= steps.size]
    seconds = [point.at - at[np.searchsorted(steps, point.step)] for point in points]
    return max(0.0, float(np.median(seconds))) if seconds else 0.0


def _evaluations_left(curve: StepCurve) -> float:
    if not curve.evaluations or not curve.done:
        return 0.0
    return len(curve.evaluations) / curve.done * (curve.steps - curve.done)
