"""Measuring in a process of its own: started by the page, which only ever looks at the folder.

::

    order.json     what is to be measured, written once
    standing.json  what is being done and how much of it; or why it ended without figures
    worker.log     what the process printed

A job that has ended well leaves its figures with the checkpoint and takes its folder away.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.errors import CheckpointError, RecsysError, TrainingError
from recsys.evaluation.results_io import EvaluationResult, store_evaluation
from recsys.evaluation.split_settings import SplitSettings
from recsys.files import write_json
from recsys.jobs.lock import acquire_lock, lock_holders, release_lock
from recsys.jobs.run_folder import new_folder_name
from recsys.paths import ROOT, local_folder, runs_folder

__all__ = ["EvaluationConfig", "EvaluationJob", "run_evaluation", "start_evaluation"]

BETWEEN = 0.5  # seconds between two notes of where it stands


class EvaluationConfig(BaseModel):
    """What is to be measured.

    Attributes:
        checkpoint: whose recipe.
        name: of the model, for people.
        places: folders of that checkpoint, in which the figures are kept.
        ratings: file to learn from and to ask.
        data: what people call it.
        catalogue: with the genres.
        split: what is held out.
        device: ``cpu``, ``cuda`` or ``mps``.
        threads: of the CPU.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint: Path
    name: str
    places: tuple[Path, ...] = Field(min_length=1)
    ratings: Path
    data: str
    catalogue: Path | None = None
    split: SplitSettings = SplitSettings()
    device: str = "cpu"
    threads: int = Field(1, ge=1)


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """One measuring on disk.

    Attributes:
        path: its folder.
    """

    path: Path

    @classmethod
    def all(cls) -> list[EvaluationJob]:
        """Return those at work and those that ended without figures, the newest first."""
        found = [one for one in _folder().glob("*") if (one / "order.json").is_file()]
        return [cls(one) for one in sorted(found, reverse=True)]

    @property
    def alive(self) -> bool:
        """Whether a process works on it."""
        return self.path.resolve() in lock_holders(runs_folder())

    def config(self) -> EvaluationConfig:
        """Read what is to be measured.

        Raises:
            TrainingError: it is missing or torn.
        """
        try:
            return EvaluationConfig.model_validate_json((self.path / "order.json").read_bytes())
        except (OSError, ValidationError):
            raise TrainingError(
                f"The order in {self.path} cannot be read; nothing was measured. Dismiss it and "
                "start again."
            ) from None

    def status(self) -> tuple[str, float, str | None]:
        """Return what is being done, the share of it that is done, and why it failed, if it did."""
        try:
            told = json.loads((self.path / "standing.json").read_bytes())
            what, share, failed = str(told["what"]), float(told["share"]), told["failed"]
        except (OSError, ValueError, KeyError, TypeError):
            return "Starting", 0.0, None
        return what, min(max(share, 0.0), 1.0), failed and str(failed)

    def tell(self, what: str, share: float, failed: str | None = None) -> None:
        """Write where it stands."""
        write_json(self.path / "standing.json", {"what": what, "share": share, "failed": failed})

    def stop(self) -> None:
        """Ask the process to end; nothing is kept of what it measured so far."""
        with suppress(OSError):  # it has just ended by itself
            (self.path / "cancel").touch()

    def dismiss(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.path, ignore_errors=True)


def _folder() -> Path:
    return local_folder() / "evaluations"


def start_evaluation(config: EvaluationConfig) -> EvaluationJob:
    """Start a process that measures; it goes on when the page is closed.

    Raises:
        TrainingError: a training or measuring is running, or the process cannot be started.
    """
    for place in config.places:
        if not os.access(place, os.W_OK):
            raise TrainingError(
                f"The folder {place} cannot be written, so the figures could not be kept; nothing "
                "was started."
            )
    job = EvaluationJob(
        _folder() / new_folder_name(f"evaluation of {config.name}", datetime.now(UTC))
    )
    lock = acquire_lock(runs_folder(), [job.path])
    try:
        job.path.mkdir(parents=True)
        write_json(job.path / "order.json", config.model_dump(mode="json"))
        with (job.path / "worker.log").open("ab") as log:
            subprocess.Popen(  # noqa: S603 - our own module; a path is an argument, no shell
                [
                    sys.executable, "-m", "recsys.jobs.worker", f"--lock={lock}",
                    "--evaluate", str(job.path.resolve()),
                ],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,),
                start_new_session=True,  # it outlives the server and its terminal
            )  # fmt: skip
    except OSError as error:
        job.dismiss()
        raise TrainingError(
            f"The measuring could not be started ({error.strerror}); nothing was changed."
        ) from None
    finally:
        release_lock(lock)
    return job


class _StoppedError(Exception):
    """Somebody asked for an end."""


def run_evaluation(job: EvaluationJob, cancelled: Callable[[], bool] = lambda: False) -> bool:
    """Measure what a job asks for, and keep the figures; says whether there are any.

    Whatever a person can mend is told in the job's standing.
    """
    import torch  # noqa: PLC0415 - the page, which starts jobs, does without

    from recsys.data.items_file import read_catalogue  # noqa: PLC0415 - polars too
    from recsys.data.ratings_file import read_ratings  # noqa: PLC0415 - as above
    from recsys.models.checkpoint import load_checkpoint  # noqa: PLC0415 - as above
    from recsys.training.retrain import evaluate_recipe  # noqa: PLC0415 - torch

    last = 0.0

    def progress(what: str, share: float) -> None:
        nonlocal last
        if cancelled() or (job.path / "cancel").exists():
            raise _StoppedError
        if time.monotonic() - last > BETWEEN:
            last = time.monotonic()
            job.tell(what, share)

    try:
        config = job.config()
        torch.set_num_threads(config.threads)
        catalogue = None if config.catalogue is None else read_catalogue(config.catalogue)
        model = load_checkpoint(config.checkpoint)
        found = evaluate_recipe(
            model,
            read_ratings(config.ratings),
            config.split,
            data=config.data, catalogue=catalogue, device=config.device, progress=progress,
        )  # fmt: skip
        _keep(config.places, found, model.card["seal"])
    except _StoppedError:
        job.dismiss()
        return False
    except RecsysError as error:
        job.tell("ended", 1.0, str(error))
        return False
    except Exception as error:
        job.tell("ended", 1.0, f"An unexpected fault ({type(error).__name__}: {error}); "
                               f"{job.path / 'worker.log'} tells more.")  # fmt: skip
        raise
    job.dismiss()
    return True


def _keep(places: Sequence[Path], found: EvaluationResult, seal: str) -> None:
    """Keep what was measured in every place that can still take it.

    Raises:
        CheckpointError: none can.
    """
    failed: list[CheckpointError] = []
    for place in places:
        try:
            store_evaluation(place, found, seal)
        except CheckpointError as error:  # one that has gone meanwhile; the others keep them
            failed.append(error)
    if len(failed) == len(places):
        raise failed[0]
