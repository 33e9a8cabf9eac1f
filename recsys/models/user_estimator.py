"""User estimator: the best linear estimate of a user's embedding from liked items.

A trained user has an embedding e_u. Of a new user, n likes are known. The estimator is the linear
function of the sum of the liked items' embeddings e_i that is nearest to e_u in the mean square,
over all users and all draws of n of their likes with replacement. It has a closed form for every n.
Let m_u be the mean of e_i over the likes of u, and E[·] the weighted mean over users, where a user
with n_u likes has the weight √n_u:

    s̄ = E[m_u],    ē = E[e_u]                      mean liked item, mean user
    Q = E[mean_{i liked by u} e_i e_iᵀ] − s̄ s̄ᵀ     covariance of a single like
    M = E[m_u m_uᵀ] − s̄ s̄ᵀ                         covariance between users
    B = E[m_u e_uᵀ] − s̄ ēᵀ                         cross-covariance with the trained embeddings

    ê = ē + Σ_i (e_i − s̄) G(n),    G(n) = (Q + (n − 1) M)⁻¹ B,

because the sum of n likes has the covariance n (Q + (n − 1) M), and n B with e_u. One basis of
generalized eigenvectors makes both matrices diagonal, Vᵀ Q V = 1 and Vᵀ M V = diag λ, so that

    G(n) = V diag(1 / (1 + (n − 1) λ_k)) Vᵀ B.

In a direction in which users hardly differ (λ_k near 0), each further like counts as much as the
first; in a direction in which they differ most (λ_k near 1), later likes add little.

Source: the linear minimum mean square error estimator, Kay, *Fundamentals of Statistical Signal
Processing: Estimation Theory*, 1993, section 12.3; Robinson, *That BLUP is a good thing*, 1991.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Shaped

from recsys.data.interactions import Interactions

__all__ = ["UserEmbeddingEstimator"]

RIDGE = 0.03  # share of the mean variance that is added to Q, whose small directions are uncertain
MIN_RIDGE = 1e-6  # share of the mean square of the embeddings: V must fit into 16-bit numbers
MATRICES = ("eigenvectors", "projection")
# Tensor names in checkpoints of format 2; they stay so that existing checkpoints still open.
STORED_AS = {
    "eigenvectors": "estimator.probes",
    "projection": "estimator.readout",
    "eigenvalues": "estimator.spectrum",
    "mean_liked_item": "estimator.mean_like",
    "mean_user": "estimator.mean_person",
}


@dataclass(frozen=True, slots=True, eq=False)
class UserEmbeddingEstimator:
    """Estimates a user's embedding from the sum of liked items; its arrays are NumPy or torch.

    Attributes:
        eigenvectors: V, generalized eigenvectors of (M, Q), [d × d].
        projection: Vᵀ B, [d × d].
        eigenvalues: λ, [d], from 0 to 1.
        mean_liked_item: s̄, [d].
        mean_user: ē, [d].
    """

    eigenvectors: Any
    projection: Any
    eigenvalues: Any
    mean_liked_item: Any
    mean_user: Any

    @classmethod
    def fit(
        cls,
        embeddings: Float[np.ndarray, "items d"],
        users: Float[np.ndarray, "users d"],
        likes: Interactions,
        *,
        ridge: float = RIDGE,
    ) -> UserEmbeddingEstimator:
        """Return the estimator fitted to the users of a trained model.

        Args:
            embeddings: e_i.
            users: e_u.
            likes: the likes that the model was trained on; users without a like have no weight.
            ridge: share of the mean variance of Q that is added to its diagonal.
        """
        from scipy.linalg import eigh  # noqa: PLC0415 - serving does without scipy

        counts = np.maximum(likes.user_degrees, 1).astype(np.float32)
        weights = np.sqrt(likes.user_degrees, dtype=np.float32)
        weights /= max(float(weights.sum()), 1.0)
        table = likes.to_scipy()
        item_weights = table.T @ (weights / counts)
        mean_liked_item, mean_user = item_weights @ embeddings, weights @ users
        centered = embeddings - mean_liked_item
        means = (table @ centered) / counts[:, None]
        weighted = means * weights[:, None]
        q = _double((centered * item_weights[:, None]).T @ centered)
        m, b = _double(weighted.T @ means), _double(weighted.T @ (users - mean_user))
        # where all embeddings are equal, any positive ridge gives ê = ē
        size = max(float(np.square(embeddings).mean()), 0.01)
        extra = max(ridge * float(np.trace(q)) / len(q), MIN_RIDGE * size)
        eigenvalues, eigenvectors = eigh(m, q + extra * np.eye(len(q)))
        return cls(
            _single(eigenvectors),
            _single(eigenvectors.T @ b),
            _single(np.clip(eigenvalues, 0.0, 1.0)),
            _single(mean_liked_item),
            _single(mean_user),
        )

    def to_arrays(self, dtype: np.dtype[np.floating[Any]]) -> dict[str, Shaped[np.ndarray, "..."]]:
        """Return the arrays by the names that a checkpoint stores.

        Args:
            dtype: type of the two matrices; the vectors are float32.
        """
        arrays = {STORED_AS[field.name]: getattr(self, field.name) for field in fields(self)}
        return {
            name: np.ascontiguousarray(array, dtype if array.ndim > 1 else np.float32)
            for name, array in arrays.items()
        }

    @classmethod
    def from_arrays(
        cls, stored: Mapping[str, Shaped[np.ndarray, "..."]], d: int
    ) -> UserEmbeddingEstimator:
        """Return the estimator whose arrays were stored by ``to_arrays``.

        Args:
            stored: arrays by name; others are ignored.
            d: dimension of the embeddings.

        Raises:
            KeyError: an array is missing.
            ValueError: an array has another shape or type, or holds NaN or infinity.
        """
        arrays = {field.name: stored[STORED_AS[field.name]] for field in fields(cls)}
        for name, array in arrays.items():
            expected = (d, d) if name in MATRICES else (d,)
            if array.shape != expected:
                raise ValueError(f"{STORED_AS[name]} has the shape {array.shape}, not {expected}")
            if array.dtype.kind != "f":
                raise ValueError(f"{STORED_AS[name]} is of the type {array.dtype}, not a float")
            if not np.isfinite(array).all():
                raise ValueError(f"{STORED_AS[name]} holds NaN or infinity")
        return cls(**{name: _single(array) for name, array in arrays.items()})

    def estimate(self, total: Any, rated: Any) -> Any:
        """Return the estimated embeddings ê of some users.

        Args:
            total: Σ_i (w_i e_i − s̄), where w_i is the weight of a rating; [d], or [users × d].
            rated: n, number of ratings; for several users [users × 1].
        """
        return (
            self.mean_user
            + ((total @ self.eigenvectors) * self._shrinkage(rated)) @ self.projection
        )

    def item_response(self, vectors: Any, rated: int) -> Any:
        """Return G(n) x for some vectors x.

        The dot product of (w_i e_i − s̄) with G(n) e_j is the contribution of item i to the score
        of item j.

        Args:
            vectors: [m × d].
            rated: n, number of ratings of the user.
        """
        return ((vectors @ self.projection.T) * self._shrinkage(rated)) @ self.eigenvectors.T

    def _shrinkage(self, rated: Any) -> Any:
        return 1.0 / (1.0 + (rated - (rated > 0)) * self.eigenvalues)


def _double(array: Float[np.ndarray, "a b"]) -> Float[np.ndarray, "a b"]:
    return array.astype(np.float64)


def _single(array: Float[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    return np.ascontiguousarray(array, dtype=np.float32)
