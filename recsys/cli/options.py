"""Options and printing that several commands share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["console", "positive_numbers", "print_json", "progress_bar"]


def console(*, quiet: bool = False) -> Console:
    """Return the console for people: standard error, so that standard output stays data."""
    return Console(stderr=True, quiet=quiet, highlight=False)


def print_json(value: Any) -> None:
    """Print one JSON object for machines on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def positive_numbers(text: str, option: str) -> tuple[int, ...]:
    """Read ``3,5,10``.

    Raises:
        typer.BadParameter: a part is no whole number above zero.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise typer.BadParameter(
            f"{option} takes whole numbers above zero with commas between, not {text!r}."
        )
    return tuple(int(part) for part in parts)


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """Show bars on standard error while the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    where = console(quiet=quiet)
    with Progress(*columns, console=where, transient=True, disable=not where.is_terminal) as bars:
        yield bars
