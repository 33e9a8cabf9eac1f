"""Small checkpoints for tests."""

import numpy as np

from recsys.config import ModelSettings, Settings
from recsys.data.ids import IdMap
from recsys.models.checkpoint import Checkpoint
from tests.estimators import made_estimator

__all__ = ["made_checkpoint"]


def made_checkpoint(users=None, seed=0, dtype=np.float32):
    """Return a checkpoint of three items with random embeddings, d = 4 and K = 1."""
    rng = np.random.default_rng(seed)
    return Checkpoint(
        IdMap([5, 1, 30276]),
        rng.normal(size=(2, 3, 4)).astype(dtype),
        np.array([7, 1, 3]),
        made_estimator(4, seed),
        Settings(model=ModelSettings(dimension=4, layers=1)),
        {"name": f"model {seed}", "figures": {"recall@20": 0.5}},
        None if users is None else IdMap(users),
        None if users is None else rng.normal(size=(len(users), 4)).astype(np.float32),
    )
