"""Drop report: how many rows of a source were read, used and dropped, by reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["REASONS", "DropReport"]

REASONS = {
    "unreadable": "could not be read: an id is missing or not a number",
    "not_rated": "have no rating (−1, 0 or empty)",
    "out_of_range": "have a rating outside 1 to 10",
    "not_in_catalogue": "are of anime that are not in the catalogue",
    "duplicate": "repeat a user and anime; the last one counts",
    "duplicate_anime": "repeat an anime; the first one counts",
    "no_title": "have no title",
    "no_ratings": "are anime that nobody rated",
}


@dataclass(frozen=True, slots=True)
class DropReport:
    """Row counts of a source.

    Attributes:
        source: path of the file, or "data frame".
        read: rows read; ``used`` plus the sum of ``dropped``.
        used: rows in use.
        dropped: rows that are not used by reason, a key of ``REASONS``; reasons without rows are
            left out.
    """

    source: str
    read: int
    used: int
    dropped: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DropReport:
        """Return the report that ``to_dict`` wrote."""
        return cls(values["source"], values["read"], values["kept"], values["dropped"])

    def sentences(self) -> list[str]:
        """Return the report as lines of text, one line per reason."""
        lines = [f"{self.source}: {self.used:,} of {self.read:,} rows are in use."]
        lines += [f"  {count:,} rows {REASONS[reason]}." for reason, count in self.dropped.items()]
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {
            "source": self.source,
            "read": self.read,
            "kept": self.used,
            "dropped": dict(self.dropped),
        }
