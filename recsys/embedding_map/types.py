"""What a projection holds: places, clusters, true neighbours, and how honest each layout is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, UInt8

__all__ = [
    "NEIGHBOURS",
    "EmbeddingMap",
    "FastRPComparison",
    "GenreProbe",
    "MapLayout",
    "Smoothness",
]

NEIGHBOURS = 15  # of the full space, to which every layout is held


@dataclass(frozen=True, slots=True, eq=False)
class MapLayout:
    """A picture of the items, and how much of the full space it kept.

    Attributes:
        points: a place for each item, in 2 or 3 dimensions; the axes have no unit.
        kept: how many of an item's 15 true neighbours are among its 15 nearest on the picture.
        trustworthiness: 1 where no item has strangers beside it, see ``faithfulness``.
        continuity: 1 where no item was torn from its neighbours.
    """

    points: Float32[np.ndarray, "items dimensions"]
    kept: UInt8[np.ndarray, " items"]
    trustworthiness: float
    continuity: float

    @property
    def kept_share(self) -> Float32[np.ndarray, " items"]:
        """Share of its true neighbours that each item kept, 0 to 1."""
        return self.kept.astype(np.float32) / np.float32(NEIGHBOURS)


@dataclass(frozen=True, slots=True)
class Smoothness:
    """How alike propagation has made the items; over-smoothing shows here.

    Attributes:
        mean_cosine: between items drawn at random; 1 where all point the same way.
        effective_rank: dimensions that are really used, 1 to d, see ``smoothness``.
        dimensions: d, those that there are.
    """

    mean_cosine: float
    effective_rank: float
    dimensions: int


@dataclass(frozen=True, slots=True, eq=False)
class FastRPComparison:
    """The same items by FastRP, which learns nothing: to look at, and to compare with.

    Attributes:
        layout: its UMAP, laid over the model's, held to its own true neighbours.
        neighbours: the 15 nearest of each item by its cosines.
        shared: share of the model's 15 neighbours that it has too, the mean over items.
    """

    layout: MapLayout
    neighbours: Int64[np.ndarray, "items fifteen"]
    shared: float


@dataclass(frozen=True, slots=True)
class GenreProbe:
    """How well genres can be told from frozen embeddings, as macro-F1; see ``genre_f1``.

    Attributes:
        titles, genres: how many titles, and how many genres are told.
        macro_f1: by what they are told from: ``layer 0`` … , ``embedding``, ``fastrp``.
        majority: of saying of each genre what most titles are.
        always: of saying yes to every genre.
    """

    titles: int
    genres: int
    macro_f1: Mapping[str, float]
    majority: float
    always: float


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingMap:
    """What was learned, made visible; rows are the items of the checkpoint.

    Attributes:
        flat, solid: UMAP of the embeddings e_j in 2 and 3 dimensions.
        principal: the first three principal components; its first two are the flat PCA, to which
            ``kept`` and the figures refer.
        layers: UMAP of E^(0..K) in 2 dimensions, laid over ``flat`` so that they morph; each is
            held to the true neighbours of its own layer.
        cluster: of each item, from the full space; 0 is the largest.
        neighbours: the 15 true neighbours of each item, nearest first, by the cosine of e_j.
        explained: share of the variance along each principal component.
        smoothness: of each layer 0…K, then of the embeddings.
        seed: of everything random in it.
        items_sha256: of the items file of the model that it shows.
        rival: FastRP of the training likes, where they were at hand.
        genres: what embeddings know of genres, where enough of these are known.
    """

    flat: MapLayout
    solid: MapLayout
    principal: MapLayout
    layers: tuple[MapLayout, ...]
    cluster: Int64[np.ndarray, " items"]
    neighbours: Int64[np.ndarray, "items fifteen"]
    explained: tuple[float, ...]
    smoothness: tuple[Smoothness, ...]
    seed: int
    items_sha256: str
    rival: FastRPComparison | None = None
    genres: GenreProbe | None = None

    def __len__(self) -> int:
        return len(self.cluster)
