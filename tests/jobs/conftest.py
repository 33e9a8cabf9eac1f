"""Fixtures of runs: their ratings, a complete run, and a factory of new ones."""

import pytest

from recsys.jobs.run_executor import execute_run
from tests.jobs.runs import MANY, QUICK, make_run, write_ratings


@pytest.fixture(scope="session")
def ratings(tmp_path_factory):
    return write_ratings(tmp_path_factory.mktemp("ratings") / "ratings.csv")


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory, ratings):
    """A run with validation and baselines that nobody interrupted, and its last event."""
    folder = tmp_path_factory.mktemp("unbroken")
    run = make_run(folder / "run", ratings, MANY, baselines=True, out=folder / "out")
    received = []
    return (
        run,
        execute_run(run, on_event=lambda event, part: received.append((event, part))),
        received,
    )


@pytest.fixture
def new_run(tmp_path, ratings):
    return lambda name="run", training=QUICK, **more: make_run(
        tmp_path / name, ratings, training, **more
    )
