"""Types of the embedding map: layouts with their quality, clusters, neighbours and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from recsys.defaults import MAP_NEIGHBORS

__all__ = ["EmbeddingMap", "FastRPComparison", "GenreProbe", "MapLayout", "Smoothness"]


@dataclass(frozen=True, slots=True, eq=False)
class MapLayout:
    """Positions of the items in 2 or 3 dimensions, and how well they preserve the neighbours.

    Attributes:
        points: a position for each item; the axes have no unit.
        preserved: how many of an item's 15 nearest neighbours in the full space are among its 15
            nearest in the layout.
        trustworthiness: 1 if no item has neighbours in the layout that are far in the full space.
        continuity: 1 if no item is far in the layout from its neighbours in the full space.
    """

    points: Float32[np.ndarray, "items dimensions"]
    preserved: UInt8[np.ndarray, " items"]
    trustworthiness: float
    continuity: float

    @property
    def preserved_share(self) -> Float32[np.ndarray, " items"]:
        """Share of its neighbours that each item keeps, 0 to 1."""
        return self.preserved.astype(np.float32) / np.float32(MAP_NEIGHBORS)


@dataclass(frozen=True, slots=True)
class Smoothness:
    """How similar propagation has made the items; this shows over-smoothing.

    Attributes:
        mean_cosine: of random pairs of items; 1 if all vectors have the same direction.
        effective_rank: number of dimensions that the items use, 1 to d; see ``smoothness``.
        dimensions: d.
    """

    mean_cosine: float
    effective_rank: float
    dimensions: int


@dataclass(frozen=True, slots=True, eq=False)
class FastRPComparison:
    """The same items embedded by FastRP, which learns nothing, for comparison with the model.

    Attributes:
        layout: UMAP of the FastRP embeddings, aligned with the model's; its quality is measured
            against the neighbours in the FastRP space.
        neighbors: the 15 nearest items of each item, by cosine of the FastRP embeddings.
        shared_neighbors: share of the model's 15 neighbours that are FastRP's too, mean over items.
    """

    layout: MapLayout
    neighbors: Int64[np.ndarray, "items fifteen"]
    shared_neighbors: float


@dataclass(frozen=True, slots=True)
class GenreProbe:
    """How well genres can be predicted from frozen embeddings, as macro-F1; see ``genre_f1``.

    Attributes:
        titles, genres: number of titles, and number of predicted genres.
        macro_f1: by name of the embedding: ``layer 0`` …, ``embedding``, ``fastrp``.
        majority: macro-F1 of predicting the majority class of each genre.
        always: macro-F1 of predicting every genre for every title.
    """

    titles: int
    genres: int
    macro_f1: Mapping[str, float]
    majority: float
    always: float


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingMap:
    """The map of a model; the rows of all arrays are the items of the checkpoint.

    Attributes:
        umap_2d, umap_3d: UMAP of the embeddings e_j.
        pca: the first three principal components; its quality is that of the first two.
        layers: UMAP of E^(0..K) in 2 dimensions, each aligned with ``umap_2d``; the quality of
            each is measured against the neighbours in its own layer.
        cluster: of each item, computed in the full space; 0 is the largest.
        neighbors: the 15 nearest items of each item, nearest first, by cosine of e_j.
        explained_variance_ratio: share of the variance along each principal component.
        smoothness: of each layer 0…K, then of the embeddings.
        seed: of all random draws.
        items_sha256: of the items file of the model.
        fastrp: FastRP on the training likes; None where they were not known.
        genre_probe: genres predicted from the embeddings; None where too few are known.
    """

    umap_2d: MapLayout
    umap_3d: MapLayout
    pca: MapLayout
    layers: tuple[MapLayout, ...]
    cluster: Int64[np.ndarray, " items"]
    neighbors: Int64[np.ndarray, "items fifteen"]
    explained_variance_ratio: tuple[float, ...]
    smoothness: tuple[Smoothness, ...]
    seed: int
    items_sha256: str
    fastrp: FastRPComparison | None = None
    genre_probe: GenreProbe | None = None

    def __len__(self) -> int:
        return len(self.cluster)
