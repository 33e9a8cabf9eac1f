"""Progress callbacks: how a long computation reports what it does and how much of it is done."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ProgressCallback", "no_progress", "sub_progress"]

# called with a description of the current step and the share of all work that is done, 0 to 1
ProgressCallback = Callable[[str, float], None]


def no_progress(description: str, share: float) -> None:
    """Report nothing: the default callback of a computation that nobody watches."""


def sub_progress(progress: ProgressCallback, start: float, end: float) -> ProgressCallback:
    """Return a callback for one part of a computation.

    Args:
        progress: the callback of the whole computation.
        start: share of all work that is done when the part begins.
        end: share of all work that is done when the part ends.

    Returns:
        A callback that takes the share of the part that is done.
    """

    def report(description: str, share: float) -> None:
        progress(description, start + (end - start) * share)

    return report
