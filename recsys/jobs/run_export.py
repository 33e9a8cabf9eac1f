"""A run to take away: its folder as a zip, its curves as a table of commas."""

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
    """Return every step of a run, and the validation figures at the steps that have them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["part", *CURVES, *METRICS])
    for part, curve in history.parts.items():
        looks = {one.step: one.metrics for one in curve.evaluations}
        for row in zip(*(curve.column(name).tolist() for name in CURVES), strict=True):
            step = int(row[0])
            metrics = looks.get(step, {})
            writer.writerow([part, step, *row[1:], *(metrics.get(name, "") for name in METRICS)])
    return out.getvalue()


def run_archive(run: RunFolder) -> bytes:
    """Return a run's folder as a zip file: config, journal, models, without the states.

    Raises:
        TrainingError: it cannot be read.
    """
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(run.path.resolve().rglob("*")):
                inside = path.relative_to(run.path.resolve())
                if path.is_file() and _belongs(inside):
                    archive.write(path, Path(run.path.name) / inside)
    except OSError as error:
        raise TrainingError(f"The run {run.path.name} cannot be read ({error}).") from None
    return out.getvalue()


def _belongs(inside: Path) -> bool:
    """Leave out what only goes on with the run here, and what is half written."""
    hidden = any(part.startswith(".") for part in inside.parts)
    return not hidden and not inside.name.startswith("state.") and inside.name != "cancel"
