"""System resources: cores, default thread counts, free memory and free disk space."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["cores", "default_threads", "free_disk", "free_memory"]


def cores() -> int:
    """Return the number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no such call
        return os.cpu_count() or 1


def default_threads(*, interactive: bool = False) -> int:
    """Return the number of threads that a computation uses where nobody chose one.

    Args:
        interactive: the app runs beside the computation, so one core stays free for it.

    Returns:
        All cores less one for a computation beside the app. In the terminal ``OMP_NUM_THREADS``
        where it is set, else all cores, divided by ``WORLD_SIZE`` under torchrun. At least 1.
    """
    if interactive:
        return max(1, cores() - 1)
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if limit.isdigit() and int(limit):
        return int(limit)
    return max(1, cores() // int(os.environ.get("WORLD_SIZE", "1")))


def free_memory() -> int | None:
    """Return the bytes of memory that can be allocated without swapping.

    Returns:
        The number of bytes, in a container within the container's own limit; None where the
        system does not report it.
    """
    free = _meminfo()
    limit, used = (
        _read_int(Path("/sys/fs/cgroup") / f"memory.{name}") for name in ("max", "current")
    )
    if limit is not None and used is not None:
        free = limit - used if free is None else min(free, limit - used)
    return free


def free_disk(folder: Path) -> int:
    """Return the free bytes of the disk that holds, or will hold, a folder."""
    existing = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    return shutil.disk_usage(existing).free


def _meminfo() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    line = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return None if line is None else int(line.split()[1]) * 1024


def _read_int(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file, or the word max: no limit
        return None
