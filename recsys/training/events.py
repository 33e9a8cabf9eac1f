"""What a training says while it runs. Whoever drives the trainer decides what to do with them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

__all__ = [
    "BaselineEvaluated",
    "Cancelled",
    "Evaluated",
    "Event",
    "Failed",
    "Finished",
    "Started",
    "StateSaved",
    "StepCompleted",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a step (steps done so far, 0 before the first)."""

    step: int
    kind: ClassVar[str] = ""  # its name in the journal; existing run folders hold these names

    def to_dict(self) -> dict[str, Any]:
        """Return the event as one JSON object with its kind."""
        return {"event": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The run begins, or goes on from a saved state."""

    kind: ClassVar[str] = "started"
    steps: int
    users: int
    items: int
    edges: int
    parameters: int
    device: str


@dataclass(frozen=True, slots=True)
class StepCompleted(Event):
    """One step was done.

    Attributes:
        epoch: passes over the data, a fraction within a pass.
        loss: of this step's batch, L2 included.
        gradient_norm: Euclidean length of the gradient of E⁰.
        learning_rate: η of this step.
        seconds: this step took.
    """

    kind: ClassVar[str] = "progress"
    epoch: float
    loss: float
    gradient_norm: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluated(Event):
    """The validation edges were ranked: ``metrics`` at 20, and whether it is the best so far."""

    kind: ClassVar[str] = "evaluated"
    metrics: dict[str, float]
    best: bool


@dataclass(frozen=True, slots=True)
class BaselineEvaluated(Event):
    """A baseline was measured on the same split.

    Attributes:
        method: its name.
        metrics: those of ``Evaluated``; empty where it was left out.
        told: its numbers in words, or why it was left out.
    """

    kind: ClassVar[str] = "compared"
    method: str
    metrics: dict[str, float]
    told: str


@dataclass(frozen=True, slots=True)
class StateSaved(Event):
    """The state for resuming is on disk at ``path``."""

    kind: ClassVar[str] = "saved"
    path: str


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run is over; ``best_step`` is the step whose model is kept, ``reason`` why it ended."""

    kind: ClassVar[str] = "finished"
    best_step: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    """The run was asked to stop; the best model so far is kept."""

    kind: ClassVar[str] = "cancelled"
    best_step: int


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The run cannot go on; the last good model is kept, ``reason`` says what happened."""

    kind: ClassVar[str] = "failed"
    reason: str
    kept_step: int
