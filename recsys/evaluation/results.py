"""Evaluation result: the metrics of several models on the same users, with their protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EvaluationResult", "MetricRow"]

# One metric of one model. Keys: method, given, slice, metric, people (number of users), value, low
# and high (95 % interval); of all models but the first also ahead_value, ahead_low, ahead_high: how
# far the first model is ahead, with the paired interval.
MetricRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What was measured of one or more models on one split of some ratings.

    Attributes:
        name: key of the evaluation: the same for the same ratings, split alike.
        data: name of the ratings.
        protocol: how it was measured, in words.
        users: number of test users.
        rows: the metrics, see ``MetricRow``.
        parameters: chosen settings of the baselines, by method and what is given.
        left_out: baselines that were not measured, with the reason.
    """

    name: str
    data: str
    protocol: Mapping[str, Any]
    users: int
    rows: Sequence[MetricRow]
    parameters: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Return the metrics as a pandas table, one row a model, query set, slice and metric."""
        import pandas as pd  # noqa: PLC0415 - only this method needs it

        return pd.DataFrame(list(self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Return the result as one JSON object."""
        return {
            "name": self.name,
            "data": self.data,
            "protocol": dict(self.protocol),
            "people": self.users,
            "figures": [dict(row) for row in self.rows],
        }

    def to_report(self) -> dict[str, Any]:
        """Return the means over all users as one JSON object, by method and what is given.

        With a single query set the metrics stand under the method directly.
        """
        methods: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self.rows:
            if row["slice"] == "all":
                by_given = methods.setdefault(row["method"], {})
                by_given.setdefault(row["given"], {})[row["metric"]] = row["value"]
        for method, chosen in self.parameters.items():
            for given, parameters in chosen.items():
                methods[method][given] |= parameters
        nested = isinstance(self.protocol.get("given"), list)
        report: dict[str, Any] = {}
        for method, metrics in methods.items():
            report[method] = metrics if nested else next(iter(metrics.values()))
        report |= {method: {"left_out": reason} for method, reason in self.left_out.items()}
        protocol = {**self.protocol.get("methods", {}), **self.protocol}
        return {"protocol": protocol, "people": self.users, "methods": report}
