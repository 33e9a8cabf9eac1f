"""The journal of a run: ``events.jsonl``, one JSON object a line, only ever appended to.

A process may die in the middle of a line, so a reader takes whole lines and passes over what is no
JSON; a writer that goes on first ends the torn line. A run that was killed goes on from its last
saved state, so some steps may stand there twice: whoever folds the lines lets the later ones count.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from recsys.training import events

__all__ = ["Journal", "read_lines"]

QUIET = (events.StepCompleted,)  # not synced: a crash of the machine may take the last steps


class Journal:
    """Appends events to a file; close it at the end.

    Args:
        path: of ``events.jsonl``; made where it is missing.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._torn = bool(self._file.tell()) and not _ends_with_a_line(path)

    def append(self, event: events.Event, part: str) -> None:
        """Write one event with the part of the run that it belongs to and the time of day.

        Args:
            event: what happened.
            part: of the run, ``search`` or ``final`` (``recsys.training.pipeline``).

        Raises:
            OSError: it cannot be written; the disk is full, say.
        """
        line = {**event.to_dict(), "part": part, "at": round(time.time(), 3)}
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        if self._torn:
            data = b"\n" + data
        while data:  # a full disk takes the beginning and refuses the rest
            data = data[self._file.write(data) :]
            self._torn = bool(data)
        if not isinstance(event, QUIET):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def read_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Return the events from a byte on, and the byte to go on from.

    Args:
        path: of ``events.jsonl``; a missing one holds nothing yet.
        offset: where the last reading ended.

    Returns:
        The whole lines that are JSON objects, and the offset behind the last whole line.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], 0
    whole = data.rfind(b"\n") + 1
    lines = data[:whole].splitlines()
    try:  # all at once is five times as fast as line by line
        found = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        found = []
    if len(found) != len(lines):  # a line is no JSON, or is some only beside its neighbour
        found = [_object(line) for line in lines]
    return [one for one in found if isinstance(one, dict)], offset + whole


def _object(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
