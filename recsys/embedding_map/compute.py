"""The verb ``compute_map``: everything that the map shows, computed from a checkpoint alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64
from threadpoolctl import threadpool_limits

from recsys.data.catalogue import Catalogue
from recsys.data.interactions import Interactions
from recsys.embedding_map.clustering import cluster_items, smoothness
from recsys.embedding_map.genre_probe import genre_f1, genre_table, majority_f1
from recsys.embedding_map.io import items_sha256
from recsys.embedding_map.layouts import principal_components, procrustes_align, umap_layout
from recsys.embedding_map.neighborhood_metrics import layout_quality, preserved_neighbors
from recsys.embedding_map.types import (
    NEIGHBOURS,
    EmbeddingMap,
    FastRPComparison,
    GenreProbe,
    MapLayout,
)
from recsys.errors import CheckpointError
from recsys.models.checkpoint import Checkpoint
from recsys.models.fastrp import fastrp
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from recsys.progress import ProgressCallback, no_progress
from recsys.serving.fold_in import ItemFactors

__all__ = ["FEWEST_ANIME", "compute_map"]

FEWEST_ANIME = 4 * NEIGHBOURS  # below, 15 neighbours are most of the others and mean nothing

_Vectors = Float32[np.ndarray, "items d"]


def compute_map(
    checkpoint: Checkpoint,
    *,
    likes: Interactions | None = None,
    catalogue: Catalogue | None = None,
    seed: int = 0,
    progress: ProgressCallback = no_progress,
) -> EmbeddingMap:
    """Lay a model's anime out as a map, and measure how far the map may be believed.

    One thread computes, so the same checkpoint and seed give the same bits on one machine,
    whatever the number of its cores.

    Args:
        checkpoint: the model.
        likes: that it learned from, for FastRP beside it; without them there is none.
        catalogue: with the genres that embeddings are asked for; without it they are not.
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
    steps = len(checkpoint.layers) + 6
    with threadpool_limits(1):
        progress("True neighbours", 0.0)
        embeddings = ItemFactors.from_checkpoint(checkpoint).embeddings
        unit = unit_vectors(embeddings)
        true, cosines = cosine_neighbors(unit, NEIGHBOURS)
        components, explained = principal_components(unit, 3)
        progress("The map", 1 / steps)
        # its axes mean nothing, so it lies as wide as it can: screens are wider than high
        flat, _ = principal_components(umap_layout(true, cosines, components[:, :2], seed), 2)
        progress("The map in three dimensions", 2 / steps)
        solid = umap_layout(true, cosines, components, seed)
        layers = []
        for k, layer in enumerate(checkpoint.layers):
            progress(f"Layer {k}", (3 + k) / steps)
            layers.append(_layer(layer.astype(np.float32), flat, seed))
        progress("FastRP", (steps - 3) / steps)
        rival, directions_of_rival = None, None
        if likes is not None:
            directions_of_rival = unit_vectors(
                fastrp(likes.with_items(checkpoint.items), seed=seed)
            )
            rival = _rival(directions_of_rival, true, flat, seed)
        progress("Genres", (steps - 2) / steps)
        spaces = {f"layer {k}": layer for k, layer in enumerate(checkpoint.layers)}
        genres = None
        if catalogue is not None:
            told = {"embedding": unit, "fastrp": directions_of_rival}
            genres = _genres(catalogue, checkpoint, {**spaces, **told}, seed)
        progress("Clusters and honesty", (steps - 1) / steps)
        found = EmbeddingMap(
            flat=layout_quality(unit, true, flat),
            solid=layout_quality(unit, true, solid),
            principal=layout_quality(unit, true, components, components[:, :2]),
            layers=tuple(layers),
            cluster=cluster_items(unit, seed),
            neighbours=true,
            explained=explained,
            smoothness=tuple(
                smoothness(vectors.astype(np.float32), seed)
                for vectors in (*checkpoint.layers, embeddings)
            ),
            seed=seed,
            items_sha256=shown,
            rival=rival,
            genres=genres,
        )
    progress("Done", 1.0)
    return found


def _rival(
    unit: _Vectors,
    true: Int64[np.ndarray, "items k"],
    flat: Float32[np.ndarray, "items two"],
    seed: int,
) -> FastRPComparison:
    """Lay FastRP out over the model's map, from the same places."""
    own, cosines = cosine_neighbors(unit, NEIGHBOURS)
    points = procrustes_align(umap_layout(own, cosines, flat, seed), flat)
    shared = float(preserved_neighbors(true, own).mean()) / NEIGHBOURS
    return FastRPComparison(layout_quality(unit, own, points), own, round(shared, 4))


def _genres(
    catalogue: Catalogue, checkpoint: Checkpoint, spaces: Mapping[str, Any], seed: int
) -> GenreProbe | None:
    """Ask every space for the genres; none where too few are known."""
    known, bears = genre_table(catalogue, checkpoint.items)
    if bears.shape[1] == 0:
        return None
    scores = {
        name: genre_f1(unit_vectors(vectors.astype(np.float32))[known], bears, seed)
        for name, vectors in spaces.items()
        if vectors is not None
    }
    return GenreProbe(len(bears), bears.shape[1], scores, *majority_f1(bears))


def _layer(layer: _Vectors, flat: Float32[np.ndarray, "items two"], seed: int) -> MapLayout:
    """Lay one layer out, from the map's places and over them, so that a slider morphs."""
    unit = unit_vectors(layer)
    near: tuple[Int64[np.ndarray, "items k"], Float32[np.ndarray, "items k"]]
    near = cosine_neighbors(unit, NEIGHBOURS)
    points = procrustes_align(umap_layout(*near, flat, seed), flat)
    return layout_quality(unit, near[0], points)
