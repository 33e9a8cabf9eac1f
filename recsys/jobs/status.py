"""The status of a job: its state, what it is doing, and why it failed.

The state of a training follows from the lock and from its journal (``recsys.jobs.run_history``).
An evaluation and a map write their current stage to a small JSON file.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recsys.files import write_json

__all__ = ["JobStatus", "RunStatus", "StatusWriter", "read_status", "write_status"]

WRITE_SECONDS = 0.5  # between two writes of the progress


class RunStatus(StrEnum):
    """State of a training run."""

    waiting = "waiting"
    running = "running"
    stopped = "stopped"
    failed = "failed"
    finished = "finished"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """Progress of an evaluation or a map.

    Attributes:
        stage: description of the current step.
        share: share of all work that is done, 0 to 1.
        error: one sentence that says why the job failed; none while it has not.
        seal: of the checkpoint that the job dealt with; none where it was not recorded.
    """

    stage: str = "Starting"
    share: float = 0.0
    error: str | None = None
    seal: str | None = None


def read_status(path: Path) -> JobStatus:
    """Return the status that a file holds; that of a job that starts where none can be read."""
    try:
        values = json.loads(path.read_bytes())
        share = min(max(float(values["share"]), 0.0), 1.0)
        error, seal = values["failed"], values.get("seal")
        return JobStatus(
            str(values["what"]), share, str(error) if error else None, str(seal) if seal else None
        )
    except (OSError, ValueError, KeyError, TypeError):
        return JobStatus()


def write_status(path: Path, status: JobStatus) -> None:
    """Write a status file.

    Raises:
        OSError: it cannot be written; the previous one is unchanged.
    """
    # the names of the keys are those of existing job folders
    values = {"what": status.stage, "share": status.share, "failed": status.error}
    write_json(path, values if status.seal is None else {**values, "seal": status.seal})


class StatusWriter:
    """A progress callback that writes a status file, at most twice a second.

    Args:
        path: of the status file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = float("-inf")

    def __call__(self, description: str, share: float) -> None:
        """Report progress; see ``recsys.progress.ProgressCallback``."""
        now = time.monotonic()
        if now - self._written > WRITE_SECONDS:
            self._written = now
            write_status(self._path, JobStatus(description, share))
