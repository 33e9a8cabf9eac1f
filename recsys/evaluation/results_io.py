"""Evaluations on disk: ``load_evaluations.json`` beside the checkpoint whose quality it tells."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys.errors import CheckpointError
from recsys.files import write_json
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import EVALUATIONS, read_current

__all__ = ["EvaluationResult", "load_evaluations", "store_evaluation"]

FORMAT = 1
WORDS, NUMBERS = ("method", "given", "slice", "metric"), ("people", "value")  # of every figure
ENDS = ("low", "high")
AHEAD = ("ahead_value", "ahead_low", "ahead_high")


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What was measured of a model on one cut of some ratings.

    Attributes:
        name: the same for the same ratings, cut alike.
        data: what people call the ratings.
        protocol: how it was measured, in words.
        people: how many were asked.
        figures: see ``recsys.evaluation.runner``.
    """

    name: str
    data: str
    protocol: Mapping[str, Any]
    people: int
    figures: Sequence[Mapping[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "name": self.name,
            "data": self.data,
            "protocol": dict(self.protocol),
            "people": self.people,
            "figures": [dict(one) for one in self.figures],
        }


def load_evaluations(folder: Path) -> list[EvaluationResult]:
    """Read the evaluations of a checkpoint, in the order they were made; empty where none was.

    Raises:
        CheckpointError: the file is torn, of another format, or of another model.
    """
    return read_current(folder, _load)


def _load(folder: Path) -> list[EvaluationResult]:
    path = folder / EVALUATIONS
    if not path.exists():
        return []
    again = "Delete it and measure again; the model itself is fine."
    try:
        told = json.loads(path.read_bytes())
        if told["format"] != FORMAT:
            raise CheckpointError(
                f"The evaluations {path} have the format {told['format']}, this version reads "
                f"{FORMAT}; they were not shown. {again}"
            )
        of, found = told["seal"], [_read(one) for one in told["evaluations"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CheckpointError(
            f"The evaluations {path} are torn; they were not shown. {again}"
        ) from None
    if of != read_card(folder).get("seal"):
        raise CheckpointError(
            f"The evaluations {path} are of another model than the one beside them; they were not "
            f"shown. {again}"
        )
    return found


def store_evaluation(folder: Path, evaluation: EvaluationResult, seal: str) -> None:
    """Keep an evaluation with its checkpoint; one of the same name makes way.

    Args:
        folder: of the checkpoint.
        evaluation: what was measured.
        seal: of the model that was measured, as its card has it.

    Raises:
        CheckpointError: there is no checkpoint, it is another one, or it cannot be written.
    """
    read_current(folder, lambda version: _store(version, evaluation, seal))


def _store(folder: Path, evaluation: EvaluationResult, seal: str) -> None:
    if read_card(folder)["seal"] != seal:
        raise CheckpointError(
            f"The model in {folder} became another one while it was measured, so the figures were "
            "not kept there. Measure the new one."
        )
    try:
        others = [one for one in load_evaluations(folder) if one.name != evaluation.name]
    except CheckpointError:
        others = []  # of another model, or torn: of no use beside this one
    kept = [one.to_dict() for one in (*others, evaluation)]
    try:
        write_json(folder / EVALUATIONS, {"format": FORMAT, "seal": seal, "evaluations": kept})
    except OSError as error:
        raise CheckpointError(
            f"The evaluation could not be written to {folder} ({error.strerror}); what was there "
            "is kept."
        ) from None


def _read(told: Mapping[str, Any]) -> EvaluationResult:
    """Check an evaluation, which may have come with an upload, and return it.

    Raises:
        KeyError, TypeError, ValueError: a part is missing or of another kind.
    """
    figures = told["figures"]
    if not figures:
        raise ValueError("there is no figure")
    for one in figures:
        if not all(isinstance(one[key], str) for key in WORDS):
            raise TypeError("a figure does not say what it is of")
        ends = [key for part in (ENDS, AHEAD) if part[0] in one for key in part]
        if not all(math.isfinite(one[key]) for key in (*NUMBERS, *ends)):
            raise ValueError("a figure is no number")
    return EvaluationResult(
        str(told["name"]), str(told["data"]), dict(told["protocol"]), int(told["people"]), figures
    )
