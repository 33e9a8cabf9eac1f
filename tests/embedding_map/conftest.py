"""Fixtures of the map tests: a small model, its map, and a timeline."""

import pytest

from recsys.data.catalogue import Catalogue
from recsys.embedding_map import compute_map
from recsys.embedding_map.timeline import compute_timeline
from recsys.paths import catalogue_path
from tests.embedding_map.small_models import halves, saved


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "grouped"
    checkpoint = saved(folder)
    return folder, checkpoint, compute_map(checkpoint, seed=3)


@pytest.fixture(scope="session")
def compared(model):
    """The same model's projection with FastRP, and with the genres of the catalogue."""
    _, checkpoint, _ = model
    return compute_map(
        checkpoint, likes=halves(), catalogue=Catalogue.load(catalogue_path()), seed=3
    )


@pytest.fixture(scope="session")
def filmed(model, tmp_path_factory):
    """Two snapshots, of which the second is the finished model."""
    _, checkpoint, finished = model
    early = saved(tmp_path_factory.mktemp("early") / "early", seed=7)
    return compute_timeline([(10, early), (20, checkpoint)], finished)
