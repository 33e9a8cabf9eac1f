"""The projection: what a model has learned, as a map, and how far the map may be believed.

Computing one needs umap-learn, which takes seconds to import and threads of its own; so it is done
in a terminal or a worker and stored with the checkpoint. Reading one needs NumPy alone.
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
