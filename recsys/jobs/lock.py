"""One training at a time: a lock file for a training place, held by the process that trains.

The lock is flock's, so a process that dies frees it by dying. Whoever starts a worker takes the
lock first and lets the worker inherit it: there is no moment in which both, or neither, hold it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from recsys.errors import TrainingError

__all__ = ["acquire_lock", "lock_holders", "release_lock", "write_lock_holders"]

NAME = ".lock"
PATIENCE, PAUSE = 1.0, 0.02  # seconds: somebody who only looks holds it for an instant


def acquire_lock(place: Path, runs: Sequence[Path]) -> int:
    """Take the lock of a place for some runs; returns the file descriptor that holds it.

    Args:
        place: the folder of the runs; made where it is missing.
        runs: the run folders that will be trained under it, the first one at once.

    Raises:
        TrainingError: a training is running, which the sentence names, or the folder cannot be
            written.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = os.open(place / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise TrainingError(
            f"The folder {place} cannot be written ({error.strerror}); nothing was started."
        ) from None
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock)
                running = ", ".join(run.name for run in lock_holders(place)) or "another one"
                raise TrainingError(
                    f"A training is running ({running}), and two at once would both be slow; "
                    "nothing was started. Wait for it, or stop it first."
                ) from None
            time.sleep(PAUSE)
    write_lock_holders(lock, runs)
    return lock


def write_lock_holders(lock: int, runs: Sequence[Path]) -> None:
    """Say which runs are still to be trained under a lock that is held, the one at work first."""
    told = json.dumps({"runs": [str(run.resolve()) for run in runs]}).encode()
    # at one stroke, over all of what stood there: whoever looks sees the old list or the new one
    os.pwrite(lock, told.ljust(os.fstat(lock).st_size), 0)


def release_lock(lock: int) -> None:
    """Let go of the lock in this process; a worker that inherited it still holds it."""
    os.close(lock)


def lock_holders(place: Path) -> list[Path]:
    """Return the run folders that a living process is training or has still to train."""
    try:
        looking = os.open(place / NAME, os.O_RDONLY)
    except FileNotFoundError:
        return []
    try:
        fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _told(os.pread(looking, 65_536, 0))
    finally:
        os.close(looking)
    return []


def _told(data: bytes) -> list[Path]:
    try:
        return [Path(run) for run in json.loads(data)["runs"]]
    except (ValueError, KeyError, TypeError):
        return []  # taken this instant, and not yet written
