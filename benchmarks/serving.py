"""Fold-in, ranking, filters and contributions of one list, on a made model of 17,000 × 512.

In the same run: storing the rating, and the product the ranking cannot do without.

    python -m benchmarks.serving
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import milliseconds, write
from benchmarks.rating_weights import plain
from recsys.config import ModelSettings, Settings
from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.models.checkpoint import Checkpoint
from recsys.paths import catalogue_path
from recsys.profiles.store import ProfileStore
from recsys.serving.fold_in import (
    baseline_contribution,
    fold_in,
    item_contributions,
    item_scores,
)
from recsys.serving.recommender import Recommender

ITEMS, D, RATED = 17_000, 512, 60


def made_recommender() -> Recommender:
    """Make a model of random numbers over the first titles of the catalogue."""
    rng = np.random.default_rng(0)
    catalogue = Catalogue.load(catalogue_path())
    anime = IdMap(catalogue.ids.ids[:ITEMS])
    checkpoint = Checkpoint(
        anime,
        rng.normal(size=(2, ITEMS, D)).astype(np.float32),
        rng.integers(1, 5000, ITEMS),
        plain(D),
        Settings(model=ModelSettings(dimension=D, layers=1)),
        {},
    )
    return Recommender.from_checkpoint(checkpoint, catalogue, device="cpu")


def main() -> None:
    """Measure, and write the result file."""
    recommender = made_recommender()
    item_factors = recommender.item_factors
    rng = np.random.default_rng(1)
    rows = rng.choice(ITEMS, RATED, replace=False)
    heights = rng.integers(1, 11, RATED)
    ratings = dict(
        zip(recommender.items.ids[rows].tolist(), heights.astype(float).tolist(), strict=True)
    )
    shown = rng.choice(ITEMS, 24, replace=False)

    def mathematics() -> None:
        user = fold_in(item_factors, rows, heights)
        np.argpartition(-item_scores(item_factors, user), 24)
        item_contributions(item_factors, user, shown)
        baseline_contribution(item_factors, user, shown)

    user = fold_in(item_factors, rows, heights)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProfileStore.open(f"sqlite:///{Path(folder) / 'profiles.sqlite'}") as store,
    ):
        profile = store.create("Benchmark")
        store.rate_many(profile.id, {i: int(r) for i, r in ratings.items()})
        numbers = iter(range(10**6))

        def rate_next() -> None:
            number = next(numbers)  # another rating each time: the same one would write nothing
            store.rate(profile.id, 1 + number % 50, 1 + number // 50 % 10)

        stored = milliseconds(rate_next)
    write(
        "serving",
        {
            "unit": "milliseconds, one thread",
            "model": f"{ITEMS:,} × {D}, {RATED} ratings, 24 shown",
            "fold-in + rank + shares": milliseconds(mathematics),
            "the one product in it that no list can do without": milliseconds(
                lambda: item_factors.embeddings @ user.embedding
            ),
            "recommend(): all of it, with filters, one per franchise, and sorted reasons": (
                milliseconds(lambda: recommender.recommend(ratings, 24))
            ),
            "storing a rating": stored,
            "budget": {"fold-in + rank + shares": 6, "store + fold-in + rank + explain": 10},
        },
        ["numpy", "sqlalchemy"],
    )


if __name__ == "__main__":
    main()
