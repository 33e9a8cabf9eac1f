"""Execution of a map job: the map of a checkpoint and, for a run, its map over time."""

from __future__ import annotations

from pathlib import Path

from recsys.data.interactions import Interactions
from recsys.data.items_file import read_catalogue
from recsys.data.ratings_file import read_ratings
from recsys.embedding_map import EmbeddingMap, compute_map, save_map
from recsys.embedding_map.timeline import compute_timeline, save_timeline
from recsys.jobs.map_job import MIN_SNAPSHOTS, clear_map_status
from recsys.jobs.run_folder import RunFolder
from recsys.models.checkpoint import Checkpoint, load_checkpoint
from recsys.progress import ProgressCallback, no_progress

__all__ = ["compute_maps"]

MAP_SHARE = 0.3  # of the work, where the map over time is computed too


def compute_maps(
    checkpoint: Path,
    ratings: Path | None,
    catalogue: Path,
    *,
    copy_to: Path | None = None,
    seed: int = 0,
    progress: ProgressCallback = no_progress,
) -> EmbeddingMap:
    """Compute the map of a checkpoint and store it there.

    In the folder of a run the map over time of its snapshots is computed and stored too.

    Args:
        checkpoint: its folder.
        ratings: the ratings that the model was trained on, for FastRP; those of the run where
            none are given.
        catalogue: file with the genres.
        copy_to: a copy of the checkpoint, which gets the map too.
        seed: of all random draws.
        progress: called with the current step and the share of the work that is done.

    Returns:
        The map of the checkpoint.

    Raises:
        CheckpointError: the checkpoint cannot be used, has too few anime, or cannot be written to.
        DataError: the ratings or the catalogue cannot be used.
    """
    model, run = load_checkpoint(checkpoint), RunFolder(checkpoint.parent)
    steps = run.snapshots() if run.is_run() else []
    has_timeline = len(steps) >= MIN_SNAPSHOTS
    map_share = MAP_SHARE if has_timeline else 1.0
    embedding_map = compute_map(
        model, likes=_training_likes(run, model, ratings), catalogue=read_catalogue(catalogue),
        seed=seed, progress=lambda step, share: progress(step, share * map_share),
    )  # fmt: skip
    for folder in (checkpoint, copy_to):
        if folder is not None:
            save_map(folder, embedding_map)
    if has_timeline:
        timeline = compute_timeline(
            [(step, load_checkpoint(run.snapshot(step))) for step in steps],
            embedding_map,
            progress=lambda step, share: progress(step, map_share + share * (1 - map_share)),
        )
        save_timeline(run.path, timeline)
    clear_map_status(checkpoint)
    return embedding_map


def _training_likes(run: RunFolder, model: Checkpoint, ratings: Path | None) -> Interactions | None:
    """Return the likes that a model was trained on; none where they are not known."""
    if ratings is None and run.is_run():
        recorded = run.config().ratings
        ratings = recorded if recorded.exists() else None
    if ratings is None:
        return None
    likes = read_ratings(ratings).interactions.likes(model.settings.data.like_at)
    return likes.with_items(model.items)
