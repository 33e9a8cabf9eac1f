"""Execution of an evaluation job: evaluate the recipe of a checkpoint and store the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.device import training_device
from recsys.errors import CheckpointError, RecsysError
from recsys.evaluation.results import EvaluationResult
from recsys.evaluation.results_io import store_evaluation
from recsys.jobs.evaluation_job import EvaluationJob
from recsys.jobs.status import StatusWriter
from recsys.models.checkpoint import load_checkpoint
from recsys.training.retrain import evaluate_recipe

__all__ = ["execute_evaluation"]


class _StoppedError(Exception):
    """The job was asked to stop."""


def execute_evaluation(
    job: EvaluationJob, stop_requested: Callable[[], bool] = lambda: False
) -> bool:
    """Run an evaluation job and store its results with the checkpoint.

    A failure is recorded in the status of the job; a job that succeeds or is stopped removes its
    folder.

    Args:
        job: the job.
        stop_requested: called at each progress report, beside the job's own marker.

    Returns:
        Whether there are results.
    """
    write = StatusWriter(job.status_path)

    def progress(description: str, share: float) -> None:
        if stop_requested() or job.stop_requested():
            raise _StoppedError
        write(description, share)

    try:
        config = job.config()
        torch.set_num_threads(config.threads)
        catalogue = None if config.catalogue is None else read_catalogue(config.catalogue)
        model = load_checkpoint(config.checkpoint)
        result = evaluate_recipe(
            model, read_ratings(config.ratings), config.split,
            data=config.data, catalogue=catalogue, device=training_device(config.device),
            progress=progress,
        )  # fmt: skip
        _store(config.places, result, model.card["seal"])
    except _StoppedError:
        job.dismiss()
        return False
    except RecsysError as error:
        job.fail(str(error))
        return False
    except Exception as error:
        job.fail(
            f"An unexpected error ({type(error).__name__}: {error}); the traceback is in {job.log}."
        )
        raise
    job.dismiss()
    return True


def _store(folders: Sequence[Path], result: EvaluationResult, seal: str) -> None:
    """Store results in every folder that can still be written.

    Raises:
        CheckpointError: none of them can.
    """
    failures: list[CheckpointError] = []
    for folder in folders:
        try:
            store_evaluation(folder, result, seal)
        except CheckpointError as error:  # removed meanwhile; the other copies get the results
            failures.append(error)
    if len(failures) == len(folders):
        raise failures[0]
