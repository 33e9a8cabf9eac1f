"""Step curves: the loss and other values of every step of one part of a run."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

__all__ = ["CURVES", "StepCurve", "ValidationPoint"]

CURVES = ("step", "epoch", "loss", "gradient_norm", "learning_rate", "seconds", "at")


@dataclass(frozen=True, slots=True)
class ValidationPoint:
    """The validation metrics after a step.

    Attributes:
        step: steps done.
        metrics: by name, such as ``ndcg@20``; empty where nothing was held out.
        best: whether they are the best so far.
        at: time in seconds since 1970.
    """

    step: int
    metrics: Mapping[str, float]
    best: bool
    at: float


@dataclass(slots=True)
class StepCurve:
    """The steps of one part of a run, in order, each once.

    Attributes:
        steps: number of steps that this part will take.
        begun: time of its first start, in seconds since 1970.
        values: an array for each of ``CURVES``, all of the same length.
        evaluations: the evaluations on the way.
    """

    steps: int = 0
    begun: float = 0.0
    values: dict[str, array[float]] = field(
        default_factory=lambda: {name: array("d") for name in CURVES}
    )
    evaluations: list[ValidationPoint] = field(default_factory=list)

    def column(self, name: str) -> Float64[np.ndarray, " steps"]:
        """Return a copy of one of ``CURVES``: a view would block further appends."""
        return np.frombuffer(self.values[name][:])

    def snapshot(self) -> StepCurve:
        """Return a copy that later events do not change."""
        values = {name: numbers[:] for name, numbers in self.values.items()}
        return StepCurve(self.steps, self.begun, values, list(self.evaluations))

    @property
    def done(self) -> int:
        """Number of steps done."""
        return int(self.values["step"][-1]) if self.values["step"] else 0

    def truncate(self, step: int) -> None:
        """Remove what came after a step: the run was resumed from there."""
        steps = self.values["step"]
        keep = len(steps)
        while keep and steps[keep - 1] > step:
            keep -= 1
        for values in self.values.values():
            del values[keep:]
        self.evaluations = [point for point in self.evaluations if point.step <= step]
