"""Timeline of the embedding map: the layouts of the snapshots of a run, aligned with its map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64, Shaped
from safetensors import safe_open
from safetensors.numpy import save
from threadpoolctl import threadpool_limits

from recsys.defaults import MAP_NEIGHBORS
from recsys.embedding_map.layouts import procrustes_align, umap_layout
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.embedding_map.stored_arrays import DECODE_ERRORS, checked_array, checked_layout
from recsys.embedding_map.types import EmbeddingMap, MapLayout
from recsys.errors import CheckpointError
from recsys.files import write_bytes
from recsys.models.checkpoint import Checkpoint
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from recsys.progress import ProgressCallback, no_progress
from recsys.serving.fold_in import ItemFactors

__all__ = ["TIMELINE", "Timeline", "compute_timeline", "load_timeline", "save_timeline"]

TIMELINE = "timeline.safetensors"
FORMAT = 1
METADATA = "timeline"  # name of the one metadata entry of the file


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The layouts of a run's snapshots.

    Attributes:
        steps: of the snapshots, ascending.
        layouts: of each snapshot, aligned with the final map; the quality of each is measured
            against the neighbours in its own embedding space.
        items_sha256: of the items file of the final model.
    """

    steps: Int64[np.ndarray, " frames"]
    layouts: tuple[MapLayout, ...]
    items_sha256: str


def compute_timeline(
    snapshots: Sequence[tuple[int, Checkpoint]],
    final_map: EmbeddingMap,
    *,
    progress: ProgressCallback = no_progress,
) -> Timeline:
    """Compute a layout of each snapshot of a training.

    From the last snapshot to the first: each layout starts from that of the following snapshot and
    is then aligned with the final map, so that a movement on the map is one in embedding space.

    Args:
        snapshots: step and model, ascending; of the same items as the final model.
        final_map: the map of the final model.
        progress: receives which snapshot is being computed, and the share of the work done.

    Returns:
        The timeline.

    Raises:
        CheckpointError: a snapshot has other items.
    """
    layouts: list[MapLayout] = []
    points = final_map.umap_2d.points
    with threadpool_limits(1):
        for number, (step, model) in enumerate(reversed(snapshots)):
            progress(f"The map at step {step:,}", number / len(snapshots))
            if len(model.items) != len(final_map):
                raise CheckpointError(
                    f"The snapshot of step {step:,} has {len(model.items):,} items, the final "
                    f"model {len(final_map):,}; the map over time was not computed."
                )
            unit = unit_vectors(ItemFactors.from_checkpoint(model).embeddings)
            neighbors, cosines = cosine_neighbors(unit, MAP_NEIGHBORS)
            layout = umap_layout(neighbors, cosines, points, final_map.seed)
            points = procrustes_align(layout, final_map.umap_2d.points)
            layouts.append(layout_quality(unit, neighbors, points))
    steps = np.array([step for step, _ in snapshots], dtype=np.int64)
    return Timeline(steps, tuple(reversed(layouts)), final_map.items_sha256)


def save_timeline(folder: Path, timeline: Timeline) -> None:
    """Write a timeline into the folder of its run; the file is replaced atomically.

    Raises:
        CheckpointError: it cannot be written.
    """
    metadata = {
        "format": FORMAT,
        "items": timeline.items_sha256,
        "figures": [[layout.trustworthiness, layout.continuity] for layout in timeline.layouts],
    }
    arrays = {
        "steps": timeline.steps,
        "points": np.stack([layout.points for layout in timeline.layouts]),
        "kept": np.stack([layout.preserved for layout in timeline.layouts]),
    }
    data = save(arrays, {METADATA: json.dumps(metadata, sort_keys=True)})
    try:
        write_bytes(folder / TIMELINE, data)
    except OSError as error:
        raise CheckpointError(
            f"The map over time cannot be written to {folder} ({error.strerror}); a previous one "
            "is unchanged."
        ) from None


def load_timeline(folder: Path, items_sha256: str) -> Timeline | None:
    """Read the timeline of a run.

    Args:
        folder: of the run.
        items_sha256: of the items file of the model that the map shows.

    Returns:
        The timeline; None where there is none, or it is of another model or format.

    Raises:
        CheckpointError: it is damaged.
    """
    path = folder / TIMELINE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {})[METADATA])
            if metadata["format"] != FORMAT or metadata["items"] != items_sha256:
                return None
            arrays = {name: file.get_tensor(name) for name in ("steps", "points", "kept")}
        return _decode(metadata, arrays)
    except DECODE_ERRORS as error:
        raise CheckpointError(
            f"The map over time {path} is damaged ({error}); it was not loaded. Delete the file "
            "and compute the map of the run again."
        ) from None


def _decode(metadata: dict[str, Any], arrays: dict[str, Shaped[np.ndarray, "..."]]) -> Timeline:
    """Build and validate a timeline.

    Raises:
        ValueError, KeyError, TypeError: a part is missing or wrong.
    """
    points, preserved, quality = arrays["points"], arrays["kept"], metadata["figures"]
    frames, items = points.shape[:2]
    steps = checked_array(arrays["steps"], (frames,), "i", None, "steps")
    if frames == 0 or (np.diff(steps) <= 0).any():
        raise ValueError("the steps are not ascending")
    layouts = tuple(
        checked_layout(*parts, (items, 2), "a frame")
        for parts in zip(points, preserved, quality, strict=True)
    )
    return Timeline(steps.astype(np.int64), layouts, str(metadata["items"]))
