"""What was read and what was dropped, row by row and reason by reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["REASONS", "DropReport"]

REASONS = {
    "unreadable": "could not be read: an id is missing or is none",
    "not_rated": "are not rated (−1, 0 or nothing)",
    "out_of_range": "have a rating outside 1 to 10",
    "not_in_catalogue": "are of anime that the catalogue lacks",
    "duplicate": "were given again later for the same person and anime; the last one counts",
    "duplicate_anime": "repeat an anime that was described before; the first one counts",
    "no_title": "have no title",
    "no_ratings": "are anime that nobody rated",
}


@dataclass(frozen=True, slots=True)
class DropReport:
    """How many rows a file had, and what became of them.

    Attributes:
        source: the file.
        read: rows read; ``kept`` plus all of ``dropped``.
        kept: rows in use.
        dropped: rows out of use by reason, a key of ``REASONS``; no reason stands there with 0.
    """

    source: str
    read: int
    kept: int
    dropped: Mapping[str, int] = field(default_factory=dict)

    def sentences(self) -> list[str]:
        """Say it in plain words, a line a reason."""
        told = [f"{self.source}: {self.kept:,} of {self.read:,} rows are in use."]
        told += [f"  {count:,} rows {REASONS[reason]}." for reason, count in self.dropped.items()]
        return told

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {
            "source": self.source,
            "read": self.read,
            "kept": self.kept,
            "dropped": dict(self.dropped),
        }
