"""Computation of the embedding map of a checkpoint: layouts, clusters and comparisons."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Float32, Int64
from threadpoolctl import threadpool_limits

from recsys.data.catalogue import Catalogue
from recsys.data.interactions import Interactions
from recsys.defaults import MAP_NEIGHBORS
from recsys.embedding_map.clustering import cluster_items, smoothness
from recsys.embedding_map.genre_probe import genre_f1, genre_table, majority_f1
from recsys.embedding_map.io import items_sha256
from recsys.embedding_map.layouts import principal_components, procrustes_align, umap_layout
from recsys.embedding_map.neighborhood_metrics import layout_quality, preserved_neighbors
from recsys.embedding_map.types import EmbeddingMap, FastRPComparison, GenreProbe, MapLayout
from recsys.errors import CheckpointError
from recsys.models.checkpoint import Checkpoint
from recsys.models.fastrp import fastrp
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from recsys.progress import ProgressCallback, no_progress
from recsys.serving.fold_in import ItemFactors

__all__ = ["MIN_ITEMS", "compute_map"]

MIN_ITEMS = 4 * MAP_NEIGHBORS  # with fewer, 15 neighbours are a large part of all items

_Vectors = Float32[np.ndarray, "items d"]
_Layout2D = Float32[np.ndarray, "items two"]


def compute_map(
    checkpoint: Checkpoint,
    *,
    likes: Interactions | None = None,
    catalogue: Catalogue | None = None,
    seed: int = 0,
    progress: ProgressCallback = no_progress,
) -> EmbeddingMap:
    """Compute the map of a model, and measure how well it preserves the neighbours.

    It is computed in one thread, so that the same checkpoint and seed give the same bits on one
    machine, for any number of cores.

    Args:
        checkpoint: the model.
        likes: its training likes, for FastRP; without them there is no FastRP comparison.
        catalogue: with the genres for the probe; without it there is no probe.
        seed: of the layouts, the clusters and the random pairs.
        progress: receives what is being computed, and the share of the work that is done.

    Returns:
        The map.

    Raises:
        CheckpointError: the model has too few items or dimensions, or was not saved.
    """
    items, d = checkpoint.layers.shape[1:]
    if items < MIN_ITEMS or d < 3:
        raise CheckpointError(
            f"The model {checkpoint.name} has {items} items in {d} dimensions; a map needs at "
            f"least {MIN_ITEMS} items and 3 dimensions. Nothing was written."
        )
    sha256 = items_sha256(checkpoint)
    steps = len(checkpoint.layers) + 6
    with threadpool_limits(1):
        progress("Nearest neighbours", 0.0)
        embeddings = ItemFactors.from_checkpoint(checkpoint).embeddings
        unit = unit_vectors(embeddings)
        neighbors, cosines = cosine_neighbors(unit, MAP_NEIGHBORS)
        components, variance_ratio = principal_components(unit, 3)
        progress("Map in two dimensions", 1 / steps)
        # the axes have no meaning, so the widest direction is horizontal, as screens are
        umap_2d, _ = principal_components(
            umap_layout(neighbors, cosines, components[:, :2], seed), 2
        )
        progress("Map in three dimensions", 2 / steps)
        umap_3d = umap_layout(neighbors, cosines, components, seed)
        layers = []
        for k, layer in enumerate(checkpoint.layers):
            progress(f"Layer {k}", (3 + k) / steps)
            layers.append(_layer_layout(unit_vectors(layer.astype(np.float32)), umap_2d, seed))
        progress("FastRP", (steps - 3) / steps)
        comparison, fastrp_unit = None, None
        if likes is not None:
            fastrp_unit = unit_vectors(fastrp(likes.with_items(checkpoint.items), seed=seed))
            comparison = _compare_fastrp(fastrp_unit, neighbors, umap_2d, seed)
        progress("Genres", (steps - 2) / steps)
        probe = None
        if catalogue is not None:
            spaces = {f"layer {k}": layer for k, layer in enumerate(checkpoint.layers)}
            spaces["embedding"] = unit
            if fastrp_unit is not None:
                spaces["fastrp"] = fastrp_unit
            probe = _probe_genres(catalogue, checkpoint, spaces, seed)
        progress("Clusters and quality", (steps - 1) / steps)
        result = EmbeddingMap(
            umap_2d=layout_quality(unit, neighbors, umap_2d),
            umap_3d=layout_quality(unit, neighbors, umap_3d),
            pca=layout_quality(unit, neighbors, components, components[:, :2]),
            layers=tuple(layers),
            cluster=cluster_items(unit, seed),
            neighbors=neighbors,
            explained_variance_ratio=variance_ratio,
            smoothness=tuple(
                smoothness(vectors.astype(np.float32), seed)
                for vectors in (*checkpoint.layers, embeddings)
            ),
            seed=seed,
            items_sha256=sha256,
            fastrp=comparison,
            genre_probe=probe,
        )
    progress("Done", 1.0)
    return result


def _layer_layout(unit: _Vectors, umap_2d: _Layout2D, seed: int) -> MapLayout:
    """Return the layout of a layer, started from the map and aligned with it."""
    neighbors, cosines = cosine_neighbors(unit, MAP_NEIGHBORS)
    points = procrustes_align(umap_layout(neighbors, cosines, umap_2d, seed), umap_2d)
    return layout_quality(unit, neighbors, points)


def _compare_fastrp(
    unit: _Vectors, model_neighbors: Int64[np.ndarray, "items k"], umap_2d: _Layout2D, seed: int
) -> FastRPComparison:
    """Return the layout of FastRP, started from the map and aligned with it."""
    neighbors, cosines = cosine_neighbors(unit, MAP_NEIGHBORS)
    points = procrustes_align(umap_layout(neighbors, cosines, umap_2d, seed), umap_2d)
    shared = float(preserved_neighbors(model_neighbors, neighbors).mean()) / MAP_NEIGHBORS
    return FastRPComparison(layout_quality(unit, neighbors, points), neighbors, round(shared, 4))


def _probe_genres(
    catalogue: Catalogue,
    checkpoint: Checkpoint,
    spaces: Mapping[str, Float[np.ndarray, "items _"]],
    seed: int,
) -> GenreProbe | None:
    """Predict the genres from each space; None where too few genres are known."""
    known, has_genre = genre_table(catalogue, checkpoint.items)
    if has_genre.shape[1] == 0:
        return None
    scores = {
        name: genre_f1(unit_vectors(vectors.astype(np.float32))[known], has_genre, seed)
        for name, vectors in spaces.items()
    }
    return GenreProbe(len(has_genre), has_genre.shape[1], scores, *majority_f1(has_genre))
