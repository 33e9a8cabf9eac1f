"""The worker: ``python -m recsys.jobs.worker RUN_FOLDER …`` trains runs, one after the other.

A process of its own at low priority, so that the app stays quick; it survives the page, the tab and
the server that started it. It holds the lock of its training place, inherited or taken.
"""

from __future__ import annotations

import argparse
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from recsys.errors import RecsysError
from recsys.jobs.evaluation_job import EvaluationJob, run_evaluation
from recsys.jobs.lock import acquire_lock, write_lock_holders
from recsys.jobs.map_job import compute_maps, record_map_failure, start_map_job
from recsys.jobs.run_folder import RunFolder
from recsys.paths import catalogue_path, runs_folder
from recsys.system_resources import default_threads
from recsys.training.events import Finished

__all__ = ["asked_to_stop", "limit_threads", "main"]

NICE = 10


def limit_threads(count: int) -> None:
    """Tell the libraries to come how many threads to use; before torch and numba are imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(count)


def asked_to_stop() -> Callable[[], bool]:
    """Take the signals that end a process as the wish to stop and keep the best."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: asked.append(got))
    return lambda: bool(asked)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the runs that are named; a run that fails does not keep the next from its turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--project", type=Path, help="draw the map of this checkpoint instead")
    parser.add_argument("--ratings", type=Path, help="that it learned from, for the map")
    parser.add_argument("--also", type=Path, help="a copy of it, which gets the map too")
    parser.add_argument("--evaluate", type=Path, help="measure what this job asks for instead")
    parser.add_argument("--lock", type=int, help="file descriptor that holds the lock")
    asked = parser.parse_args(arguments)
    if asked.project is not None:
        return _draw_map(asked.project, asked.ratings, asked.also)
    if asked.evaluate is not None:
        return _measure(asked.evaluate)
    runs = [RunFolder(path) for path in asked.runs]
    lock = acquire_lock(runs_folder(), asked.runs) if asked.lock is None else asked.lock
    os.nice(NICE)
    cancelled = asked_to_stop()
    limit_threads(max(_threads(run) for run in runs))
    from recsys.jobs.run_executor import execute_run  # noqa: PLC0415 - torch, once the threads are set

    failed = 0
    for number, run in enumerate(runs):
        write_lock_holders(lock, asked.runs[number:])  # what has ended is at work no longer
        try:
            if isinstance(execute_run(run, cancelled), Finished) and run.config().draw_map:
                start_map_job(run.checkpoint)
        except Exception:  # noqa: BLE001 - told in the run's log; the next run has its turn
            traceback.print_exc()
            failed = 1
    return failed


def _draw_map(checkpoint: Path, ratings: Path | None, also: Path | None) -> int:
    os.nice(NICE)
    limit_threads(default_threads(interactive=True))
    try:
        compute_maps(checkpoint, ratings, catalogue_path(), also=also)
    except RecsysError as error:
        record_map_failure(checkpoint, str(error))
        return 1
    return 0


def _measure(path: Path) -> int:
    job = EvaluationJob(path)
    os.nice(NICE)
    cancelled = asked_to_stop()
    limit_threads(job.config().threads)
    return 0 if run_evaluation(job, cancelled) else 1


def _threads(run: RunFolder) -> int:
    try:
        return run.config().threads
    except RecsysError:
        return 1  # said again, and told, when its turn comes


if __name__ == "__main__":
    raise SystemExit(main())
