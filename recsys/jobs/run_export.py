"""Export of a run: its folder as a zip file, its curves as a CSV table."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from recsys.errors import TrainingError
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.step_curve import CURVES

__all__ = ["curves_csv", "run_archive"]

METRICS = ("precision@20", "recall@20", "ndcg@20")


def curves_csv(history: RunHistory) -> str:
    """Return every step of a run as CSV, with validation metrics where a step has them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["part", *CURVES, *METRICS])
    for part, curve in history.parts.items():
        evaluated = {point.step: point.metrics for point in curve.evaluations}
        for row in zip(*(curve.column(name).tolist() for name in CURVES), strict=True):
            step = int(row[0])
            metrics = evaluated.get(step, {})
            writer.writerow([part, step, *row[1:], *(metrics.get(name, "") for name in METRICS)])
    return out.getvalue()


def run_archive(run: RunFolder) -> bytes:
    """Return the run folder as a zip file: configuration, journal and models, without states.

    Raises:
        TrainingError: the folder cannot be read.
    """
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(run.path.resolve().rglob("*")):
                name = path.relative_to(run.path.resolve())
                if path.is_file() and _is_exported(name):
                    archive.write(path, Path(run.path.name) / name)
    except OSError as error:
        raise TrainingError(f"The run {run.path.name} cannot be read ({error}).") from None
    return out.getvalue()


def _is_exported(name: Path) -> bool:
    """Return whether a file belongs to the export: no state, no marker, nothing half-written."""
    hidden = any(part.startswith(".") for part in name.parts)
    return not hidden and not name.name.startswith("state.") and name.name != "cancel"
