"""EASE: a closed-form linear autoencoder of items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from recsys.defaults import EASE_LAMBDA, EASE_LAMBDA_GRID
from recsys.models.history_model import HistoryModel
from recsys.models.item_statistics import ItemStatistics

__all__ = ["EASE"]


class EASE(HistoryModel):
    """score(u, ·) = x_u B,  B = I − P diag(1 / diag P),  P = (XᵀX + λI)⁻¹.

    Args:
        regularization: λ.
        options: of ``HistoryModel``.

    Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, equation 8.
    """

    name = "ease"
    label = "EASE"
    quick = True
    grid: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        f"λ = {value:g}": {"regularization": value} for value in EASE_LAMBDA_GRID
    }

    def __init__(self, *, regularization: float = EASE_LAMBDA, **options: Any) -> None:
        super().__init__(**options)
        self.regularization = regularization

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Settings that a report shows."""
        return {"lambda": self.regularization}

    def _fit(self, statistics: ItemStatistics) -> None:
        regular = statistics.gram.astype(np.float64)
        regular[np.diag_indices_from(regular)] += self.regularization
        inverse = cho_solve(
            cho_factor(regular, overwrite_a=True, check_finite=False),
            np.eye(regular.shape[0]),
            overwrite_b=True,
            check_finite=False,
        )
        coefficients = -inverse / np.diag(inverse)
        coefficients[np.diag_indices_from(coefficients)] = 0
        self.coefficients: Float32[np.ndarray, "items items"] = coefficients.astype(np.float32)

    def _score(self, histories: csr_array) -> Float32[np.ndarray, "users items"]:
        scores: Float32[np.ndarray, "users items"] = histories @ self.coefficients
        return scores
