"""Terminal output: the console for messages, and progress bars."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["console", "progress_bar"]


def console(*, quiet: bool = False) -> Console:
    """Return the console for messages: standard error, so that standard output holds data only.

    Args:
        quiet: print nothing.
    """
    return Console(stderr=True, quiet=quiet, highlight=False)


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """Show progress bars while the block runs, if standard error is a terminal or a notebook.

    Args:
        quiet: show nothing.

    Yields:
        The display, to which tasks with a field ``note`` are added.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    output = console(quiet=quiet)
    hidden = quiet or not (output.is_terminal or output.is_jupyter)
    with Progress(*columns, console=output, transient=True, disable=hidden) as bars:
        yield bars
