"""Presets, standings and times in plain words."""

from __future__ import annotations

from datetime import datetime

from recsys.jobs.eta import TimeEstimate
from recsys.jobs.run_history import RunStatus

__all__ = [
    "PAIR",
    "PRESETS",
    "STATUS_LABELS",
    "format_bytes",
    "format_duration",
    "format_span",
    "format_time",
    "format_time_left",
    "preset_name",
]

PAIR = "pair"  # a preset of the page alone: two runs
PRESETS = {
    "quick": ("Quick look", "Half a minute on the demo community: see it learn, then go deeper."),
    "standard": ("Standard", "A good model for new people in a few minutes."),
    "full": ("Full", "The recipe of the model that ships: wide, and the best for new people."),
    "paper": (
        "Paper",
        "BPR as published (He et al., SIGIR 2020): 1,000 epochs, so plan for hours.",
    ),
    "benchmark": (
        "Benchmark",
        "K = 3, d = 64 with a sampled softmax: the paper's quality in minutes.",
    ),
    "predecessor": (
        "Predecessor",
        "The oldest system's settings, its sign set right: every rating an edge, 8,000 steps.",
    ),
    PAIR: (
        "Uniform against hard negatives",
        "Two runs of BPR with the same steps: negatives drawn uniformly, and the hardest of four.",
    ),
}
STATUS_LABELS = {
    RunStatus.waiting: (":material/schedule:", "waiting"),
    RunStatus.running: (":material/play_circle:", "running"),
    RunStatus.stopped: (":material/pause_circle:", "stopped"),
    RunStatus.failed: (":material/error:", "failed"),
    RunStatus.finished: (":material/check_circle:", "finished"),
}


def preset_name(preset: str) -> str:
    """Return a preset's name for people."""
    return PRESETS.get(preset, (preset, ""))[0]


def format_duration(seconds: float) -> str:
    """Return a length of time, rounded as far as it is known: 8 s, 3 min, 1.5 h."""
    if seconds < 99.5:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 99 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def format_span(low: float, high: float) -> str:
    """Return two lengths of time as a span: 2 to 3 min."""
    ends = format_duration(low).rsplit(" ", 1), format_duration(high).rsplit(" ", 1)
    if ends[0] == ends[1]:
        return f"about {format_duration(high)}"
    if ends[0][1] == ends[1][1]:
        return f"{ends[0][0]} to {format_duration(high)}"
    return f"{format_duration(low)} to {format_duration(high)}"


def format_time_left(told: TimeEstimate) -> str:
    """Say how fast a run goes and how long it will still take, with the spread."""
    step = f"step {told.done:,} of {told.of:,}"
    if told.left is None:
        return f"{step} · measuring the pace"
    speed = f"{told.per_second:.1f}" if told.per_second < 10 else f"{told.per_second:.0f}"
    return f"{step} · {speed} steps a second · {format_span(told.left[0], told.left[2])} left"


def format_bytes(count: float) -> str:
    """Return an amount of memory: 340 MB, 1.2 GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 1):.0f} MB"


def format_time(moment: datetime) -> str:
    """Return a moment in the local time of the server: 24 Nov, 19:15."""
    local = moment.astimezone()
    return f"{local.day} {local:%b, %H:%M}"
