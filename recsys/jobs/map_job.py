"""Map jobs: start the computation of a checkpoint's map in a worker process and follow it.

The lock and the status file lie in the folder that holds the checkpoint. The map itself is stored
with the checkpoint. The map of the shipped model of an installed package is stored with its
writable copy (``recsys.models.shipped_copy``).
"""

from __future__ import annotations

from pathlib import Path

from recsys.embedding_map.timeline import TIMELINE
from recsys.errors import CheckpointError, TrainingError
from recsys.files import write_bytes
from recsys.jobs.launcher import launch_worker
from recsys.jobs.lock import lock_holders
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.status import JobStatus, StatusWriter, read_status, write_status
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import PROJECTION, read_current
from recsys.models.shipped_copy import writable_checkpoint
from recsys.system_resources import cores

__all__ = [
    "MIN_SNAPSHOTS",
    "checkpoint_seal",
    "clear_map_status",
    "map_failure",
    "map_job_running",
    "map_progress",
    "map_status",
    "record_map_failure",
    "start_map_job",
]

MIN_SNAPSHOTS = 2  # snapshots of a run from which its map over time is computed


def start_map_job(
    checkpoint: Path, ratings: Path | None = None, *, copy_to: Path | None = None
) -> None:
    """Start a worker that computes a checkpoint's map, unless it exists or is being computed.

    For the checkpoint of a run the map over time is computed too where it is missing.

    Args:
        checkpoint: its folder.
        ratings: the ratings that the model was trained on, where the folder does not say.
        copy_to: a copy of the checkpoint, which gets the map too.

    Raises:
        TrainingError: another map is being computed beside it, the process cannot be started, or
            the existing map cannot be copied.
        CheckpointError: the pointer of the checkpoint is damaged, or the shipped model cannot be
            copied to the user's folder.
    """
    checkpoint = writable_checkpoint(checkpoint)
    if map_job_running(checkpoint):
        return
    has_map = read_current(checkpoint, lambda version: (version / PROJECTION).exists())
    if has_map and not _lacks_timeline(checkpoint):
        _copy_map(checkpoint, copy_to)
        return  # otherwise the worker stores the map in the copy too
    options = [f"--ratings={ratings.resolve()}"] if ratings else []
    options += [f"--copy-to={copy_to.resolve()}"] if copy_to else []
    folder = checkpoint.parent
    try:
        launch_worker(
            "map", [checkpoint], lock_folder=folder, log=folder / ".projecting.log",
            threads=max(1, cores() - 1),  # one core is left to the app
            options=options, prepare=lambda: clear_map_status(checkpoint),
        )  # fmt: skip
    except OSError as error:
        raise TrainingError(
            f"The computation of the map could not be started ({error.strerror}); the model can be "
            "used without it."
        ) from None


def map_job_running(checkpoint: Path) -> bool:
    """Return whether a living process computes the map of a checkpoint."""
    return checkpoint.resolve() in lock_holders(checkpoint.parent)


def map_status(checkpoint: Path) -> JobStatus:
    """Return the progress of a checkpoint's map job, or why the last one failed.

    The failure of a checkpoint that was replaced since then is not that of the present one.
    """
    status = read_status(_status_path(checkpoint))
    if status.error is not None and status.seal not in {None, checkpoint_seal(checkpoint)}:
        return JobStatus()
    return status


def map_progress(checkpoint: Path) -> StatusWriter:
    """Return the progress callback of a checkpoint's map job."""
    return StatusWriter(_status_path(checkpoint))


def map_failure(checkpoint: Path) -> str | None:
    """Return why the last map job of a checkpoint failed; none where it did not."""
    return map_status(checkpoint).error


def record_map_failure(checkpoint: Path, reason: str, seal: str | None) -> None:
    """Record why a map job failed, for the page.

    Args:
        checkpoint: its folder.
        reason: one sentence.
        seal: ``checkpoint_seal`` when the job started; the checkpoint may be replaced meanwhile.

    Raises:
        OSError: the status file cannot be written.
    """
    write_status(_status_path(checkpoint), JobStatus("Failed", 1.0, reason, seal))


def checkpoint_seal(checkpoint: Path) -> str | None:
    """Return the seal of a checkpoint's card, which identifies the model; none without a card."""
    try:
        return str(read_card(checkpoint)["seal"])
    except CheckpointError:
        return None


def clear_map_status(checkpoint: Path) -> None:
    """Remove the status of a map job: it has ended well, or a new one starts."""
    _status_path(checkpoint).unlink(missing_ok=True)


def _status_path(checkpoint: Path) -> Path:
    return checkpoint.parent / f".{checkpoint.name}-map.json"


def _copy_map(checkpoint: Path, copy_to: Path | None) -> None:
    """Give a copy of a checkpoint the map that exists; a folder with another model is unchanged.

    Raises:
        TrainingError: the map cannot be read or written.
    """
    if copy_to is None:
        return

    def read(version: Path) -> tuple[bytes, str]:
        return (version / PROJECTION).read_bytes(), str(read_card(version)["seal"])

    def write(version: Path) -> None:
        path = version / PROJECTION
        if not path.exists() and read_card(version)["seal"] == seal:
            write_bytes(path, projection)

    try:
        projection, seal = read_current(checkpoint, read)
        read_current(copy_to, write)
    except OSError as error:
        raise TrainingError(
            f"The map could not be copied to {copy_to} ({error.strerror}); the model can be used "
            "without it."
        ) from None


def _lacks_timeline(checkpoint: Path) -> bool:
    """Return whether the map over time of a run is missing although the run has snapshots."""
    run = RunFolder(checkpoint.parent)
    if not run.is_run() or len(run.snapshots()) < MIN_SNAPSHOTS:
        return False
    return not (run.path / TIMELINE).exists()
