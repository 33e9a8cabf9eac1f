"""Numbers with their nouns."""

from __future__ import annotations

__all__ = ["count_noun"]


def count_noun(number: int, one: str, many: str = "") -> str:
    """Return "1 rating", "2 ratings"; ``many`` where the plural is no plain s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
