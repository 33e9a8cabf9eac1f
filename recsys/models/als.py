"""Implicit ALS: weighted matrix factorization, by the library implicit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from recsys.data.interactions import Interactions
from recsys.defaults import ALS_GRID
from recsys.errors import DataError
from recsys.models.history_model import HistoryModel
from recsys.models.item_statistics import ItemStatistics

__all__ = ["ALS", "missing_implicit", "writable_matrix"]


class ALS(HistoryModel):
    """score(u, j) = x_u · y_j, with x_u the regularized least-squares solution of the history.

    An item of the history with weight w > 0 has confidence α w that the user likes it; w < 0 means
    confidence α |w| that the user does not.

    Args:
        factors: length of the vectors.
        regularization: λ.
        alpha: confidence of a like relative to a missing rating.
        iterations: alternations over users and items.
        seed: of the initial vectors.
        options: of ``HistoryModel``.

    Source: Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM
    2008; equation 4 folds a new user in.
    """

    name = "als"
    label = "Implicit ALS"
    grid: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        f"{factors} factors, λ = {regularization:g}, α = {alpha:g}": {
            "factors": factors,
            "regularization": regularization,
            "alpha": alpha,
        }
        for factors, regularization, alpha in ALS_GRID
    }

    def __init__(
        self,
        *,
        factors: int = 128,
        regularization: float = 10.0,
        alpha: float = 1.0,
        iterations: int = 15,
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.factors, self.regularization, self.alpha = factors, regularization, alpha
        self.iterations, self.seed = iterations, seed

    def _fit(self, statistics: ItemStatistics) -> None:
        try:
            from implicit.als import AlternatingLeastSquares  # noqa: PLC0415 - only this baseline's
        except ImportError:
            raise missing_implicit(self.name) from None
        with threadpool_limits(1, "blas"):  # implicit's own threads do the work
            self.model: Any = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularization,
                alpha=self.alpha,
                iterations=self.iterations,
                random_state=self.seed,
                use_gpu=False,
            )
            self.model.fit(writable_matrix(statistics.likes.to_scipy()), show_progress=False)

    def fold_in(self, ratings: Interactions) -> Float32[np.ndarray, "users d"]:
        """Return the least-squares embedding x_u of each user."""
        return self._user_factors(self.history_matrix(ratings))

    def _user_factors(self, histories: csr_array) -> Float32[np.ndarray, "users d"]:
        with threadpool_limits(1, "blas"):
            matrix = writable_matrix(histories)
            factors: Float32[np.ndarray, "users d"] = self.model.recalculate_user(
                np.arange(matrix.shape[0]), matrix
            )
        return factors

    def _score(self, histories: csr_array) -> Float32[np.ndarray, "users items"]:
        scores: Float32[np.ndarray, "users items"]
        scores = self._user_factors(histories) @ self.model.item_factors.T
        return scores


def writable_matrix(matrix: csr_array) -> Any:
    """Return a copy as implicit requires it: scipy's older matrix class, and writable."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only implicit needs the older class

    return csr_matrix(matrix, copy=True)


def missing_implicit(name: str) -> DataError:
    """Return the error of a baseline whose library is not installed."""
    return DataError(f"left out: {name} needs the package implicit; install it with pip")
