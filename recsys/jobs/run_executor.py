"""Driving a run: the trainer's events go to the journal, models and states to the run folder.

The same for the worker, which the app starts, and for the terminal.
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

from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.errors import RecsysError
from recsys.files import remove_leftovers
from recsys.jobs.journal import Journal, read_lines
from recsys.jobs.run_folder import RunConfig, RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.models.checkpoint import save_checkpoint
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline
from recsys.training.validation_baselines import BASELINES, validation_baselines

__all__ = ["Tell", "execute_run"]

SNAPSHOTS = 16  # kept of a run; more are thinned, so that the disk that a run takes has a bound
SPARE = 65_536  # bytes set aside, and given back when the disk is full, to have room to say so

Tell = Callable[[events.Event, str], None]  # an event, and the part of the run that it belongs to


def execute_run(
    run: RunFolder,
    cancelled: Callable[[], bool] = lambda: False,
    tell: Tell = lambda _event, _part: None,
) -> events.Event:
    """Train a run to its end, or on from its saved state; returns the event that ended it.

    Args:
        run: with its config.
        cancelled: asked before each step, beside the run's own marker.
        tell: called with each event, after it is in the journal.

    Raises:
        TrainingError: the order cannot be read. Whatever goes wrong later is a ``Failed`` event.
    """
    config = run.config()
    torch.set_num_threads(config.threads)
    _tidy(run)
    before = _history(run)
    spare = run.path / ".spare"
    # an SVD start has other bits with other threads, in a worker as in a terminal
    blas = threadpool_limits(config.threads, user_api="blas")
    with blas, closing(Journal(run.events)) as journal:

        def say(event: events.Event, part: str) -> None:
            journal.append(event, part)
            tell(event, part)

        driver = None
        try:
            spare.write_bytes(bytes(SPARE))
            driver = _Driver(run, config, _fit(run, config), before, say)
            return driver.follow(lambda: cancelled() or run.cancel.exists())
        except Exception as error:
            spare.unlink(missing_ok=True)
            fit = driver and driver.fit
            step = fit.trainer.state.step if fit and fit.trainer else 0
            reason = _reason(error)
            on_disk = _history(run)  # what is kept; the fit may know of a better one in memory
            failed = events.Failed(step, reason or _unexpected(error), on_disk.kept)
            say(failed, fit.part if fit else "final")
            if reason is None:
                raise  # the worker's log gets all of it
            return failed
        finally:
            spare.unlink(missing_ok=True)


def _fit(run: RunFolder, config: RunConfig) -> TrainingPipeline:
    known = None if config.catalogue is None else read_catalogue(config.catalogue).ids.ids
    ratings = read_ratings(config.ratings, catalogue_ids=known).interactions
    return TrainingPipeline(
        ratings, config.settings, config.validation, config.device, run.metadata().name, state=run.state,
        refit=config.refit,
    )  # fmt: skip


def _history(run: RunFolder) -> RunHistory:
    history = RunHistory()
    history.fold(read_lines(run.events)[0])
    return history


def _tidy(run: RunFolder) -> None:
    """Take away what a killed process left half written."""
    for torn in (*run.path.glob(".checkpoint-*"), *(run.path / "snapshots").glob(".*")):
        shutil.rmtree(torn, ignore_errors=True)
    for state in (run.state, run.path / f"{run.state.name}.refit"):
        remove_leftovers(state)


@dataclass(slots=True)
class _Driver:
    """What belongs to one driving: the run, its training, and where events go."""

    run: RunFolder
    config: RunConfig
    fit: TrainingPipeline
    before: RunHistory
    say: Tell

    def follow(self, cancelled: Callable[[], bool]) -> events.Event:
        """Take the events as they come; a model is on disk before the event that tells of it."""
        lines = self.lines()
        for event in self.fit.run(cancelled):
            part, judged = self.fit.part, self.fit.trainer and self.fit.trainer.validation
            if isinstance(event, events.Evaluated):
                if judged or not self.fit.validation:
                    self.snapshot(event.step)
                self.say(event, part)
                if judged and (line := next(lines, None)) is not None:
                    self.say(line, part)
            elif isinstance(event, events.Finished | events.Cancelled | events.Failed):
                if judged and isinstance(event, events.Finished):
                    for line in lines:
                        self.say(line, part)
                if part == "final" or not isinstance(event, events.Finished):
                    return self.end(event)
                self.say(event, part)
            else:
                self.say(event, part)
        raise AssertionError("a training ends with an event that says so")

    def lines(self) -> Iterator[events.BaselineEvaluated]:
        """Yield the baselines that the journal does not hold yet, one each time it is asked."""
        trainer = self.fit.trainer
        missing = [name for name in BASELINES if name not in self.before.baselines]
        if self.config.baselines and missing and trainer and trainer.validation is not None:
            yield from validation_baselines(trainer.interactions, trainer.validation, missing)

    def snapshot(self, step: int) -> None:
        """Keep the model as it stands; of many: the first, the best, the last two, some between."""
        save_checkpoint(self.run.snapshot(step), self.fit.snapshot())
        kept = self.run.snapshots()
        if len(kept) > SNAPSHOTS:
            stays = {self.fit.kept_step, kept[0], *kept[-2:]}
            gaps = {
                middle: after - earlier
                for earlier, middle, after in zip(kept, kept[1:], kept[2:], strict=False)
                if middle not in stays
            }
            shutil.rmtree(self.run.snapshot(min(gaps, key=lambda one: gaps[one])))

    def end(self, event: events.Finished | events.Cancelled | events.Failed) -> events.Event:
        """Write the best model where it belongs, if there is one, and tell how the run ended."""
        best = self.fit.kept_step
        if best:
            checkpoint = self.fit.checkpoint(
                items_only=self.config.items_only, half=self.config.half
            )
            for place in (self.run.checkpoint, self.config.out):
                if place is not None:
                    save_checkpoint(place, checkpoint)
        if isinstance(event, events.Failed):
            told: events.Event = replace(event, kept_step=best)
        else:
            told = replace(event, best_step=best)
        self.say(told, self.fit.part)
        if isinstance(told, events.Finished):  # nothing is left to go on with
            for state in self.run.path.glob(f"{self.run.state.name}*"):
                state.unlink()
        return told


def _reason(error: Exception) -> str | None:
    """Say what went wrong where that is known, and what to do; none for a fault of the program."""
    if isinstance(error, RecsysError):
        return str(error).rstrip(".")
    if (
        isinstance(error, MemoryError)
        or "allocate memory" in str(error)
        or "out of memory" in str(error)
    ):
        return "the memory did not suffice; take fewer dimensions, a smaller batch, or fewer anime"
    if not isinstance(error, OSError):
        return None
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "the disk is full; free some space, then resume"
    return f"a file could not be read or written ({os.strerror(error.errno or errno.EIO)})"


def _unexpected(error: Exception) -> str:
    return f"an unexpected fault ({type(error).__name__}: {error}); worker.log tells more"
