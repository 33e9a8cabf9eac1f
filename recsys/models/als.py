"""Implicit ALS: weighted matrix factorisation, by the library implicit."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32
from threadpoolctl import threadpool_limits

from recsys.data.interactions import Interactions

__all__ = ["ALS", "writable_matrix"]


class ALS:
    """score(u, j) = x_u · y_j, with x_u the least-squares answer to what is known of the person.

    Args:
        likes: the training likes.
        factors: length of the vectors.
        regularization: λ.
        alpha: a like counts α times as much as a missing one.
        iterations: rounds over people and items.
        seed: of the start.

    Source: Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM
    2008, equation 4 for a new person.
    """

    name = "als"

    def __init__(
        self,
        likes: Interactions,
        *,
        factors: int = 128,
        regularization: float = 10.0,
        alpha: float = 1.0,
        iterations: int = 15,
        seed: int = 0,
    ) -> None:
        from implicit.als import AlternatingLeastSquares  # noqa: PLC0415 - only this baseline's

        with threadpool_limits(1, "blas"):  # implicit's own threads do the work
            self.model: Any = AlternatingLeastSquares(
                factors=factors,
                regularization=regularization,
                alpha=alpha,
                iterations=iterations,
                random_state=seed,
                use_gpu=False,
            )
            self.model.fit(writable_matrix(likes), show_progress=False)

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all items, in the training columns."""
        with threadpool_limits(1, "blas"):
            matrix = writable_matrix(given)
            people = self.model.recalculate_user(np.arange(len(given.users)), matrix)
        result: Float32[np.ndarray, "people items"] = people @ self.model.item_factors.T
        return result


def writable_matrix(table: Interactions) -> Any:
    """Return the table as implicit wants it: scipy's older kind of matrix, and writable."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - scipy, as everywhere

    return csr_matrix(table.to_scipy(), copy=True)
