"""BPR-MF: matrix factorization trained on pairs of items, by the library implicit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array

from recsys.data.interactions import Interactions
from recsys.defaults import BPR_MF_GRID
from recsys.models.als import missing_implicit, writable_matrix
from recsys.models.history_model import HistoryModel
from recsys.models.item_statistics import ItemStatistics

__all__ = ["BPRMF"]


class BPRMF(HistoryModel):
    """score(u, j) = x_u · y_j + b_j; a new user's x_u is the weighted mean of the history's y_i.

    BPR defines no embedding of new users. The mean is scaled to the average length of the trained
    users' embeddings, so that the item biases b_j count as much as in training.

    Args:
        factors: length of the vectors.
        learning_rate: step size of the gradient steps.
        regularization: L2 weight λ of the gradient steps.
        iterations: passes over the likes.
        seed: of the initial vectors and the drawn pairs.
        options: of ``HistoryModel``.

    Source: Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009.
    """

    name = "bpr_mf"
    label = "BPR-MF"
    grid: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        f"{factors} factors, η = {rate:g}, λ = {regularization:g}": {
            "factors": factors,
            "learning_rate": rate,
            "regularization": regularization,
        }
        for factors, rate, regularization in BPR_MF_GRID
    }

    def __init__(
        self,
        *,
        factors: int = 64,
        learning_rate: float = 0.05,
        regularization: float = 0.01,
        iterations: int = 100,
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.factors, self.learning_rate, self.regularization = (
            factors, learning_rate, regularization,
        )  # fmt: skip
        self.iterations, self.seed = iterations, seed

    def _fit(self, statistics: ItemStatistics) -> None:
        try:
            from implicit.bpr import (  # noqa: PLC0415 - only this baseline's
                BayesianPersonalizedRanking,
            )
        except ImportError:
            raise missing_implicit(self.name) from None
        model: Any = BayesianPersonalizedRanking(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            random_state=self.seed,
            num_threads=1,  # several threads overwrite each other's updates: no two fits are alike
            use_gpu=False,
        )
        model.fit(writable_matrix(statistics.likes.to_scipy()), show_progress=False)
        # implicit stores the bias as the last number of an item's vector, beside the users' 1
        self.item_factors = model.item_factors[:, :-1]
        self.item_bias = model.item_factors[:, -1]
        self.mean_user_norm = float(np.linalg.norm(model.user_factors[:, :-1], axis=1).mean())

    def fold_in(self, ratings: Interactions) -> Float32[np.ndarray, "users d"]:
        """Return the weighted mean embedding of each user's history, at the usual length."""
        return self._user_factors(self.history_matrix(ratings))

    def _user_factors(self, histories: csr_array) -> Float32[np.ndarray, "users d"]:
        total = histories @ self.item_factors
        norms = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
        factors: Float32[np.ndarray, "users d"] = total * (self.mean_user_norm / norms)
        return factors

    def _score(self, histories: csr_array) -> Float32[np.ndarray, "users items"]:
        scores: Float32[np.ndarray, "users items"] = (
            self._user_factors(histories) @ self.item_factors.T + self.item_bias
        ).astype(np.float32)
        return scores
