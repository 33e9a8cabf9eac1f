"""What a run's journal says, folded event by event: curves, figures, and how it stands."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from recsys.jobs.run_folder import RunFolder
from recsys.models.checkpoint_folder import is_checkpoint

__all__ = ["RunHistory", "RunStatus", "StepCurve", "ValidationPoint"]

CURVES = ("step", "epoch", "loss", "gradient_norm", "learning_rate", "seconds", "at")


class RunStatus(StrEnum):
    """How a run stands."""

    waiting = "waiting"
    running = "running"
    stopped = "stopped"
    failed = "failed"
    finished = "finished"


@dataclass(frozen=True, slots=True)
class ValidationPoint:
    """The validation figures after a step; ``at`` in seconds since 1970."""

    step: int
    metrics: Mapping[str, float]
    best: bool
    at: float


@dataclass(slots=True)
class StepCurve:
    """The steps of one part of a run, in order, each once.

    Attributes:
        steps: that this part will take.
        begun: when it was first started, in seconds since 1970.
        values: an array for each of ``CURVES``, equally long.
        evaluations: what was measured on the way.
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
        """Steps done."""
        return int(self.values["step"][-1]) if self.values["step"] else 0

    def back_to(self, step: int) -> None:
        """Forget what came after a step: the run went on from there."""
        steps = self.values["step"]
        keep = len(steps)
        while keep and steps[keep - 1] > step:
            keep -= 1
        for values in self.values.values():
            del values[keep:]
        self.evaluations = [one for one in self.evaluations if one.step <= step]


@dataclass(slots=True)
class RunHistory:
    """A journal, folded. Made empty; ``fold`` takes events in any portions.

    Attributes:
        started: the last ``started`` event: users, items, edges, parameters, device.
        parts: the curves of ``search`` and ``final``.
        baselines: by method, the ``compared`` event.
        ending: the event that ended the run last, or none while it goes on.
        log: what is worth telling, as (seconds since 1970, event).
        version: number of events folded.
    """

    started: dict[str, Any] | None = None
    parts: dict[str, StepCurve] = field(default_factory=dict)
    baselines: dict[str, dict[str, Any]] = field(default_factory=dict)
    ending: dict[str, Any] | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0

    def snapshot(self) -> RunHistory:
        """Return a copy that later events do not change; events themselves are shared."""
        return RunHistory(
            self.started,
            {part: curve.snapshot() for part, curve in self.parts.items()},
            dict(self.baselines),
            self.ending,
            list(self.log),
            self.version,
        )

    def fold(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Take in further lines of the journal; a line of an unknown kind is passed over."""
        for line in lines:
            self.version += 1
            try:
                self._take(line)
            except (KeyError, TypeError, ValueError):
                continue  # a foreign line does not hide the ones around it

    def _take(self, line: Mapping[str, Any]) -> None:
        kind, part = line["event"], line["part"]
        if kind in {"cancelled", "failed"}:  # also of a part that had not begun, which makes none
            self.log.append(dict(line))
            self.ending = dict(line)
            return
        curve = self.parts.setdefault(part, StepCurve())
        if kind == "progress":
            row = [float(line[name]) for name in CURVES]  # all or nothing
            for name, value in zip(CURVES, row, strict=True):
                curve.values[name].append(value)
            return
        self.log.append(dict(line))
        if kind == "started":
            curve.back_to(int(line["step"]))
            curve.steps = int(line["steps"])
            curve.begun = curve.begun or float(line["at"])
            self.started, self.ending = dict(line), None
        elif kind == "evaluated":
            metrics = {str(name): float(value) for name, value in line["metrics"].items()}
            curve.evaluations.append(
                ValidationPoint(int(line["step"]), metrics, bool(line["best"]), float(line["at"]))
            )
        elif kind == "compared":
            self.baselines[str(line["method"])] = dict(line)
        elif kind == "finished" and part == "final":
            self.ending = dict(line)

    @property
    def part(self) -> str:
        """The part that came last."""
        return "final" if "final" in self.parts else "search"

    @property
    def curve(self) -> StepCurve:
        """The curve to look at: of the part with evaluations to choose by, or the only one."""
        return self.parts.get("search") or self.parts.get("final") or StepCurve()

    @property
    def best(self) -> ValidationPoint | None:
        """The best evaluation so far; none where nothing was held out."""
        found = [one for one in self.curve.evaluations if "ndcg@20" in one.metrics]
        return max(found, key=lambda one: one.metrics["ndcg@20"], default=None)

    @property
    def kept(self) -> int:
        """The step of the best snapshot, the last where nothing was held out; 0 without any."""
        steps = [one.step for one in self.curve.evaluations]
        return self.best.step if self.best else max(steps, default=0)

    def model(self, run: RunFolder) -> Path | None:
        """Return the checkpoint of the run to use: of its end, or the best snapshot until then.

        Both are found on disk, so a run whose process died still has its last good model; what an
        earlier stop left in the end's place may be older than the snapshots since.
        """
        snapshot, end = run.snapshot(self.kept), run.checkpoint
        finished = self.ending is not None and self.ending["event"] == "finished"
        preferred = (end, snapshot) if finished else (snapshot, end)
        return next((one for one in preferred if is_checkpoint(one)), None)

    def status(self, *, alive: bool, waiting: bool = False) -> RunStatus:
        """Say how the run stands.

        Args:
            alive: whether a living process holds the lock for it.
            waiting: whether another run comes before it.
        """
        if alive:
            return RunStatus.waiting if waiting else RunStatus.running
        if self.ending is None:
            return RunStatus.failed  # it was ended without a word: killed, or the machine stopped
        ended = {"finished": RunStatus.finished, "cancelled": RunStatus.stopped}
        return ended.get(str(self.ending["event"]), RunStatus.failed)

    def reason(self, status: RunStatus) -> str:
        """Say in a sentence or two why a run ended, what was kept, and what can be done."""
        ending, done = self.ending or {}, sum(curve.done for curve in self.parts.values())
        best = ending.get("best_step", ending.get("kept_step", 0))
        kept = f"the best model, of step {best:,}, is kept" if best else "there is no model yet"
        if status is RunStatus.finished:
            return f"Finished: {ending.get('reason', '')}; {kept}."
        if status is RunStatus.stopped:
            return f"Stopped on request; {kept}. Resume goes on with the very same curve."
        if status is RunStatus.failed and not ending:
            return (
                f"The worker ended without a word after step {done:,}: it was killed, or the "
                "machine stopped. What was saved is kept; resume goes on from the last saved state."
            )
        if status is RunStatus.failed:
            return f"Ended at step {ending['step']:,}: {ending['reason']}; {kept}."
        return ""
