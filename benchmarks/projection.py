"""How long the map takes: 2-D of a made model of 17,000 × 64, and all of it for the default model.

Each in a fresh process, so importing and compiling UMAP is part of the figure.

    python -m benchmarks.projection
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import write
from recsys.data.catalogue import Catalogue
from recsys.data.ratings_file import read_ratings
from recsys.embedding_map import EmbeddingMap, compute_map
from recsys.embedding_map.layouts import principal_components, umap_layout
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.embedding_map.types import NEIGHBOURS
from recsys.models.checkpoint import load_checkpoint
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from recsys.paths import catalogue_path, default_checkpoint, shared_data

ITEMS, D, GROUPS = 17_000, 64, 60


def flat_of_many() -> dict[str, float]:
    """Lay out a made model, and hold the picture to the full space."""
    random = np.random.default_rng(0)
    middles = random.normal(size=(GROUPS, D))
    vectors = middles[random.integers(0, GROUPS, ITEMS)] + 0.7 * random.normal(size=(ITEMS, D))
    began = time.perf_counter()
    with threadpool_limits(1):
        unit = unit_vectors(vectors.astype(np.float32))
        true, cosines = cosine_neighbors(unit, NEIGHBOURS)
        neighbours = time.perf_counter()
        start, _ = principal_components(unit, 2)
        points = umap_layout(true, cosines, start, 0)
        laid_out = time.perf_counter()
        layout = layout_quality(unit, true, points)
    return {
        "seconds": round(laid_out - began, 1),
        "of which exact neighbours": round(neighbours - began, 1),
        "trustworthiness and continuity, seconds more": round(time.perf_counter() - laid_out, 1),
        "trustworthiness": layout.trustworthiness,
    }


def figures(found: EmbeddingMap) -> dict[str, object]:
    """Return what the map of a model keeps."""
    pictures = {"UMAP 2-D": found.flat, "UMAP 3-D": found.solid, "PCA 2-D": found.principal}
    pictures |= {f"layer {k}": layer for k, layer in enumerate(found.layers)}
    if found.rival is not None:
        pictures["FastRP, by its own neighbours"] = found.rival.layout
    return {
        name: {
            "of 15 true neighbours kept": round(float(layout.kept_share.mean()), 4),
            "trustworthiness": layout.trustworthiness,
            "continuity": layout.continuity,
        }
        for name, layout in pictures.items()
    }


def all_of_default() -> dict[str, object]:
    """Project the model that ships, with FastRP beside it and genres told."""
    model, catalogue = load_checkpoint(default_checkpoint()), Catalogue.load(catalogue_path())
    ratings = read_ratings(shared_data() / "anime" / "ratings_all_explicit.parquet").interactions
    began = time.perf_counter()
    likes = ratings.likes(model.settings.data.like_at)
    found = compute_map(model, likes=likes, catalogue=catalogue)
    seconds = round(time.perf_counter() - began, 1)
    items, d = model.layers.shape[1:]
    return {
        "items": items,
        "d": d,
        "seconds": seconds,
        "pictures": figures(found),
        "genre from embedding, macro-F1": found.genres and asdict(found.genres),
    }


def in_fresh_process(action: Callable[[], dict[str, object]]) -> dict[str, object]:
    """Run an action in a process that has imported nothing yet."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(action).result()


def main() -> None:
    """Measure, and write the result file."""
    write(
        "projection",
        {
            "made model, 17,000 × 64, 2-D": in_fresh_process(flat_of_many),
            "default model, all of project": in_fresh_process(all_of_default),
            "budget in seconds": {"2-D of 17,000 × 64": 60, "all of the default model": 120},
        },
        ["umap-learn", "numba", "numpy", "scikit-learn"],
    )


if __name__ == "__main__":
    main()
