"""The worker process: runs trainings, an evaluation or a map in the background.

::

    python -m recsys.jobs.worker train RUN_FOLDER …
    python -m recsys.jobs.worker evaluate JOB_FOLDER
    python -m recsys.jobs.worker map CHECKPOINT [--ratings FILE] [--copy-to CHECKPOINT]

The worker runs at low CPU priority and survives the page, the tab and the server that started it.
It holds the job lock until it ends. Nothing imported at the top of this module imports NumPy: the
libraries read their thread limit from the environment when they are imported.
"""

from __future__ import annotations

import argparse
import signal
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from recsys.errors import RecsysError
from recsys.jobs.evaluation_job import EvaluationJob
from recsys.jobs.launcher import limit_threads, lower_priority
from recsys.jobs.lock import JobLock, acquire_lock, release_lock, write_lock_holders
from recsys.jobs.run_folder import RunFolder
from recsys.paths import catalogue_path, runs_folder
from recsys.system_resources import cores

__all__ = ["main", "stop_on_signal"]


def stop_on_signal() -> Callable[[], bool]:
    """Turn the signals that end a process into a request to stop.

    Returns:
        A function that says whether such a signal has arrived.
    """
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: received.append(number))
    return lambda: bool(received)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the jobs of the command line.

    Args:
        arguments: those of the command line; of this process when none are given.

    Returns:
        The exit status: 0 when every job has ended as it should.

    Raises:
        TrainingError: the lock is held by another job.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    train = kinds.add_parser("train", help="train runs, one after the other")
    train.add_argument("jobs", nargs="+", type=Path, metavar="RUN_FOLDER")
    evaluate = kinds.add_parser("evaluate", help="run an evaluation")
    evaluate.add_argument("jobs", nargs=1, type=Path, metavar="JOB_FOLDER")
    draw = kinds.add_parser("map", help="compute the map of a checkpoint")
    draw.add_argument("jobs", nargs=1, type=Path, metavar="CHECKPOINT")
    draw.add_argument("--ratings", type=Path, help="the ratings that the model was trained on")
    draw.add_argument("--copy-to", type=Path, help="a copy of the checkpoint; it gets the map too")
    for kind in (train, evaluate, draw):
        kind.add_argument("--token", help="of the launcher that hands the lock over")
    options = parser.parse_args(arguments)
    folder = options.jobs[0].resolve().parent if options.kind == "map" else runs_folder()
    lock = acquire_lock(folder, options.jobs, token=options.token)
    try:
        lower_priority()
        if options.kind == "train":
            return _train([RunFolder(path) for path in options.jobs], lock)
        if options.kind == "evaluate":
            return _evaluate(EvaluationJob(options.jobs[0]))
        return _draw_map(options.jobs[0], options.ratings, options.copy_to)
    finally:
        release_lock(lock)


def _train(runs: Sequence[RunFolder], lock: JobLock) -> int:
    stop_requested = stop_on_signal()
    limit_threads(max(run.threads() for run in runs))
    from recsys.jobs.map_job import start_map_job  # noqa: PLC0415 - NumPy, after the thread limit
    from recsys.jobs.run_executor import execute_run  # noqa: PLC0415 - PyTorch, as above
    from recsys.training.events import Finished  # noqa: PLC0415 - as above

    exit_status = 0
    for number, run in enumerate(runs):
        write_lock_holders(lock, [waiting.path for waiting in runs[number:]])
        try:
            last = execute_run(run, stop_requested)
            if isinstance(last, Finished) and run.config().draw_map:
                start_map_job(run.checkpoint)
        except Exception:  # noqa: BLE001 - the log holds the traceback; the next run still starts
            traceback.print_exc()
            exit_status = 1
    return exit_status


def _evaluate(job: EvaluationJob) -> int:
    stop_requested = stop_on_signal()
    limit_threads(job.threads())
    from recsys.jobs.evaluation_executor import execute_evaluation  # noqa: PLC0415 - as above

    return 0 if execute_evaluation(job, stop_requested) else 1


def _draw_map(checkpoint: Path, ratings: Path | None, copy_to: Path | None) -> int:
    limit_threads(max(1, cores() - 1))
    from recsys.jobs.map_executor import compute_maps  # noqa: PLC0415 - as above
    from recsys.jobs.map_job import checkpoint_seal, map_progress, record_map_failure  # noqa: PLC0415 - as above

    seal = checkpoint_seal(checkpoint)
    try:
        compute_maps(
            checkpoint,
            ratings,
            catalogue_path(),
            copy_to=copy_to,
            progress=map_progress(checkpoint),
        )
    except RecsysError as error:
        record_map_failure(checkpoint, str(error), seal)
        return 1
    except Exception as error:
        reason = f"An unexpected error ({type(error).__name__}: {error})."
        record_map_failure(checkpoint, reason, seal)
        raise
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
