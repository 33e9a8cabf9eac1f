"""The projection: what a model has learned, as a map, and how far the map may be believed.

Computing one needs umap-learn, which takes seconds to import and threads of its own; so it is done
in a terminal or a worker and stored with the checkpoint. Reading one needs NumPy alone.
"""

from __future__ import annotations

from recsys.serving.projection.project import project
from recsys.serving.projection.stored import load_projection, save_projection
from recsys.serving.projection.value import Genres, Layout, Projection, Rival, Smoothness

__all__ = [
    "Genres",
    "Layout",
    "Projection",
    "Rival",
    "Smoothness",
    "load_projection",
    "project",
    "save_projection",
]
