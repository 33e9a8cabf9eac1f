"""Upload store: uploaded ratings files in the local folder, named by content and pruned."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Collection
from pathlib import Path

from pages.shared.file_cache import is_read_failure
from recsys.errors import DataError, RecsysError
from recsys.files import slugify, write_bytes
from recsys.jobs.evaluation_job import EvaluationJob
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_registry import RunRegistry
from recsys.paths import local_folder

__all__ = ["prune_uploads", "store_upload"]

MAX_FILES = 10
MAX_BYTES = 1_000_000_000
LEFTOVER_AGE = 24 * 3600  # seconds after which a hidden temporary file belongs to no write


def store_upload(name: str, data: bytes) -> Path:
    """Store an uploaded file, and remove old uploads that no run uses.

    A file of the same name and content is stored once.

    Args:
        name: the file's name on the user's computer.
        data: its content.

    Returns:
        The path of the stored file.

    Raises:
        DataError: the file cannot be written; no training or evaluation was started.
    """
    stem, *suffixes = re.split(r"[/\\]", name)[-1].split(".")
    suffix = "".join(f".{slugify(part)}" for part in suffixes)
    digest = hashlib.sha256(data).hexdigest()[:16]
    path = local_folder() / "uploads" / f"{slugify(stem)}-{digest}{suffix}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.touch()  # the newest uploads are kept
        else:
            write_bytes(path, data)
        if (used := _referenced_ratings()) is not None:
            prune_uploads(path.parent, [path, *used])
    except OSError as error:
        raise DataError(
            f"The upload {name} could not be stored ({error.strerror}); nothing was started. "
            "Free some disk space or check the permissions of the folder, then upload it again."
        ) from None
    return path


def prune_uploads(folder: Path, used: Collection[Path]) -> None:
    """Remove the oldest uploads beyond ``MAX_FILES`` files or ``MAX_BYTES`` bytes in total.

    Args:
        folder: the folder of the uploads.
        used: uploads that are never removed; they do not count towards the limits.

    Raises:
        OSError: the folder cannot be read, or a file cannot be removed.
    """
    protected = {path.resolve() for path in used}
    files = [(path, path.stat()) for path in folder.iterdir() if path.is_file()]
    files.sort(key=lambda entry: entry[1].st_mtime, reverse=True)
    count, size = 0, 0
    for path, status in files:
        if path.name.startswith("."):
            if time.time() - status.st_mtime > LEFTOVER_AGE:
                path.unlink(missing_ok=True)
        elif path.resolve() not in protected:
            count, size = count + 1, size + status.st_size
            if count > MAX_FILES or size > MAX_BYTES:
                path.unlink(missing_ok=True)


def _referenced_ratings() -> list[Path] | None:
    """Return the ratings files of all runs, of the deleted run, and of all evaluations.

    A run may be continued or evaluated, and a deleted run may be restored.

    Returns:
        The files, or None where a configuration cannot be read now, so that they are not known.
    """
    registry = RunRegistry.default()
    deleted = registry.deleted()
    jobs: list[RunFolder | EvaluationJob] = [*registry.runs(), *EvaluationJob.all()]
    if deleted is not None:
        jobs.append(deleted)
    paths = []
    for job in jobs:
        try:
            paths.append(job.config().ratings)
        except RecsysError as error:
            if is_read_failure(error) and job.path.exists():
                return None
            continue  # a damaged configuration cannot be used again
    return paths
