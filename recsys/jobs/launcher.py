"""The job launcher: starts the worker process of a training, an evaluation or a map."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import psutil

from recsys.jobs.lock import acquire_lock, hand_over_lock, release_lock
from recsys.paths import ROOT, absolute_variables, is_installed

__all__ = ["JobKind", "launch_worker", "limit_threads", "lower_priority", "thread_limits"]

JobKind = Literal["train", "evaluate", "map"]
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip
NICE = 10  # added to the niceness of a worker on POSIX


def launch_worker(
    kind: JobKind,
    jobs: Sequence[Path],
    *,
    lock_folder: Path,
    log: Path,
    threads: int,
    options: Sequence[str] = (),
    prepare: Callable[[], None] = lambda: None,
) -> None:
    """Acquire the job lock, start a worker process and hand the lock over to it.

    The worker outlives this process and its terminal. Its libraries are limited to ``threads``
    threads through environment variables, which NumPy, PyTorch and Numba read when they are
    imported. Relative paths in the variables of ``recsys.paths`` count from the working directory
    of this process in the worker too.

    Args:
        kind: of the jobs.
        jobs: their folders; the worker runs them one after the other.
        lock_folder: the folder whose lock the jobs need.
        log: file that receives the output of the worker.
        threads: number of CPU threads.
        options: further command-line options of the worker.
        prepare: called once the lock is held, before the process starts.

    Raises:
        TrainingError: another job holds the lock.
        OSError: ``prepare`` failed, or the process or its record could not be made; no worker
            runs and the lock is released, as after any other exception.
    """
    lock = acquire_lock(lock_folder, jobs)
    token = secrets.token_hex(8)
    folders = [str(job.resolve()) for job in jobs]
    # A checkout is importable from its folder. An installed package is importable from everywhere,
    # and -P keeps the modules of the user's working directory out of the worker.
    directory, flags = (None, ["-P"]) if is_installed() else (ROOT, [])
    command = [
        sys.executable, *flags, "-m", "recsys.jobs.worker", kind, *folders,
        f"--token={token}", *options,
    ]  # fmt: skip
    worker: subprocess.Popen[bytes] | None = None
    try:
        prepare()
        with log.open("ab") as output:
            worker = subprocess.Popen(  # noqa: S603 - our own module; paths are arguments, no shell
                command, cwd=directory,
                env={**os.environ, **absolute_variables(), **thread_limits(threads)},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
                | getattr(subprocess, "DETACHED_PROCESS", 0),
            )  # fmt: skip
        hand_over_lock(lock, worker.pid, jobs, token)
    except BaseException:
        if worker is not None:  # it waits for the lock, so it has not begun a job
            worker.kill()
            worker.wait()
        release_lock(lock)
        raise


def thread_limits(count: int) -> dict[str, str]:
    """Return the environment variables that limit the numerical libraries to some threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(count))


def limit_threads(count: int) -> None:
    """Limit the numerical libraries of this process; call it before NumPy is imported.

    It is meant for a process that does nothing else: Numba refuses another value later.
    """
    os.environ.update(thread_limits(count))


def lower_priority() -> None:
    """Lower the CPU priority of this process, so that the app stays responsive."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    else:
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
