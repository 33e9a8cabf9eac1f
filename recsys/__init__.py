"""Recommendations from LightGCN: train, evaluate, explain, save.

    import recsys

    ratings = recsys.read_ratings("ratings.csv")
    model = recsys.train(ratings, preset="standard")
    model.recommend({5114: 10, 1: 9}, k=10).to_frame()
    model.similar_items(5114, k=10)
    recsys.evaluate(model, ratings, protocol="cold-start-users").to_frame()
    model.save("checkpoints/mine")
    model = recsys.load("checkpoints/mine")  # recsys.load() is the model that ships

``import recsys`` imports no other package; each name below imports what it needs when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.data.items_file import read_catalogue
    from recsys.data.ratings_file import read_ratings
    from recsys.errors import RecsysError
    from recsys.library.public_api import evaluate, load, train
    from recsys.serving.filters import Filters
    from recsys.serving.recommender import Recommender

__all__ = [
    "Filters",
    "Recommender",
    "RecsysError",
    "evaluate",
    "load",
    "read_catalogue",
    "read_ratings",
    "train",
]

_MODULES = {
    "Filters": "recsys.serving.filters",
    "Recommender": "recsys.serving.recommender",
    "RecsysError": "recsys.errors",
    "evaluate": "recsys.library.public_api",
    "load": "recsys.library.public_api",
    "read_catalogue": "recsys.data.items_file",
    "read_ratings": "recsys.data.ratings_file",
    "train": "recsys.library.public_api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module 'recsys' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, for completion in a notebook."""
    return sorted([*globals(), *__all__])
