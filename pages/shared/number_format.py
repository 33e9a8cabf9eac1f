"""Number formatting: counts with their nouns."""

from __future__ import annotations

__all__ = ["count_noun"]


def count_noun(number: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun, for example "1 rating" or "2 ratings".

    Args:
        number: the count.
        singular: the noun.
        plural: its plural, if it is not formed with an s.
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
