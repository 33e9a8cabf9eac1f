"""Drawing a model's map in a process of its own: started by the app, which never computes one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from recsys.data.interactions import Interactions
from recsys.embedding_map import EmbeddingMap, compute_map, save_map
from recsys.embedding_map.timeline import TIMELINE, compute_timeline, save_timeline
from recsys.errors import TrainingError
from recsys.files import write_bytes, write_text
from recsys.jobs.lock import acquire_lock, lock_holders, release_lock
from recsys.jobs.run_folder import RunFolder
from recsys.models.checkpoint import Checkpoint, load_checkpoint
from recsys.models.checkpoint_folder import PROJECTION, resolve_checkpoint
from recsys.paths import ROOT
from recsys.progress import ProgressCallback, no_progress

__all__ = ["compute_maps", "map_failure", "map_job_running", "record_map_failure", "start_map_job"]

FEWEST_FRAMES = 2  # snapshots that make a map over time


def compute_maps(
    checkpoint: Path,
    ratings: Path | None,
    catalogue: Path,
    *,
    also: Path | None = None,
    seed: int = 0,
    progress: ProgressCallback = no_progress,
) -> EmbeddingMap:
    """Compute a checkpoint's projection and keep it there; in a run's folder also that over time.

    Args:
        checkpoint: its folder.
        ratings: that it learned from, for FastRP; in a run's folder the run says which.
        catalogue: with the genres.
        also: a copy of the checkpoint, which gets the projection too.
        seed: of everything random.
        progress: told what is being done, and the share of it that is done.

    Raises:
        CheckpointError: it cannot be used, has too few anime, or cannot be written beside.
        DataError: the ratings or the catalogue cannot be used.
    """
    from recsys.data.items_file import read_catalogue  # noqa: PLC0415 - polars, in workers alone

    model, run = load_checkpoint(checkpoint), RunFolder(checkpoint.parent)
    steps = run.snapshots() if run.is_run() else []
    part = 1.0 if len(steps) < FEWEST_FRAMES else 0.3
    found = compute_map(
        model, likes=_likes(run, model, ratings), catalogue=read_catalogue(catalogue), seed=seed,
        progress=lambda what, share: progress(what, share * part),
    )  # fmt: skip
    for place in (checkpoint, also):
        if place is not None:
            save_map(place, found)
    if len(steps) >= FEWEST_FRAMES:
        snapshots = [(step, load_checkpoint(run.snapshot(step))) for step in steps]
        told = compute_timeline(
            snapshots, found, progress=lambda what, share: progress(what, part + share * (1 - part))
        )
        save_timeline(run.path, told)
    _failed(checkpoint).unlink(missing_ok=True)
    return found


def _likes(run: RunFolder, model: Checkpoint, ratings: Path | None) -> Interactions | None:
    """Return the likes that a model learned from; none where they are not known."""
    if ratings is None and run.is_run():
        ordered = run.config().ratings
        ratings = ordered if ordered.exists() else None
    if ratings is None:
        return None
    from recsys.data.ratings_file import read_ratings  # noqa: PLC0415 - as above

    likes = read_ratings(ratings).interactions.likes(model.settings.data.like_at)
    return likes.with_items(model.items)


def start_map_job(
    checkpoint: Path, ratings: Path | None = None, *, also: Path | None = None
) -> None:
    """Start a process that computes a checkpoint's projection, unless it is there or on its way.

    A run whose map over time is missing has it drawn too.

    Args:
        checkpoint: its folder.
        ratings: that it learned from, where the folder does not tell.
        also: a copy of the checkpoint, which gets the projection too.

    Raises:
        TrainingError: another map is being drawn, or the process cannot be started.
    """
    if map_job_running(checkpoint):
        return
    if (resolve_checkpoint(checkpoint) / PROJECTION).exists():
        _share(checkpoint, also)
        if not _lacks_time(checkpoint):
            return
    more = [f"--ratings={ratings}"] if ratings else []
    more += [f"--also={also.resolve()}"] if also else []
    lock = acquire_lock(checkpoint.parent, [checkpoint])
    try:
        _failed(checkpoint).unlink(missing_ok=True)
        with (checkpoint.parent / ".projecting.log").open("ab") as log:
            subprocess.Popen(  # noqa: S603 - our own module; a path is an argument, no shell
                [
                    sys.executable, "-m", "recsys.jobs.worker", f"--lock={lock}", "--project",
                    str(checkpoint.resolve()), *more,
                ],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,),
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise TrainingError(
            f"The map of the model could not be started ({error.strerror}); the model answers all "
            "the same."
        ) from None
    finally:
        release_lock(lock)


def _share(checkpoint: Path, also: Path | None) -> None:
    """Give a copy of a checkpoint the projection that is there."""
    if also is None or (resolve_checkpoint(also) / PROJECTION).exists():
        return
    try:
        projection = (resolve_checkpoint(checkpoint) / PROJECTION).read_bytes()
        write_bytes(resolve_checkpoint(also) / PROJECTION, projection)
    except OSError as error:
        raise TrainingError(
            f"The map of the model could not be copied to {also} ({error.strerror}); the model "
            "answers all the same."
        ) from None


def _lacks_time(checkpoint: Path) -> bool:
    """Say whether a run's map over time was not drawn, though it has the snapshots."""
    run = RunFolder(checkpoint.parent)
    if not run.is_run() or len(run.snapshots()) < FEWEST_FRAMES:
        return False
    return not (run.path / TIMELINE).exists()


def map_job_running(checkpoint: Path) -> bool:
    """Say whether a living process is computing the projection of a checkpoint."""
    return checkpoint.resolve() in lock_holders(checkpoint.parent)


def record_map_failure(checkpoint: Path, why: str) -> None:
    """Keep why there is no map, for whoever looks for one."""
    write_text(_failed(checkpoint), why)


def map_failure(checkpoint: Path) -> str | None:
    """Return why the last try at a map ended without one; none where it did not."""
    try:
        return _failed(checkpoint).read_text(encoding="utf-8") or None
    except (OSError, UnicodeDecodeError):
        return None


def _failed(checkpoint: Path) -> Path:
    return checkpoint.parent / f".{checkpoint.name}-map-failed"
