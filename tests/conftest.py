"""Shared test setup: array shapes checked at run time, thread limits, markers and fixtures."""

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: equal bits on every machine's cores

from jaxtyping import install_import_hook

# before recsys: the shapes of arrays are checked while tests run
WITH_ARRAYS = [
    "data.ids",
    "data.interactions",
    "data.random_split",
    "models",
    "metrics",
    "serving",
    "evaluation",
    "training",
    "embedding_map",
    "jobs",
]
install_import_hook([f"recsys.{part}" for part in WITH_ARRAYS], "shapes.check")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from recsys.data.ids import IdMap  # noqa: E402
from recsys.data.interactions import Interactions  # noqa: E402
from recsys.paths import shared_data  # noqa: E402

settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.register_profile("fast", settings.get_profile("project"), max_examples=10)
settings.load_profile("project")  # make test-fast chooses the other one

JOURNEYS = Path(__file__).parent / "journeys"


def pytest_collection_modifyitems(items):
    """Mark the tests that run in a browser; they are the tests in journeys/."""
    for item in items:
        if JOURNEYS in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real ratings; tests that need it skip where it is absent (CI has it)."""
    folder = shared_data()
    if not (folder / "anime").is_dir():
        pytest.skip(f"the real ratings are not at {folder} (ANIME_SHARED_DATA sets the folder)")
    return folder


@pytest.fixture
def random_interactions():
    """Return a function that draws a table in which every user and item has an entry."""

    def make(users=12, items=9, density=0.35, seed=0, ratings=True):
        rng = np.random.default_rng(seed)
        table = rng.random((users, items)) < density
        table[np.arange(users), rng.integers(0, items, users)] = True
        table[rng.integers(0, users, items), np.arange(items)] = True
        rows, columns = np.nonzero(table)
        values = rng.integers(1, 11, rows.size) if ratings else None
        return Interactions.from_rows(
            IdMap(np.arange(100, 100 + users)),
            IdMap(np.arange(1, items + 1)),
            rows,
            columns,
            values,
        )

    return make
