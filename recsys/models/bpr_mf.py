"""BPR-MF: matrix factorisation trained pairwise, by the library implicit."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32

from recsys.data.interactions import Interactions
from recsys.models.als import writable_matrix

__all__ = ["BPRMF"]


class BPRMF:
    """score(u, j) = x_u · y_j + b_j; a new person's x_u is the mean of their likes' y_i.

    BPR says nothing of new people. The mean is given the length that the trained people's vectors
    have on average, so that the items' own b_j weigh as they do in training.

    Args:
        likes: the training likes.
        factors: length of the vectors.
        learning_rate, regularization: of the gradient steps.
        iterations: passes over the likes.
        seed: of start and draws.

    Source: Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009.
    """

    name = "bpr_mf"

    def __init__(
        self,
        likes: Interactions,
        *,
        factors: int = 64,
        learning_rate: float = 0.05,
        regularization: float = 0.01,
        iterations: int = 100,
        seed: int = 0,
    ) -> None:
        from implicit.bpr import BayesianPersonalizedRanking  # noqa: PLC0415 - only this baseline's

        model: Any = BayesianPersonalizedRanking(
            factors=factors,
            learning_rate=learning_rate,
            regularization=regularization,
            iterations=iterations,
            random_state=seed,
            num_threads=1,  # several write over each other, and no two fits would be alike
            use_gpu=False,
        )
        model.fit(writable_matrix(likes), show_progress=False)
        # implicit keeps the bias as the last number of an item's vector, beside the people's 1
        self.items, self.bias = model.item_factors[:, :-1], model.item_factors[:, -1]
        self.length = float(np.linalg.norm(model.user_factors[:, :-1], axis=1).mean())

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all items, in the training columns."""
        people = given.to_scipy() @ self.items
        norms = np.maximum(np.linalg.norm(people, axis=1, keepdims=True), 1e-12)
        scores: Float32[np.ndarray, "people items"] = (
            people * (self.length / norms) @ self.items.T + self.bias
        ).astype(np.float32)
        return scores
