"""The history of a run: its journal folded into curves, evaluations and a status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recsys.jobs.journal import read_lines
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.status import RunStatus
from recsys.jobs.step_curve import CURVES, StepCurve, ValidationPoint
from recsys.models.checkpoint_folder import is_checkpoint

__all__ = ["RunHistory"]


@dataclass(slots=True)
class RunHistory:
    """A folded journal. It starts empty; ``fold`` takes the lines in any portions.

    Attributes:
        started: the last ``started`` event: users, items, edges, parameters, device.
        parts: the curves of the parts ``search`` and ``final``.
        baselines: the ``compared`` event of each baseline, by its name.
        ending: the event that ended the run last; none while it runs.
        log: all events except steps, each with its time (seconds since 1970).
        version: number of lines folded.
    """

    started: dict[str, Any] | None = None
    parts: dict[str, StepCurve] = field(default_factory=dict)
    baselines: dict[str, dict[str, Any]] = field(default_factory=dict)
    ending: dict[str, Any] | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0

    @classmethod
    def read(cls, run: RunFolder) -> RunHistory:
        """Return the history of a run, from its whole journal."""
        history = cls()
        history.fold(read_lines(run.events)[0])
        return history

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
        """Add further lines of the journal; a line of an unknown form is skipped."""
        for line in lines:
            self.version += 1
            try:
                self._add(line)
            except (KeyError, TypeError, ValueError):
                continue

    def _add(self, line: Mapping[str, Any]) -> None:
        kind, part = line["event"], line["part"]
        if kind in {"cancelled", "failed"}:  # the part may not have begun, so no curve is made
            self.log.append(dict(line))
            self.ending = dict(line)
            return
        curve = self.parts.setdefault(part, StepCurve())
        if kind == "progress":
            row = [float(line[name]) for name in CURVES]  # before any of them is appended
            for name, value in zip(CURVES, row, strict=True):
                curve.values[name].append(value)
            return
        self.log.append(dict(line))
        if kind == "started":
            curve.truncate(int(line["step"]))
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
        """The part that started last."""
        return "final" if "final" in self.parts else "search"

    @property
    def curve(self) -> StepCurve:
        """The curve to show: of the part that was validated, or the only one."""
        return self.parts.get("search") or self.parts.get("final") or StepCurve()

    @property
    def best(self) -> ValidationPoint | None:
        """The best evaluation so far; none where nothing was held out."""
        points = [point for point in self.curve.evaluations if "ndcg@20" in point.metrics]
        return max(points, key=lambda point: point.metrics["ndcg@20"], default=None)

    @property
    def best_step(self) -> int:
        """The step of the best snapshot, the last where nothing was held out; 0 without any."""
        steps = [point.step for point in self.curve.evaluations]
        return self.best.step if self.best else max(steps, default=0)

    def model(self, run: RunFolder) -> Path | None:
        """Return the folder of the run's model: the final one, or the best snapshot so far.

        Args:
            run: the run folder.

        Returns:
            A folder that holds a checkpoint, or none. A run whose process died still has its last
            snapshot. An earlier stop may have left a final model that is older than the snapshots.
        """
        snapshot, final = run.snapshot(self.best_step), run.checkpoint
        finished = self.ending is not None and self.ending["event"] == "finished"
        preferred = (final, snapshot) if finished else (snapshot, final)
        return next((folder for folder in preferred if is_checkpoint(folder)), None)

    def status(self, *, alive: bool, waiting: bool = False) -> RunStatus:
        """Return the status of the run.

        Args:
            alive: whether a living process holds the lock for it.
            waiting: whether another run of that process comes before it.
        """
        if alive:
            return RunStatus.waiting if waiting else RunStatus.running
        if self.ending is None:
            return RunStatus.failed  # no event says so: the process was killed
        ended = {"finished": RunStatus.finished, "cancelled": RunStatus.stopped}
        return ended.get(str(self.ending["event"]), RunStatus.failed)

    def reason(self, status: RunStatus) -> str:
        """Return why a run ended, what is kept, and what can be done; empty while it runs."""
        ending, done = self.ending or {}, sum(curve.done for curve in self.parts.values())
        best = ending.get("best_step", ending.get("kept_step", 0))
        outcome = f"the best model, of step {best:,}, is kept" if best else "there is no model yet"
        if status is RunStatus.finished:
            return f"Finished: {ending.get('reason', '')}; {outcome}."
        if status is RunStatus.stopped:
            return f"Stopped on request; {outcome}. Resume continues exactly where it stopped."
        if status is RunStatus.failed and not ending:
            return (
                f"The worker process ended unexpectedly after step {done:,}: it was killed, or the "
                "computer was shut down. What was saved is kept; resume continues from the last "
                "saved state."
            )
        if status is RunStatus.failed:
            return f"Ended at step {ending['step']:,}: {ending['reason']}; {outcome}."
        return ""
