"""Labels of the page Training: presets, run status, durations and sizes."""

from __future__ import annotations

from recsys.config import preset_names
from recsys.jobs.eta import TimeEstimate
from recsys.jobs.status import RunStatus

__all__ = [
    "PAIR",
    "STATUS_LABELS",
    "format_bytes",
    "format_duration",
    "format_span",
    "format_time_left",
    "preset_description",
    "preset_name",
    "preset_options",
]

PAIR = "pair"  # this page starts two runs with it
# Title and description; a preset without an entry is listed under its file name.
PRESET_LABELS = {
    "quick": ("Quick look", "Takes half a minute on the demo community; good for a first try."),
    "standard": ("Standard", "A good model for new people in a few minutes."),
    "full": (
        "Full",
        "The settings of the model that comes with the app: many dimensions, best for new people.",
    ),
    "paper": (
        "Paper",
        "BPR as published (He et al., SIGIR 2020): 1,000 epochs, which take hours.",
    ),
    "benchmark": (
        "Benchmark",
        "K = 3, d = 64 with a sampled softmax: the paper's quality in minutes.",
    ),
    "predecessor": (
        "Predecessor",
        (
            "The oldest system's settings with its sign error corrected: every rating is an "
            "edge, 8,000 steps."
        ),
    ),
    PAIR: (
        "Uniform or hard negatives",
        "Two BPR runs with equal steps: uniform negatives, and the hardest of four negatives.",
    ),
}
STATUS_LABELS = {
    RunStatus.waiting: (":material/schedule:", "waiting"),
    RunStatus.running: (":material/play_circle:", "running"),
    RunStatus.stopped: (":material/pause_circle:", "stopped"),
    RunStatus.failed: (":material/error:", "failed"),
    RunStatus.finished: (":material/check_circle:", "finished"),
}


def preset_options() -> list[str]:
    """Return all presets in display order; those without a label come last."""
    available = preset_names()
    labelled = [preset for preset in PRESET_LABELS if preset in available]
    return [*labelled, *(preset for preset in available if preset not in PRESET_LABELS)]


def preset_name(preset: str) -> str:
    """Return the display name of a preset, as plain text; its file name if it has no label."""
    return PRESET_LABELS.get(preset, (preset, ""))[0]


def preset_description(preset: str) -> str:
    """Return what a preset is for; empty if the page has no text for it."""
    return PRESET_LABELS.get(preset, (preset, ""))[1]


def format_duration(seconds: float) -> str:
    """Return a duration, rounded to its precision: 8 s, 3 min, 1.5 h."""
    if seconds < 99.5:
        return f"{max(seconds, 1):.0f} s"
    return _format_minutes(seconds)


def _format_minutes(seconds: float) -> str:
    if seconds < 99 * 60:
        return f"{max(seconds / 60, 1):.0f} min"
    return f"{seconds / 3600:.1f} h"


def format_span(low: float, high: float) -> str:
    """Return a range of durations in one unit where possible: "about 2 to 3 min".

    Args:
        low: shortest duration, in seconds.
        high: longest duration, in seconds.
    """
    first, last = format_duration(low), format_duration(high)
    if first.endswith(" s") and last.endswith("min") and low >= 30:
        first = _format_minutes(low)
    if first == last:
        return f"about {last}"
    (number, unit), (_, last_unit) = first.split(" "), last.split(" ")
    return f"about {number if unit == last_unit else first} to {last}"


def format_time_left(estimate: TimeEstimate) -> str:
    """Return the progress, the speed and the remaining time of a run."""
    step = f"step {estimate.done:,} of {estimate.of:,}"
    if estimate.left is None:
        return f"{step} · measuring the speed"
    decimals = 1 if estimate.per_second < 10 else 0
    speed = f"{estimate.per_second:.{decimals}f} steps per second"
    return f"{step} · {speed} · {format_span(estimate.left[0], estimate.left[2])} left"


def format_bytes(count: float) -> str:
    """Return an amount of memory: 340 MB, 1.2 GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 1):.0f} MB"
