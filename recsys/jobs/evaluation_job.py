"""Evaluation jobs: the folder of an evaluation that a worker process runs, and how to start one.

::

    order.json     the configuration (``EvaluationConfig``), written once
    standing.json  the status (``recsys.jobs.status``)
    cancel         its presence asks the worker to stop
    worker.log     the output of the worker process

A job that succeeds stores its results with the checkpoint and removes its folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.errors import TrainingError
from recsys.evaluation.split_settings import SplitSettings
from recsys.files import write_json
from recsys.jobs.launcher import launch_worker
from recsys.jobs.lock import lock_holders
from recsys.jobs.run_config import AbsolutePath
from recsys.jobs.run_folder import new_folder_name
from recsys.jobs.status import JobStatus, read_status, write_status
from recsys.models.shipped_copy import writable_checkpoint
from recsys.paths import local_folder, runs_folder

__all__ = ["EvaluationConfig", "EvaluationJob", "start_evaluation"]

CONFIG, STATUS, CANCEL = "order.json", "standing.json", "cancel"


class EvaluationConfig(BaseModel):
    """Configuration of an evaluation job.

    Attributes:
        checkpoint: folder of the checkpoint whose recipe is evaluated.
        name: name of the model, for people.
        places: folders of copies of that checkpoint, in which the results are stored.
        ratings: file or stored table of ratings.
        data: name of the ratings, for people.
        catalogue: file with the genres.
        split: how the ratings are split.
        device: ``cpu``, ``cuda`` or ``mps``.
        threads: number of CPU threads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint: AbsolutePath
    name: str
    places: tuple[AbsolutePath, ...] = Field(min_length=1)
    ratings: AbsolutePath
    data: str
    catalogue: AbsolutePath | None = None
    split: SplitSettings = SplitSettings()
    device: str = "cpu"
    threads: int = Field(1, ge=1)


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """One evaluation job on disk.

    Attributes:
        path: its folder.
    """

    path: Path

    @classmethod
    def all(cls) -> list[EvaluationJob]:
        """Return the jobs that run and those that ended without results, the newest first."""
        folders = [path for path in _folder().glob("*") if (path / CONFIG).is_file()]
        return [cls(path) for path in sorted(folders, reverse=True)]

    def is_alive(self, active: Sequence[Path] | None = None) -> bool:
        """Return whether a living process runs the job.

        Args:
            active: result of ``lock_holders`` for the runs folder, for a caller that asks for
                many jobs.
        """
        active = lock_holders(runs_folder()) if active is None else active
        return self.path.resolve() in active

    @property
    def log(self) -> Path:
        """Path of the worker's output."""
        return self.path / "worker.log"

    def config(self) -> EvaluationConfig:
        """Return the configuration, read from its file.

        Returns:
            The configuration.

        Raises:
            TrainingError: the file is missing or damaged.
        """
        try:
            return EvaluationConfig.model_validate_json((self.path / CONFIG).read_bytes())
        except (OSError, ValidationError) as error:
            raise TrainingError(
                f"The file {CONFIG} in {self.path} cannot be read; nothing was evaluated. Dismiss "
                "the job and start a new one."
            ) from error

    def threads(self) -> int:
        """Return the number of CPU threads; 1 where the configuration cannot be read."""
        try:
            return self.config().threads
        except TrainingError:
            return 1

    def status(self) -> JobStatus:
        """Return the progress of the job, or why it failed."""
        return read_status(self.status_path)

    @property
    def status_path(self) -> Path:
        """Path of the status file."""
        return self.path / STATUS

    def fail(self, reason: str) -> None:
        """Record why the job failed, for the page.

        Raises:
            OSError: the status file cannot be written.
        """
        write_status(self.status_path, JobStatus("Failed", 1.0, reason))

    def stop(self) -> None:
        """Ask the worker to stop; the results so far are discarded."""
        with suppress(OSError):  # the job has just ended and removed its folder
            (self.path / CANCEL).touch()

    def stop_requested(self) -> bool:
        """Return whether somebody asked the worker to stop."""
        return (self.path / CANCEL).exists()

    def dismiss(self) -> None:
        """Remove the folder of the job."""
        shutil.rmtree(self.path, ignore_errors=True)


def _folder() -> Path:
    return local_folder() / "evaluations"


def start_evaluation(config: EvaluationConfig) -> EvaluationJob:
    """Start a worker that runs an evaluation; it continues when the page is closed.

    Args:
        config: the configuration of the evaluation.

    Returns:
        The job.

    Raises:
        TrainingError: a training or an evaluation is running, or the process cannot be started.
        CheckpointError: the shipped model cannot be copied to the user's folder.
    """
    places = tuple(dict.fromkeys(map(writable_checkpoint, config.places)))
    config = config.model_copy(update={"places": places})
    for folder in config.places:
        if not os.access(folder, os.W_OK):
            raise TrainingError(
                f"The folder {folder} cannot be written, so the results could not be stored; "
                "nothing was started."
            )
    job = EvaluationJob(
        _folder() / new_folder_name(f"evaluation of {config.name}", datetime.now(UTC))
    )

    def prepare() -> None:
        job.path.mkdir(parents=True)
        write_json(job.path / CONFIG, config.model_dump(mode="json"))

    try:
        launch_worker(
            "evaluate", [job.path],
            lock_folder=runs_folder(), log=job.log, threads=config.threads, prepare=prepare,
        )  # fmt: skip
    except OSError as error:
        job.dismiss()  # launch_worker leaves no worker behind
        raise TrainingError(
            f"The evaluation could not be started ({error.strerror}); nothing was changed."
        ) from None
    return job
