"""The map over a training: the same items at each snapshot, laid over the finished map."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from threadpoolctl import threadpool_limits

from recsys.embedding_map.layouts import procrustes_align, umap_layout
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.embedding_map.types import NEIGHBOURS, EmbeddingMap, MapLayout
from recsys.errors import CheckpointError
from recsys.files import write_bytes
from recsys.models.checkpoint import Checkpoint
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from recsys.serving.fold_in import ItemFactors

__all__ = ["TIMELINE", "Timeline", "compute_timeline", "load_timeline", "save_timeline"]

TIMELINE = "timeline.safetensors"
FORMAT = 1
ABOUT = "timeline"


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """How a map came about.

    Attributes:
        steps: of the snapshots, ascending.
        layouts: of each, laid over the finished map and held to the neighbours of its own time.
        items_sha256: of the items file of the finished model.
    """

    steps: Int64[np.ndarray, " frames"]
    layouts: tuple[MapLayout, ...]
    items_sha256: str


def compute_timeline(
    snapshots: Sequence[tuple[int, Checkpoint]],
    finished: EmbeddingMap,
    *,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> Timeline:
    """Lay the snapshots of a training out, so that a slider shows its clusters form.

    From the last to the first: each begins where the items stand one snapshot later, and is then
    turned over the finished map, so that what moves has moved in the space.

    Args:
        snapshots: step and model, ascending; of the same anime as the finished model.
        finished: the map of that.
        progress: told which snapshot is being laid out.

    Raises:
        CheckpointError: a snapshot is of other anime.
    """
    layouts: list[MapLayout] = []
    later = finished.flat.points
    with threadpool_limits(1):
        for number, (step, model) in enumerate(reversed(snapshots)):
            progress(f"The map at step {step:,}", number / len(snapshots))
            if len(model.items) != len(finished):
                raise CheckpointError(
                    f"The snapshot of step {step:,} knows {len(model.items):,} anime, the finished "
                    f"model {len(finished):,}; there is no map over time."
                )
            unit = unit_vectors(ItemFactors.from_checkpoint(model).embeddings)
            near, cosines = cosine_neighbors(unit, NEIGHBOURS)
            places = umap_layout(near, cosines, later, finished.seed)
            later = procrustes_align(places, finished.flat.points)
            layouts.append(layout_quality(unit, near, later))
    steps = np.array([step for step, _ in snapshots], dtype=np.int64)
    return Timeline(steps, tuple(reversed(layouts)), finished.items_sha256)


def save_timeline(folder: Path, timeline: Timeline) -> None:
    """Write a timeline in the folder of its run; a reader sees the old one or the new one.

    Raises:
        CheckpointError: it cannot be written.
    """
    about = {
        "format": FORMAT,
        "items": timeline.items_sha256,
        "figures": [[one.trustworthiness, one.continuity] for one in timeline.layouts],
    }
    tensors = {
        "steps": timeline.steps,
        "points": np.stack([one.points for one in timeline.layouts]),
        "kept": np.stack([one.kept for one in timeline.layouts]),
    }
    try:
        write_bytes(folder / TIMELINE, save(tensors, {ABOUT: json.dumps(about, sort_keys=True)}))
    except OSError as error:
        raise CheckpointError(
            f"The map over time cannot be written to {folder} ({error.strerror})."
        ) from None


def load_timeline(folder: Path, items_sha256: str) -> Timeline | None:
    """Read the timeline of a run; none where there is none, or it is of another model.

    Args:
        folder: of the run.
        items_sha256: of the items file of the model that the map shows.

    Raises:
        CheckpointError: it is torn.
    """
    path = folder / TIMELINE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})[ABOUT])
            steps, points, kept = (file.get_tensor(one) for one in ("steps", "points", "kept"))
        if about["format"] != FORMAT or about["items"] != items_sha256:
            return None
        layouts = tuple(
            MapLayout(*one, *figures)
            for *one, figures in zip(points, kept, about["figures"], strict=True)
        )
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        raise CheckpointError(
            f"The map over time {path} is torn and was not drawn; delete it and draw it again."
        ) from None
    return Timeline(steps, layouts, about["items"])
