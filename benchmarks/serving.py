"""Duration of one list: fold-in, ranking, filters and contributions, 17,000 items × 512.

The model is random. In the same run: storing a rating, and the matrix-vector product that every
ranking needs.

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
from benchmarks.rating_weights import sum_estimator
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


def random_recommender() -> Recommender:
    """Return a model with random vectors for the first titles of the catalogue."""
    rng = np.random.default_rng(0)
    catalogue = Catalogue.load(catalogue_path())
    anime = IdMap(catalogue.ids.ids[:ITEMS])
    checkpoint = Checkpoint(
        anime,
        rng.normal(size=(2, ITEMS, D)).astype(np.float32),
        rng.integers(1, 5000, ITEMS),
        sum_estimator(D),
        Settings(model=ModelSettings(dimension=D, layers=1)),
        {},
    )
    return Recommender.from_checkpoint(checkpoint, catalogue, device="cpu")


def main() -> None:
    """Measure all parts and write the result file."""
    recommender = random_recommender()
    item_factors = recommender.item_factors
    rng = np.random.default_rng(1)
    rows = rng.choice(ITEMS, RATED, replace=False)
    values = rng.integers(1, 11, RATED)
    ratings = dict(
        zip(recommender.items.ids[rows].tolist(), values.astype(float).tolist(), strict=True)
    )
    shown = rng.choice(ITEMS, 24, replace=False)

    def compute_list() -> None:
        user = fold_in(item_factors, rows, values)
        np.argpartition(-item_scores(item_factors, user), 24)
        item_contributions(item_factors, user, shown)
        baseline_contribution(item_factors, user, shown)

    user = fold_in(item_factors, rows, values)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProfileStore.open(f"sqlite:///{Path(folder) / 'profiles.sqlite'}") as store,
    ):
        profile = store.create("Benchmark")
        store.rate_many(profile.id, {i: int(r) for i, r in ratings.items()})
        numbers = iter(range(10**6))

        def rate_next() -> None:
            number = next(
                numbers
            )  # a new value each time, because an unchanged rating writes nothing
            store.rate(profile.id, 1 + number % 50, 1 + number // 50 % 10)

        stored = milliseconds(rate_next)
    write(
        "serving",
        {
            "unit": "milliseconds, one thread",
            "model": f"{ITEMS:,} × {D}, {RATED} ratings, 24 shown",
            "fold-in + rank + shares": milliseconds(compute_list),
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
