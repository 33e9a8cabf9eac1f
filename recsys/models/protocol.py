"""The model protocol: what every recommendation model offers, LightGCN and baselines alike.

A constructor takes hyperparameters, ``fit`` takes data, ``score`` takes the histories of any users,
trained on or new. A model with user embeddings also has ``fold_in``. Evaluation, the reference
lines of a training and the command line need no more than this.

To add a model, write one file in this package with a class that follows ``Model`` (baselines
inherit from ``recsys.models.history_model.HistoryModel``), and add one line to the registry
``recsys.models.baselines.BASELINES``.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from recsys.data.interactions import Interactions

__all__ = ["Model", "ScoringModel", "SupportsFoldIn"]


@runtime_checkable
class ScoringModel(Protocol):
    """A fitted model: it scores all items for users whose histories are given.

    Attributes:
        name: key of the model in reports, such as ``item_knn``.
    """

    name: str

    def score(self, histories: Interactions) -> Float32[np.ndarray, "users items"]:
        """Score every item of ``histories.items`` for every user of ``histories``.

        Args:
            histories: what is known of each user, ratings included; NaN is a like without a rating.

        Returns:
            Scores [users × items]; −∞ for items that the model does not know.
        """
        ...


@runtime_checkable
class Model(ScoringModel, Protocol):
    """A model that can be fitted."""

    def fit(self, interactions: Interactions) -> Model:
        """Learn from a table of training ratings.

        Args:
            interactions: ratings of the training users; the model decides which are likes.

        Returns:
            The model itself, fitted.
        """
        ...


@runtime_checkable
class SupportsFoldIn(ScoringModel, Protocol):
    """A model that can estimate the embedding of a user from ratings, without training."""

    def fold_in(self, ratings: Interactions) -> Float32[np.ndarray, "users d"]:
        """Return the embedding of each user of ``ratings``."""
        ...
