"""What a training says, on a terminal: a bar, and a line for what is worth keeping."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress

from recsys.training import events

__all__ = ["Follow"]


class Follow:
    """Shows events as they come.

    Args:
        bars: where the bar stands.
        say: where the lines go.
        device: that computes, for the bar's name.
    """

    def __init__(self, bars: Progress, say: Console, device: str) -> None:
        self.bars, self.say = bars, say
        self.bar = bars.add_task(f"Training on {device}", total=None, note="")

    def __call__(self, event: events.Event, part: str = "final") -> None:
        """Show one event."""
        if isinstance(event, events.Started):
            self.bars.reset(self.bar, total=event.steps)
            again = ", looking for the best step" if part == "search" else ""
            self.say.print(
                f"{event.users:,} users × {event.items:,} anime, {event.edges:,} likes, "
                f"{event.parameters:,} parameters, {event.steps:,} steps{again}"
            )
        elif isinstance(event, events.StepCompleted):
            self.bars.update(self.bar, completed=event.step, note=f"loss {event.loss:.4f}")
        elif isinstance(event, events.Evaluated) and event.metrics:
            best = " (best)" if event.best else ""
            self.say.print(f"step {event.step}: {_told(event.metrics)}{best}")
        elif isinstance(event, events.BaselineEvaluated):
            figures = _told(event.metrics) if event.metrics else event.told
            self.say.print(f"{event.method} on the same split: {figures}")


def _told(metrics: dict[str, float]) -> str:
    return ", ".join(f"{key} {value:.4f}" for key, value in metrics.items())
