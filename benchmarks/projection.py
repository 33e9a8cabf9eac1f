"""Duration of the map: a 2-D layout of 17,000 × 64, and all of it for the shipped model.

Each runs in a new process, so importing and compiling UMAP is included.

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
from recsys.defaults import MAP_NEIGHBORS
from recsys.embedding_map import EmbeddingMap, compute_map
from recsys.embedding_map.layouts import principal_components, umap_layout
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.models.checkpoint import load_checkpoint
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from recsys.paths import catalogue_path, default_checkpoint, shared_data

ITEMS, D, GROUPS = 17_000, 64, 60


def layout_of_synthetic_model() -> dict[str, float]:
    """Compute a layout of a synthetic model and its quality."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(GROUPS, D))
    vectors = centres[random.integers(0, GROUPS, ITEMS)] + 0.7 * random.normal(size=(ITEMS, D))
    began = time.perf_counter()
    with threadpool_limits(1):
        unit = unit_vectors(vectors.astype(np.float32))
        true, cosines = cosine_neighbors(unit, MAP_NEIGHBORS)
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


def figures(embedding_map: EmbeddingMap) -> dict[str, object]:
    """Return the quality of every layout of a map."""
    layouts = {
        "UMAP 2-D": embedding_map.umap_2d,
        "UMAP 3-D": embedding_map.umap_3d,
        "PCA 2-D": embedding_map.pca,
    }
    layouts |= {f"layer {k}": layer for k, layer in enumerate(embedding_map.layers)}
    if embedding_map.fastrp is not None:
        layouts["FastRP, by its own neighbours"] = embedding_map.fastrp.layout
    return {
        name: {
            "of 15 true neighbours kept": round(float(layout.preserved_share.mean()), 4),
            "trustworthiness": layout.trustworthiness,
            "continuity": layout.continuity,
        }
        for name, layout in layouts.items()
    }


def map_of_shipped_model() -> dict[str, object]:
    """Compute the map of the model that ships, with FastRP and the genre probe."""
    model, catalogue = load_checkpoint(default_checkpoint()), Catalogue.load(catalogue_path())
    ratings = read_ratings(shared_data() / "anime" / "ratings_all_explicit.parquet").interactions
    began = time.perf_counter()
    likes = ratings.likes(model.settings.data.like_at)
    embedding_map = compute_map(model, likes=likes, catalogue=catalogue)
    seconds = round(time.perf_counter() - began, 1)
    items, d = model.layers.shape[1:]
    return {
        "items": items,
        "d": d,
        "seconds": seconds,
        "pictures": figures(embedding_map),
        "genre from embedding, macro-F1": embedding_map.genre_probe
        and asdict(embedding_map.genre_probe),
    }


def in_fresh_process(action: Callable[[], dict[str, object]]) -> dict[str, object]:
    """Run an action in a new process and return its result."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(action).result()


def main() -> None:
    """Measure both, and write the result file."""
    write(
        "projection",
        {
            "made model, 17,000 × 64, 2-D": in_fresh_process(layout_of_synthetic_model),
            "default model, all of project": in_fresh_process(map_of_shipped_model),
            "budget in seconds": {"2-D of 17,000 × 64": 60, "all of the default model": 120},
        },
        ["umap-learn", "numba", "numpy", "scikit-learn"],
    )


if __name__ == "__main__":
    main()
