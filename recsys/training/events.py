"""Training events: what the trainer reports while it runs.

The trainer yields events; its caller decides what to do with them. Each event is one JSON object
in the journal of a run, whose names of events and keys are fixed by existing run folders.
"""

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
    """Base class of all events.

    Attributes:
        step: number of steps done; 0 before the first one.
    """

    step: int
    kind: ClassVar[str] = ""  # name of the event in the journal

    def to_dict(self) -> dict[str, Any]:
        """Return the event as one JSON object with its kind."""
        return {"event": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A training starts, or continues from a saved state.

    Attributes:
        steps: number of steps of the training.
        users, items, edges: size of the training graph.
        parameters: numbers in E⁰.
        device: of the computation.
    """

    kind: ClassVar[str] = "started"
    steps: int
    users: int
    items: int
    edges: int
    parameters: int
    device: str


@dataclass(frozen=True, slots=True)
class StepCompleted(Event):
    """One optimiser step was done.

    Attributes:
        epoch: passes over the data so far, with a fraction.
        loss: of the batch of this step, L2 term included.
        gradient_norm: Euclidean norm of the gradient of E⁰.
        learning_rate: η of this step.
        seconds: duration of this step.
    """

    kind: ClassVar[str] = "progress"
    epoch: float
    loss: float
    gradient_norm: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluated(Event):
    """The model was evaluated on the validation edges.

    Attributes:
        metrics: by name, such as ``ndcg@20``; empty where nothing is held out.
        best: whether this is the best evaluation so far.
    """

    kind: ClassVar[str] = "evaluated"
    metrics: dict[str, float]
    best: bool


@dataclass(frozen=True, slots=True)
class BaselineEvaluated(Event):
    """A baseline was evaluated on the validation edges.

    Attributes:
        method: name of the baseline.
        metrics: those of ``Evaluated``; empty where the baseline was left out.
        told: its hyperparameters in words, or why it was left out (the key in the journal).
    """

    kind: ClassVar[str] = "compared"
    method: str
    metrics: dict[str, float]
    told: str


@dataclass(frozen=True, slots=True)
class StateSaved(Event):
    """The state from which the training can resume is on disk.

    Attributes:
        path: of the file.
    """

    kind: ClassVar[str] = "saved"
    path: str


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The training has ended.

    Attributes:
        best_step: step of the model that is kept.
        reason: why the training ended.
    """

    kind: ClassVar[str] = "finished"
    best_step: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    """The training was asked to stop.

    Attributes:
        best_step: step of the model that is kept.
    """

    kind: ClassVar[str] = "cancelled"
    best_step: int


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The training cannot continue.

    Attributes:
        reason: what went wrong and what to do.
        kept_step: step of the last good model, which is kept; 0 where there is none.
    """

    kind: ClassVar[str] = "failed"
    reason: str
    kept_step: int
