"""Options and JSON output that several commands share."""

from __future__ import annotations

import json
import re
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
        typer.BadParameter: a part is not a whole number above zero, or has more than 18 digits.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    valid = all(re.fullmatch(r"0*[1-9][0-9]{0,17}", part) for part in parts)  # fits into an int64
    if not parts or not valid:
        raise typer.BadParameter(
            f"{option} takes whole numbers above zero, separated by commas, not {text!r:.80}."
        )
    return tuple(int(part) for part in parts)
