"""What the machine has left: memory, disk, cores."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["cores", "free_disk", "free_memory"]


def cores() -> int:
    """Return the number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no such call
        return os.cpu_count() or 1


def free_memory() -> int | None:
    """Return the bytes that can be taken without swapping; none where the system does not say.

    In a container its own limit counts too.
    """
    free = _meminfo()
    limit, used = (
        _number(Path("/sys/fs/cgroup") / f"memory.{name}") for name in ("max", "current")
    )
    if limit is not None and used is not None:
        free = limit - used if free is None else min(free, limit - used)
    return free


def free_disk(folder: Path) -> int:
    """Return the free bytes of the disk that a folder is, or will be, on."""
    there = next(one for one in (folder, *folder.resolve().parents) if one.exists())
    return shutil.disk_usage(there).free


def _meminfo() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return None if found is None else int(found.split()[1]) * 1024


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file, or the word max
        return None
