"""Embedding map: a 2-D layout of a model's items, with measures of how much of the space it keeps.

Computing a map needs umap-learn, whose import takes seconds, and a thread of its own. So it is
computed in a terminal or a worker process and stored with the checkpoint. Reading one needs NumPy
only.
"""

from __future__ import annotations

from recsys.embedding_map.compute import compute_map
from recsys.embedding_map.io import load_map, save_map
from recsys.embedding_map.types import (
    EmbeddingMap,
    FastRPComparison,
    GenreProbe,
    MapLayout,
    Smoothness,
)

__all__ = [
    "EmbeddingMap",
    "FastRPComparison",
    "GenreProbe",
    "MapLayout",
    "Smoothness",
    "compute_map",
    "load_map",
    "save_map",
]
