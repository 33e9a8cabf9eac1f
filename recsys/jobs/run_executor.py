"""Execution of a training run: events go to the journal, models and states to the run folder.

The worker that the app starts and the terminal execute a run with the same function.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import torch
from threadpoolctl import threadpool_limits

from recsys.data.drop_report import DropReport
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.device import training_device
from recsys.errors import RecsysError
from recsys.files import remove_leftovers
from recsys.jobs.journal import Journal
from recsys.jobs.run_config import RunConfig
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.models.baselines import quick_baselines
from recsys.models.checkpoint import save_checkpoint
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline, refit_state_path
from recsys.training.validation_baselines import validation_baselines

__all__ = ["EventCallback", "execute_run"]

MAX_SNAPSHOTS = 16  # kept of a run; more are thinned out, which bounds the disk use of a run
RESERVED_BYTES = 65_536  # freed when the disk is full, so that the last event can be written

EventCallback = Callable[[events.Event, str], None]  # an event and the part of the run


def execute_run(
    run: RunFolder,
    stop_requested: Callable[[], bool] = lambda: False,
    on_event: EventCallback = lambda _event, _part: None,
    on_report: Callable[[DropReport], None] = lambda _report: None,
) -> events.Event:
    """Train a run to its end, or continue it from its saved state.

    Args:
        run: the run, with its configuration.
        stop_requested: called before each step, beside the run's own marker.
        on_event: called with each event after it is in the journal.
        on_report: called with what was read from the ratings file.

    Returns:
        The event that ended the run. Any failure after the configuration is read is a ``Failed``
        event.

    Raises:
        TrainingError: the configuration cannot be read.
    """
    config = run.config()
    torch.set_num_threads(config.threads)
    _remove_leftovers(run)
    history = RunHistory.read(run)
    reserve = run.path / ".spare"
    # an SVD start gives other bits with another number of threads
    blas = threadpool_limits(config.threads, user_api="blas")
    with blas, closing(Journal(run.events)) as journal:

        def record(event: events.Event, part: str) -> None:
            journal.append(event, part)
            on_event(event, part)

        execution = None
        try:
            reserve.write_bytes(bytes(RESERVED_BYTES))
            pipeline = _pipeline(run, config, on_report)
            execution = _Execution(run, config, pipeline, history, record)
            return execution.train(lambda: stop_requested() or run.cancel.exists())
        except Exception as error:
            reserve.unlink(missing_ok=True)
            failed = _failure(run, error, execution)
            record(failed, execution.pipeline.part if execution else "final")
            if _known_reason(error) is None:
                raise  # the worker's log receives the traceback
            return failed
        finally:
            reserve.unlink(missing_ok=True)


def _pipeline(
    run: RunFolder, config: RunConfig, on_report: Callable[[DropReport], None]
) -> TrainingPipeline:
    known = None if config.catalogue is None else read_catalogue(config.catalogue).ids.ids
    ratings = read_ratings(config.ratings, catalogue_ids=known)
    run.write_drop_report(ratings.report)
    on_report(ratings.report)
    return TrainingPipeline(
        ratings.interactions, config.settings, config.validation, training_device(config.device),
        run.metadata().name, state=run.state, refit=config.refit,
    )  # fmt: skip


def _remove_leftovers(run: RunFolder) -> None:
    """Remove what a killed process left half-written, by this version or an earlier one."""
    for folder in (*run.path.glob(".checkpoint[-.]*"), *(run.path / "snapshots").glob(".*")):
        shutil.rmtree(folder, ignore_errors=True)
    for state in (run.state, refit_state_path(run.state)):
        remove_leftovers(state)
        state.with_suffix(".writing").unlink(missing_ok=True)


@dataclass(slots=True)
class _Execution:
    """One execution of a run: the run, its training, and where its events go.

    Attributes:
        run: the run folder.
        config: its configuration.
        pipeline: the training.
        history: the journal before this execution.
        record: writes an event to the journal and passes it on.
    """

    run: RunFolder
    config: RunConfig
    pipeline: TrainingPipeline
    history: RunHistory
    record: EventCallback

    def train(self, stop_requested: Callable[[], bool]) -> events.Event:
        """Train; a model is on disk before the event that announces it is in the journal."""
        pipeline = self.pipeline
        baselines = self.missing_baselines()
        for event in pipeline.run(stop_requested):
            part, has_split = pipeline.part, pipeline.trainer and pipeline.trainer.validation
            if isinstance(event, events.Evaluated):
                if has_split or not pipeline.validation:
                    self.save_snapshot(event.step)
                self.record(event, part)
                if has_split and (baseline := next(baselines, None)) is not None:
                    self.record(baseline, part)
            elif isinstance(event, events.Finished | events.Cancelled | events.Failed):
                if has_split and isinstance(event, events.Finished):
                    for baseline in baselines:
                        self.record(baseline, part)
                if part == "final" or not isinstance(event, events.Finished):
                    return self.end(event)
                self.record(event, part)
            else:
                self.record(event, part)
        raise AssertionError("a training ends with Finished, Cancelled or Failed")

    def missing_baselines(self) -> Iterator[events.BaselineEvaluated]:
        """Evaluate the baselines that the journal does not hold yet, one per ``next``."""
        trainer = self.pipeline.trainer
        missing = [name for name in quick_baselines() if name not in self.history.baselines]
        if self.config.baselines and missing and trainer and trainer.validation is not None:
            yield from validation_baselines(trainer.interactions, trainer.validation, missing)

    def save_snapshot(self, step: int) -> None:
        """Save the model of this step; of many, keep the first, the best, the last two, others."""
        save_checkpoint(self.run.snapshot(step), self.pipeline.snapshot())
        steps = self.run.snapshots()
        if len(steps) > MAX_SNAPSHOTS:
            protected = {self.pipeline.kept_step, steps[0], *steps[-2:]}
            # the gap that removing a snapshot would leave; the smallest one is removed
            gaps = {
                middle: after - earlier
                for earlier, middle, after in zip(steps, steps[1:], steps[2:], strict=False)
                if middle not in protected
            }
            shutil.rmtree(self.run.snapshot(min(gaps, key=lambda step: gaps[step])))

    def end(self, event: events.Finished | events.Cancelled | events.Failed) -> events.Event:
        """Save the best model, if there is one, and record how the run ended."""
        best = self.pipeline.kept_step
        if best:
            checkpoint = self.pipeline.checkpoint(
                items_only=self.config.items_only, half=self.config.half
            )
            for folder in (self.run.checkpoint, self.config.out):
                if folder is not None:
                    save_checkpoint(folder, checkpoint)
        last: events.Event
        if isinstance(event, events.Failed):
            last = replace(event, kept_step=best)
        else:
            last = replace(event, best_step=best)
        self.record(last, self.pipeline.part)
        if isinstance(last, events.Finished):  # nothing is left to resume
            for state in self.run.path.glob(f"{self.run.state.name}*"):
                state.unlink()
        return last


def _failure(run: RunFolder, error: Exception, execution: _Execution | None) -> events.Failed:
    trainer = execution.pipeline.trainer if execution else None
    step = trainer.state.step if trainer else 0
    reason = _known_reason(error) or (
        f"an unexpected error ({type(error).__name__}: {error}); worker.log holds the traceback"
    )
    # the model in memory may be newer than the last one on disk, which is what is kept
    return events.Failed(step, reason, RunHistory.read(run).best_step)


def _known_reason(error: Exception) -> str | None:
    """Return why a training failed and what to do; none for an error of the program."""
    if isinstance(error, RecsysError):
        return str(error).rstrip(".")
    if (
        isinstance(error, MemoryError)
        or "allocate memory" in str(error)
        or "out of memory" in str(error)
    ):
        return "the memory did not suffice; use fewer dimensions, a smaller batch, or fewer anime"
    if not isinstance(error, OSError):
        return None
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "the disk is full; free some space, then resume"
    return f"a file could not be read or written ({os.strerror(error.errno or errno.EIO)})"
