"""EASE: the closed-form linear model, and a hard one to beat."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.linalg import cho_factor, cho_solve

from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.system_resources import free_memory

__all__ = ["EASE", "MOST_ITEMS", "check_memory", "gram_matrix"]

MOST_ITEMS = 20_000  # a Gram matrix of 64-bit numbers takes 3.2 GB there, its inverse as much again
BYTES = 28  # a pair of items: the Gram matrix, its 64-bit copy, the unit matrix, the weights


def check_memory(items: int) -> None:
    """Check that the matrices of so many items fit in half of the free memory.

    Raises:
        DataError: they do not; the sentence says how much they need.
    """
    if items > MOST_ITEMS:
        raise DataError(
            f"left out: EASE needs the Gram matrix of all items, and {items:,} items are more than "
            f"the {MOST_ITEMS:,} whose matrix fits in memory"
        )
    needed, free = BYTES * items**2, free_memory()
    if free is not None and needed > free / 2:
        raise DataError(
            f"left out: {items:,} anime need {needed / 1e9:.1f} GB for it, and {free / 1e9:.1f} GB "
            "are free"
        )


def gram_matrix(likes: Interactions) -> Float32[np.ndarray, "items items"]:
    """Return XᵀX: how many people like both of two items.

    Raises:
        DataError: it does not fit, see ``check_memory``; nothing was allocated.
    """
    check_memory(len(likes.items))
    matrix = likes.to_scipy()
    result: Float32[np.ndarray, "items items"] = (matrix.T @ matrix).toarray().astype(np.float32)
    return result


class EASE:
    """score(u, ·) = x_u B,  B = I − P diag(1 / diag P),  P = (XᵀX + λI)⁻¹.

    Args:
        gram: XᵀX of the training likes.
        weight: λ.

    Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, equation 8.
    """

    name = "ease"

    def __init__(self, gram_matrix: Float32[np.ndarray, "items items"], weight: float) -> None:
        regular = gram_matrix.astype(np.float64)
        regular[np.diag_indices_from(regular)] += weight
        inverse = cho_solve(
            cho_factor(regular, overwrite_a=True, check_finite=False),
            np.eye(gram_matrix.shape[0]),
            overwrite_b=True,
            check_finite=False,
        )
        weights = -inverse / np.diag(inverse)
        weights[np.diag_indices_from(weights)] = 0
        self.weights: Float32[np.ndarray, "items items"] = weights.astype(np.float32)

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all items, in the training columns."""
        result: Float32[np.ndarray, "people items"] = given.to_scipy() @ self.weights
        return result
