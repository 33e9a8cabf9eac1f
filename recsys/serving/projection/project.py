"""The verb ``project``: everything that the map shows, computed from a checkpoint alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32, Int64
from threadpoolctl import threadpool_limits

from recsys.errors import CheckpointError
from recsys.model.checkpoint import Checkpoint
from recsys.serving.fold_in import ItemSide
from recsys.serving.projection.faithful import cosine_neighbours, directions, held_to
from recsys.serving.projection.layouts import laid_over, principal_components, umap_layout
from recsys.serving.projection.shape import clusters, smoothness
from recsys.serving.projection.stored import items_sha256
from recsys.serving.projection.value import NEIGHBOURS, Layout, Projection

__all__ = ["FEWEST_ANIME", "project"]

FEWEST_ANIME = 4 * NEIGHBOURS  # below, 15 neighbours are most of the others and mean nothing

_Vectors = Float32[np.ndarray, "items d"]
Progress = Callable[[str, float], None]


def silent(what: str, share: float) -> None:
    """Tell nobody."""


def project(checkpoint: Checkpoint, *, seed: int = 0, progress: Progress = silent) -> Projection:
    """Lay a model's anime out as a map, and measure how far the map may be believed.

    One thread computes, so the same checkpoint and seed give the same bits on one machine,
    whatever the number of its cores.

    Args:
        checkpoint: the model.
        seed: of the layouts, the clusters and the drawn pairs.
        progress: told what is being done, and the share of it that is done.

    Raises:
        CheckpointError: the model knows too few anime for a map, or was not saved yet.
    """
    items, d = checkpoint.layers.shape[1:]
    if items < FEWEST_ANIME or d < 3:
        raise CheckpointError(
            f"The model {checkpoint.name} knows {items} anime in {d} dimensions; a map needs at "
            f"least {FEWEST_ANIME} anime and 3 dimensions. Nothing was written."
        )
    shown = items_sha256(checkpoint)
    steps = len(checkpoint.layers) + 4
    with threadpool_limits(1):
        progress("True neighbours", 0.0)
        embeddings = ItemSide.of(checkpoint).embeddings(np.arange(items))
        unit = directions(embeddings)
        true, cosines = cosine_neighbours(unit, NEIGHBOURS)
        components, explained = principal_components(unit, 3)
        progress("The map", 1 / steps)
        flat = umap_layout(true, cosines, components[:, :2], seed)
        progress("The map in three dimensions", 2 / steps)
        solid = umap_layout(true, cosines, components, seed)
        layers = []
        for k, layer in enumerate(checkpoint.layers):
            progress(f"Layer {k}", (3 + k) / steps)
            layers.append(_layer(layer.astype(np.float32), flat, seed))
        progress("Clusters and honesty", (steps - 1) / steps)
        found = Projection(
            flat=held_to(unit, true, flat),
            solid=held_to(unit, true, solid),
            principal=held_to(unit, true, components, components[:, :2]),
            layers=tuple(layers),
            cluster=clusters(unit, seed),
            neighbours=true,
            explained=explained,
            smoothness=tuple(
                smoothness(vectors.astype(np.float32), seed)
                for vectors in (*checkpoint.layers, embeddings)
            ),
            seed=seed,
            items_sha256=shown,
        )
    progress("Done", 1.0)
    return found


def _layer(layer: _Vectors, flat: Float32[np.ndarray, "items two"], seed: int) -> Layout:
    """Lay one layer out, from the map's places and over them, so that a slider morphs."""
    unit = directions(layer)
    near: tuple[Int64[np.ndarray, "items k"], Float32[np.ndarray, "items k"]]
    near = cosine_neighbours(unit, NEIGHBOURS)
    points = laid_over(umap_layout(*near, flat, seed), flat)
    return held_to(unit, near[0], points)
