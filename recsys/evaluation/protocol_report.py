"""What an evaluation says: figures, always with the protocol that they were measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["MetricValues", "ProtocolReport"]

MetricValues = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ProtocolReport:
    """The figures of several methods on the same people.

    Attributes:
        protocol: everything that is needed to measure again.
        people: how many were measured, the same for every method and number.
        methods: by name: figures, or figures by number of likes given, or why it was left out.
    """

    protocol: Mapping[str, Any]
    people: int
    methods: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {
            "protocol": dict(self.protocol),
            "people": self.people,
            "methods": {name: dict(figures) for name, figures in self.methods.items()},
        }
