"""Evaluation results on disk: ``evaluations.json`` beside the checkpoint that was measured."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recsys.errors import CheckpointError
from recsys.evaluation.results import EvaluationResult
from recsys.files import write_json
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import EVALUATIONS, read_current

__all__ = ["load_evaluations", "store_evaluation"]

FORMAT = 2  # 1: its metric recall@20 is what is called capped_recall@20 since 2
TEXT_KEYS, NUMBER_KEYS = ("method", "given", "slice", "metric"), ("people", "value")  # of each row
INTERVAL_KEYS = ("low", "high")
AHEAD_KEYS = ("ahead_value", "ahead_low", "ahead_high")


def load_evaluations(folder: Path, seal: str | None = None) -> list[EvaluationResult]:
    """Read the evaluations of a checkpoint, in the order they were made; empty where none was.

    Args:
        folder: of the checkpoint.
        seal: of the model, for a caller that has read its card; else the card is read here.

    Returns:
        The evaluations; an empty list without the file.

    Raises:
        CheckpointError: the file is damaged, of another format, or of another model.
    """
    return read_current(folder, lambda version: _load(version, seal))


def _load(folder: Path, seal: str | None) -> list[EvaluationResult]:
    path = folder / EVALUATIONS
    if not path.exists():
        return []
    advice = "Delete the file and measure again; the model itself is not affected."
    try:
        content = json.loads(path.read_bytes())
        version = content["format"]
        if version not in {1, FORMAT}:
            raise CheckpointError(
                f"The evaluations {path} have the format {version}; this version reads 1 and "
                f"{FORMAT}. They are not shown. {advice}"
            )
        measured = content["seal"]
        results = [_checked(entry, version) for entry in content["evaluations"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CheckpointError(
            f"The evaluations {path} are damaged; they are not shown. {advice}"
        ) from None
    if measured != (seal or read_card(folder).get("seal")):
        raise CheckpointError(
            f"The evaluations {path} are of another model than the one beside them; they are not "
            f"shown. {advice}"
        )
    return results


def store_evaluation(folder: Path, evaluation: EvaluationResult, seal: str) -> None:
    """Store an evaluation beside its checkpoint; an earlier one of the same name is replaced.

    Args:
        folder: of the checkpoint.
        evaluation: what was measured.
        seal: of the model that was measured, from its card.

    Raises:
        CheckpointError: there is no checkpoint, it is another one, or it cannot be written.
    """
    read_current(folder, lambda version: _store(version, evaluation, seal))


def _store(folder: Path, evaluation: EvaluationResult, seal: str) -> None:
    if read_card(folder)["seal"] != seal:
        raise CheckpointError(
            f"The model in {folder} was replaced while it was measured, so the results were not "
            "stored there. Measure the new model."
        )
    try:
        others = [other for other in load_evaluations(folder) if other.name != evaluation.name]
    except CheckpointError:
        others = []  # of another model, or damaged: of no use beside this one
    results = [result.to_dict() for result in (*others, evaluation)]
    try:
        write_json(folder / EVALUATIONS, {"format": FORMAT, "seal": seal, "evaluations": results})
    except OSError as error:
        raise CheckpointError(
            f"The evaluation could not be written to {folder} ({error.strerror}); the evaluations "
            "there are unchanged."
        ) from None


def _checked(entry: Mapping[str, Any], version: int) -> EvaluationResult:
    """Check an evaluation, which may have come with an upload, and return it.

    Raises:
        KeyError, TypeError, ValueError: a part is missing or has another type.
    """
    rows = [dict(row) for row in entry["figures"]]
    if not rows:
        raise ValueError("there is no row")
    for row in rows:
        if not all(isinstance(row[key], str) for key in TEXT_KEYS):
            raise TypeError("a row does not say what it measures")
        optional = [key for keys in (INTERVAL_KEYS, AHEAD_KEYS) if keys[0] in row for key in keys]
        if not all(math.isfinite(row[key]) for key in (*NUMBER_KEYS, *optional)):
            raise ValueError("a value is not a number")
        if version == 1 and row["metric"].startswith("recall@"):
            row["metric"] = f"capped_{row['metric']}"
    protocol = dict(entry["protocol"])
    if version == 1 and "recall" in protocol:
        protocol["recall"] = f"capped_recall@20 = {protocol['recall']}"
    return EvaluationResult(
        str(entry["name"]), str(entry["data"]), protocol, int(entry["people"]), rows
    )
