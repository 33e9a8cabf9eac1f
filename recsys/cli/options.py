"""Options and JSON output that several commands share."""

from __future__ import annotations

import json
from typing import Any

import typer

__all__ = ["positive_numbers", "print_json"]


def print_json(value: Any) -> None:
    """Print one JSON object on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def positive_numbers(text: str, option: str) -> tuple[int, ...]:
    """Parse whole numbers separated by commas, such as ``3,5,10``.

    Args:
        text: what was typed.
        option: name of the option, for the message.

    Returns:
        The numbers, in the given order.

    Raises:
        typer.BadParameter: a part is not a whole number above zero.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise typer.BadParameter(
            f"{option} takes whole numbers above zero, separated by commas, not {text!r}."
        )
    return tuple(int(part) for part in parts)
