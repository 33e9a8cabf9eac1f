"""The job lock: at most one heavy job for each folder, across processes and operating systems.

Two files in the folder::

    .lock        the lock of the library filelock; the operating system frees it when its
                 holder dies
    .lock.json   the record: for which jobs the lock is held, and by which process

A job whose record names a living process counts as running. The record identifies the process by
its id and its start time. The system clock may be changed while a job runs, so a record also names
a living process where the operating system says that the lock is held. A launcher does not wait for
its worker: it writes a record with the worker's process and a token, and releases the lock. Until
the worker has acquired the lock with that token, everybody else is refused. So a job that was
started never counts as ended before its process ends.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from recsys.errors import TrainingError
from recsys.files import write_json

__all__ = [
    "JobLock",
    "acquire_lock",
    "hand_over_lock",
    "lock_holders",
    "release_lock",
    "write_lock_holders",
]

LOCK, RECORD = ".lock", ".lock.json"
HAND_OVER_SECONDS = 60.0  # a worker waits so long for the lock that its launcher hands over
RELEASE_SECONDS = 1.0  # everybody else waits so long, unless a living process is recorded
POLL_SECONDS = 0.02
LOOK_SECONDS = 0.05  # a look at the lock waits so long for another look to end
SAME_START_SECONDS = 2.0  # two start times this close, with the same id, are the same process


@dataclass(frozen=True, slots=True)
class JobLock:
    """A lock that this process holds.

    Attributes:
        folder: the folder that is locked.
        file: the lock of the operating system.
    """

    folder: Path
    file: FileLock


@dataclass(frozen=True, slots=True)
class _Record:
    """Who holds the lock.

    Attributes:
        jobs: folders of the jobs.
        pid: id of the process.
        started: start time of the process, in seconds since the epoch.
        since_boot: start time of the process, in seconds since the computer started; none in a
            record of an earlier version.
        token: of a launch; none where the process has acquired the lock itself.
    """

    jobs: tuple[str, ...]
    pid: int
    started: float
    since_boot: float | None = None
    token: str | None = None

    def alive(self, folder: Path) -> bool:
        """Return whether the process of the record is running, also after a change of the clock.

        Args:
            folder: of the lock.
        """
        return self.process_exists() and (self.same_process() or _is_locked(folder))

    def process_exists(self) -> bool:
        """Return whether there is a process with the recorded id; a zombie does not count."""
        try:
            return bool(psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:  # the process exists and belongs to another user
            return True

    def same_process(self) -> bool:
        """Return whether the process with the recorded id started at the recorded time.

        On Linux and macOS ``create_time`` follows the system clock, as ``boot_time`` does, and
        their difference is constant. On Windows ``create_time`` is constant.
        """
        try:
            process = _record_of(psutil.Process(self.pid), ())
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True
        if abs(process.started - self.started) < SAME_START_SECONDS:
            return True
        if self.since_boot is None or process.since_boot is None:
            return False
        return abs(process.since_boot - self.since_boot) < SAME_START_SECONDS

    def write(self, folder: Path) -> None:
        values = {
            "jobs": list(self.jobs),
            "pid": self.pid,
            "started": self.started,
            "since_boot": self.since_boot,
            "token": self.token,
        }
        write_json(folder / RECORD, values)


def acquire_lock(folder: Path, jobs: Sequence[Path], *, token: str | None = None) -> JobLock:
    """Acquire the lock of a folder for some jobs.

    Args:
        folder: the folder of the jobs; created when it is missing.
        jobs: the folders of the jobs that will run under the lock, the first one at once.
        token: the token of the launcher that hands the lock over to this process, or none.

    Returns:
        The lock, for ``release_lock``.

    Raises:
        TrainingError: another process holds the lock, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = FileLock(folder / LOCK, thread_local=False)
        file.acquire(timeout=_patience(folder, token), poll_interval=POLL_SECONDS)
    except Timeout:
        raise _refusal(folder) from None
    except OSError as error:
        raise TrainingError(_not_writable(folder, error)) from None
    record = _read_record(folder)
    # this process holds the lock, so only the process itself says whether a record is still valid
    if (
        record is not None and record.token not in {None, token}
        and record.process_exists() and record.same_process()
    ):  # fmt: skip
        file.release()  # a worker has been launched and is about to acquire the lock
        raise _refusal(folder)
    lock = JobLock(folder, file)
    try:
        write_lock_holders(lock, jobs)
    except OSError as error:
        release_lock(lock)
        raise TrainingError(_not_writable(folder, error)) from None
    return lock


def write_lock_holders(lock: JobLock, jobs: Sequence[Path]) -> None:
    """Record the jobs that are still to run under a lock that this process holds.

    Args:
        lock: the lock.
        jobs: folders of the jobs, the one at work first.

    Raises:
        OSError: the record cannot be written; the previous one is unchanged.
    """
    _record_of(psutil.Process(), jobs).write(lock.folder)


def hand_over_lock(lock: JobLock, pid: int, jobs: Sequence[Path], token: str) -> None:
    """Release a lock in favour of a worker process that was just started.

    Args:
        lock: the lock, which this process holds no longer afterwards.
        pid: the worker's process id.
        jobs: folders of the jobs that the worker will run.
        token: the worker acquires the lock with it.

    Raises:
        OSError: the record cannot be written; this process still holds the lock.
    """
    try:
        _record_of(psutil.Process(pid), jobs, token).write(lock.folder)
    except psutil.NoSuchProcess:  # it has already ended: nobody holds the lock
        (lock.folder / RECORD).unlink(missing_ok=True)
    lock.file.release()


def release_lock(lock: JobLock) -> None:
    """Release a lock and remove its record."""
    try:
        (lock.folder / RECORD).unlink(missing_ok=True)
    finally:
        lock.file.release()


def lock_holders(folder: Path) -> list[Path]:
    """Return the folders of the jobs that a living process runs or will run, the current first."""
    record = _read_record(folder)
    if record is None or not record.alive(folder):
        return []
    return [Path(job) for job in record.jobs]


def _patience(folder: Path, token: str | None) -> float:
    """Return the seconds to wait for the lock: a process may hold it only to look or to end."""
    if token is not None:
        return HAND_OVER_SECONDS
    record = _read_record(folder)
    return 0.0 if record is not None and record.alive(folder) else RELEASE_SECONDS


def _record_of(process: psutil.Process, jobs: Sequence[Path], token: str | None = None) -> _Record:
    folders = tuple(str(job.resolve()) for job in jobs)
    started = process.create_time()
    return _Record(folders, process.pid, started, started - psutil.boot_time(), token)


def _is_locked(folder: Path) -> bool:
    """Return whether a process, perhaps this one, holds the lock of the operating system.

    The lock is acquired for a moment; whoever acquires it meanwhile waits that long.
    """
    if not (folder / LOCK).exists():
        return False
    file = FileLock(folder / LOCK, thread_local=False)
    try:
        file.acquire(timeout=LOOK_SECONDS, poll_interval=POLL_SECONDS)
    except Timeout:
        return True
    except OSError:  # the folder cannot be written, so no job can run in it
        return False
    file.release()
    return False


def _read_record(folder: Path) -> _Record | None:
    """Return the record of a folder; none where there is none that can be read."""
    try:
        values: Any = json.loads((folder / RECORD).read_bytes())
        jobs = tuple(str(job) for job in values["jobs"])
        token, since_boot = values["token"], values.get("since_boot")
        return _Record(
            jobs,
            int(values["pid"]),
            float(values["started"]),
            None if since_boot is None else float(since_boot),
            None if token is None else str(token),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _refusal(folder: Path) -> TrainingError:
    names = ", ".join(job.name for job in lock_holders(folder))
    running = f"Another job is running ({names})" if names else "Another job is running"
    return TrainingError(
        f"{running}, and two at once would both be slow; nothing was started. Wait for it, or stop "
        "it first."
    )


def _not_writable(folder: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"The folder {folder} cannot be written ({reason}); nothing was started."
