"""Checkpoint folders: file names, versions, and the atomic pointer to the current version.

A checkpoint that was written once is one flat folder. Replacing it puts the new files into a
version folder with a random name; then the file ``current``, which holds that name, is renamed
into place, and the previous files are removed::

    model/                      model/
      card.json                   current                      one line: the id
      items.safetensors           versions/<id>/card.json
      projection.safetensors      versions/<id>/items.safetensors

A rename is atomic, so a reader finds the previous version or the new one. It resolves the pointer
once and reads everything from that version; when the pointer has moved meanwhile, it reads again.
An id is never used twice, so a moved pointer always shows. Files that describe a version, such as
its map and its evaluations, lie beside its card and go with it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from recsys.errors import CheckpointError
from recsys.files import atomic_folder, file_lock, write_text

__all__ = [
    "CARD",
    "CHECKPOINT_FILES",
    "EVALUATIONS",
    "ITEMS",
    "POINTER",
    "PROJECTION",
    "USERS",
    "is_checkpoint",
    "read_current",
    "resolve_checkpoint",
    "write_checkpoint_files",
]

CARD, ITEMS, USERS = "card.json", "items.safetensors", "users.safetensors"
PROJECTION, EVALUATIONS = "projection.safetensors", "evaluations.json"
CHECKPOINT_FILES = (CARD, ITEMS, USERS, PROJECTION, EVALUATIONS)
POINTER, VERSIONS = "current", "versions"
ID = re.compile("[0-9a-f]{32}")
LOCK_SECONDS = 120.0  # another writer may have gigabytes to write

T = TypeVar("T")


def resolve_checkpoint(folder: Path) -> Path:
    """Return the folder that holds the files of the current version.

    Read through ``read_current`` where another process may replace the checkpoint.

    Args:
        folder: the checkpoint's folder; it need not exist.

    Returns:
        A folder in ``versions``, or ``folder`` itself where the checkpoint was written once.

    Raises:
        CheckpointError: the pointer cannot be read, or is damaged.
    """
    path = folder / POINTER
    try:
        version = path.read_bytes().decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return folder
    except OSError as error:
        raise CheckpointError(f"The file {path} cannot be read ({error.strerror}).") from None
    if not ID.fullmatch(version):
        raise CheckpointError(
            f"The file {path} is damaged: it does not hold the id of a version. The model was not "
            f"loaded. Write the name of a folder in {folder / VERSIONS} into it."
        )
    return folder / VERSIONS / version


def read_current(folder: Path, read: Callable[[Path], T]) -> T:
    """Read from the current version, and again if the checkpoint was replaced meanwhile.

    Args:
        folder: the checkpoint's folder.
        read: reads from the version folder that it is given. It may be called several times.

    Returns:
        What ``read`` returned for a version that was still the current one afterwards.

    Raises:
        CheckpointError: the pointer cannot be used, or ``read`` raised it for the current version.
        OSError: ``read`` raised it for the current version.
    """
    while True:  # each further round means that a writer has finished
        version = resolve_checkpoint(folder)
        try:
            result = read(version)
        except (CheckpointError, OSError):
            if resolve_checkpoint(folder) == version:
                raise
            continue
        if resolve_checkpoint(folder) == version:
            return result


def is_checkpoint(folder: Path) -> bool:
    """Return whether a folder holds a checkpoint. Its content is not checked."""
    try:
        read_current(folder, lambda version: (version / CARD).stat())
    except (CheckpointError, OSError):
        return False
    return True


def write_checkpoint_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files of a checkpoint, in place of the previous version if there is one.

    Args:
        folder: missing, empty, or a checkpoint.
        files: content by name.

    Raises:
        OSError: a file cannot be written; a previous version is unchanged.
    """
    if not is_checkpoint(folder):
        try:
            with atomic_folder(folder) as temporary:
                _write(temporary, files)
        except OSError:
            if not is_checkpoint(folder):  # otherwise another process wrote one meanwhile
                raise
        else:
            return
    with file_lock(folder / POINTER, timeout=LOCK_SECONDS):
        _add_version(folder, files)


def _add_version(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a version, move the pointer to it, and remove the previous version."""
    versions = folder / VERSIONS
    versions.mkdir(exist_ok=True)
    version = versions / uuid4().hex
    try:
        with atomic_folder(version) as temporary:
            _write(temporary, files)
        write_text(folder / POINTER, f"{version.name}\n")
    except BaseException:
        if resolve_checkpoint(folder) != version:
            shutil.rmtree(version, ignore_errors=True)
            with suppress(OSError):
                versions.rmdir()  # only where it is empty
        raise
    # the lock excludes other writers, so what is not current is old or left by a killed writer
    for entry in versions.iterdir():
        if entry != version:
            shutil.rmtree(entry, ignore_errors=True)
    for name in CHECKPOINT_FILES:
        with suppress(OSError):
            (folder / name).unlink()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
