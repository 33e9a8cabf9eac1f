"""How fast a run goes, and how long it will still take: with the spread that its own steps show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from recsys.jobs.run_folder import RunConfig
from recsys.jobs.run_history import RunHistory
from recsys.jobs.step_curve import StepCurve

__all__ = ["TimeEstimate", "estimate_time"]

LOOKED_AT, BLOCKS = 400, 10  # steps, and the blocks whose means show the spread


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """The speed of the last steps, and the time left.

    Attributes:
        per_second: steps.
        done, of: steps of all parts together, the second one counted as far as it is known.
        left: seconds, at the tenth, the half and the nine tenths of how the last steps went; none
            until there are enough of them.
    """

    per_second: float
    done: int
    of: int
    left: tuple[float, float, float] | None


def estimate_time(history: RunHistory, config: RunConfig) -> TimeEstimate:
    """Say how fast a run goes; early stopping can only make it end sooner."""
    curve = history.parts.get(history.part) or StepCurve()
    search, final = history.parts.get("search"), history.parts.get("final")
    done, of = curve.done, curve.steps
    again = 0.0  # steps still to come in a second training, in time of the first one's
    if search and final:
        done, of = search.done + final.done, search.done + final.steps
    elif search and config.refit:
        again = search.steps / (1 - config.validation)
        of = search.steps + round(again)
    blocks = _blocks(curve)
    if blocks is None:
        return TimeEstimate(0.0, done, of, None)
    low, middle, high = (float(x) for x in np.quantile(blocks, [0.1, 0.5, 0.9]))
    steps = curve.steps - curve.done + again
    looks = _look_seconds(curve) * _looks_left(curve)
    left = (steps * low + looks, steps * middle + looks, steps * high + looks)
    return TimeEstimate(1 / middle if middle else 0.0, done, of, left)


def _blocks(curve: StepCurve) -> Float64[np.ndarray, " blocks"] | None:
    """Return the mean seconds a step of the last steps, block by block."""
    seconds = curve.column("seconds")[-LOOKED_AT:]
    if seconds.size < BLOCKS:
        return None
    means: Float64[np.ndarray, " blocks"] = np.array(
        [block.mean() for block in np.array_split(seconds, BLOCKS)]
    )
    return means


def _look_seconds(curve: StepCurve) -> float:
    """Return how long an evaluation takes: what passed between its step and the event."""
    steps, at = curve.column("step"), curve.column("at")
    looks = [one for one in curve.evaluations[-9:] if one.step <= steps.size]
    taken = [one.at - at[np.searchsorted(steps, one.step)] for one in looks]
    return max(0.0, float(np.median(taken))) if taken else 0.0


def _looks_left(curve: StepCurve) -> float:
    if not curve.evaluations or not curve.done:
        return 0.0
    return len(curve.evaluations) / curve.done * (curve.steps - curve.done)
