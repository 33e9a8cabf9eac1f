"""Counts how often Python code opens each file of a folder for reading."""

import errno
import os
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

_active: list[tuple[Path, Counter]] = []


def _hook(event, arguments):
    if event != "open" or not _active:
        return
    path, mode, flags = arguments
    writes = mode is not None and set("wax+") & set(mode)
    if writes or (mode is None and flags & (os.O_WRONLY | os.O_CREAT)):
        return
    if isinstance(path, str | bytes | os.PathLike):
        for folder, counts in _active:
            opened = Path.cwd() / os.fsdecode(path)  # not resolved: a link is another file
            if opened.is_relative_to(folder) and opened.exists():
                counts[str(opened.relative_to(folder))] += 1


sys.addaudithook(_hook)  # a hook cannot be removed; it does nothing outside ``count_reads``


@contextmanager
def count_reads(folder):
    """Count the files below a folder that any thread opens for reading inside the block."""
    counts = Counter()
    _active.append((folder.resolve(), counts))
    try:
        yield counts
    finally:
        _active.pop()


@contextmanager
def unreadable(monkeypatch, path):
    """Let ``read_bytes`` of a file fail inside the block, as if too many files were open."""
    read = Path.read_bytes

    def fail(self):
        if self == path:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(self))
        return read(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        yield
