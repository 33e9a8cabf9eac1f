"""Atomic file writes: a reader sees the old content or the new content, never a part of it.

Every write goes to a temporary file in the same folder, under a name of its own, is synced to the
disk and then renamed. So processes and threads may write the same file at once: the last rename
wins, and each content that a reader sees is complete. A successful write also removes the old
temporary files and folders of its target, which killed writers left behind.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock, Timeout

__all__ = [
    "atomic_folder",
    "atomic_path",
    "file_lock",
    "remove_leftovers",
    "slugify",
    "write_bytes",
    "write_json",
    "write_text",
]

LEFTOVER_SECONDS = 3600.0  # a temporary file this old has no writer any more
WINDOWS_DELAYS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.3)  # seconds between attempts, one in all


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Replace a file atomically by what the ``with`` block writes to a temporary path.

    The temporary file is a hidden sibling of ``path`` with the same suffix. When the block ends
    it is synced and renamed to ``path``. When the block raises, it is removed and ``path`` stays
    as it was.

    Args:
        path: the file to create or replace; its folder must exist.

    Yields:
        The temporary path, which does not exist yet.

    Raises:
        OSError: the file cannot be written or renamed; ``path`` is unchanged.
    """
    temporary = path.with_name(f".{path.stem}.tmp-{uuid4().hex}{path.suffix}")
    try:
        yield temporary
        _sync(temporary)
        _replace(temporary, path)
        remove_leftovers(path, min_age=LEFTOVER_SECONDS)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Create a folder atomically from what the ``with`` block writes to a temporary folder.

    The temporary folder is a hidden sibling of ``path``. When the block ends, the files in it are
    synced and the folder is renamed to ``path``. When the block raises, it is removed.

    Args:
        path: the folder to create; missing or empty. Its parent must exist.

    Yields:
        The temporary folder.

    Raises:
        OSError: the folder cannot be written, or ``path`` is not empty; ``path`` is unchanged.
    """
    temporary = path.with_name(f".{path.name}.tmp-{uuid4().hex}")
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file():
                _sync(file)
        if path.exists():
            path.rmdir()  # an empty folder in the way; Windows does not rename over it
        temporary.rename(path)
        remove_leftovers(path, min_age=LEFTOVER_SECONDS)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _replace(source: Path, target: Path) -> None:
    """Rename a file over another one; on Windows wait briefly while a reader has that one open.

    Raises:
        OSError: the file cannot be renamed; on Windows also after a second of retries.
    """
    for delay in WINDOWS_DELAYS if sys.platform == "win32" else ():
        try:
            source.replace(target)
        except PermissionError:
            time.sleep(delay)
        else:
            return
    source.replace(target)


def _sync(path: Path) -> None:
    """Wait until the content of a file is on the disk."""
    with path.open("rb+") as file:  # Windows syncs only a file that is open for writing
        os.fsync(file.fileno())


@contextmanager
def file_lock(path: Path, *, timeout: float = 10.0) -> Iterator[None]:
    """Lock a file while it is read, changed and written back.

    The lock is a hidden sibling of ``path`` and excludes other threads and processes that use this
    function; it is released when the block ends, or when the process dies.

    Args:
        path: the file; it need not exist, its folder must.
        timeout: seconds to wait for another holder.

    Yields:
        Nothing.

    Raises:
        OSError: the lock file cannot be written.
        TimeoutError: another holder kept the lock for too long; a kind of OSError.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise TimeoutError(errno.ETIMEDOUT, "another process keeps it locked", str(path)) from None
    try:
        yield
    finally:
        lock.release()


def remove_leftovers(path: Path, *, min_age: float = 0.0) -> None:
    """Remove the temporary files and folders of ``path`` that a killed process left behind.

    One that cannot be removed stays.

    Args:
        path: the file or folder that was to be written.
        min_age: seconds since the last change of a leftover; 0 only where nobody else is writing
            ``path``.
    """
    names = (f".{glob.escape(path.stem)}.tmp-*{glob.escape(path.suffix)}",
             f".{glob.escape(path.name)}.tmp-*")  # fmt: skip
    latest = time.time() - min_age
    for temporary in {entry for name in names for entry in path.parent.glob(name)}:
        with suppress(OSError):
            entries = (temporary, *temporary.rglob("*"))
            if min_age and max(entry.lstat().st_mtime for entry in entries) > latest:
                continue
            shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()


def write_bytes(path: Path, data: bytes) -> None:
    """Create or replace a file atomically.

    Args:
        path: the file; its folder must exist.
        data: its new content.

    Raises:
        OSError: the file cannot be written; the previous content is unchanged.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Create or replace a UTF-8 text file atomically, as ``write_bytes`` does.

    Raises:
        OSError: the file cannot be written; the previous content is unchanged.
    """
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Create or replace a JSON file atomically, as ``write_bytes`` does.

    Raises:
        OSError: the file cannot be written; the previous content is unchanged.
    """
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def slugify(text: str) -> str:
    """Return a text as part of a file name: lower-case letters, digits, hyphens; at most 40."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "unnamed"
