"""Terminal output of a training: a progress bar, and a line for each evaluation."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress

from recsys.data.drop_report import DropReport
from recsys.training import events

__all__ = ["TrainingProgress", "print_drop_report"]


def print_drop_report(console: Console, report: DropReport) -> None:
    """Print how many rows of the ratings file are in use, and why the others are not."""
    for sentence in report.sentences():
        console.print(sentence)


class TrainingProgress:
    """Shows training events as they happen.

    Args:
        bars: the display of the progress bar.
        console: receives the lines.
        device: of the computation, for the name of the bar.
    """

    def __init__(self, bars: Progress, console: Console, device: str) -> None:
        self.bars, self.console = bars, console
        self.bar = bars.add_task(f"Training on {device}", total=None, note="")

    def __call__(self, event: events.Event, part: str = "final") -> None:
        """Show one event.

        Args:
            event: the event.
            part: the part of the training, ``search`` or ``final``.
        """
        if isinstance(event, events.Started):
            self.bars.reset(self.bar, total=event.steps)
            purpose = ", to find the best step" if part == "search" else ""
            self.console.print(
                f"{event.users:,} users × {event.items:,} anime, {event.edges:,} likes, "
                f"{event.parameters:,} parameters, {event.steps:,} steps{purpose}"
            )
        elif isinstance(event, events.StepCompleted):
            self.bars.update(self.bar, completed=event.step, note=f"loss {event.loss:.4f}")
        elif isinstance(event, events.Evaluated) and event.metrics:
            best = " (best)" if event.best else ""
            self.console.print(f"step {event.step}: {_format(event.metrics)}{best}")
        elif isinstance(event, events.BaselineEvaluated):
            text = _format(event.metrics) if event.metrics else event.told
            self.console.print(f"{event.method} on the same split: {text}")


def _format(metrics: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
