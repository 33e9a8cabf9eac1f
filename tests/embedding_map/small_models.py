"""Small models for the tests of the map: vectors around four directions, likes of four groups."""

import numpy as np

from recsys.config import ModelSettings, Settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from tests.estimators import made_estimator

GROUPS, EACH, D = 4, 60, 8


def grouped(seed=0, noise=0.25):
    """Vectors around four directions that stand at right angles to each other."""
    rng = np.random.default_rng(seed)
    middles = np.eye(D)[:GROUPS].repeat(EACH, axis=0)
    return (middles + noise * rng.normal(size=middles.shape)).astype(np.float32)


def saved(folder, seed=0, items=GROUPS * EACH):
    layers = np.stack([grouped(seed)[:items], grouped(seed + 1)[:items]])
    save_checkpoint(
        folder,
        Checkpoint(
            IdMap(np.arange(1, items + 1)),
            layers,
            np.ones(items, dtype=np.int64),
            made_estimator(D),
            Settings(model=ModelSettings(dimension=D, layers=1)),
            {"name": "grouped"},
        ),
    )
    return load_checkpoint(folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def halves(items=GROUPS * EACH, people=300):
    """Likes of people who each like one of the groups."""
    rng = np.random.default_rng(0)
    group = np.arange(items) // EACH
    table = rng.random((people, items)) < np.where(
        group == (np.arange(people) % GROUPS)[:, None], 0.5, 0.02
    )
    rows, columns = np.nonzero(table)
    return Interactions.from_rows(
        IdMap(np.arange(people)), IdMap(np.arange(1, items + 1)), rows, columns
    )
