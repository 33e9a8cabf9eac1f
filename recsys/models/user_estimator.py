"""A person from a few of their likes: the best linear estimate of what training would give them.

A trained person has an embedding e_u; of a new one, some likes are known. Draw n likes of a trained
person at random: which linear function of the sum of their embeddings e_i comes nearest to e_u, in
the mean square over all people? The answer is known in closed form, for every n. With m_u the mean
of e_i over all likes of u, and E[·] a mean over people in which somebody with n_u likes weighs
√n_u,

    s̄ = E[m_u],    ē = E[e_u],                     the average like, the average person,
    Q = E[mean_{i liked by u} e_i e_iᵀ] − s̄ s̄ᵀ,    how one like is spread,
    M = E[m_u m_uᵀ] − s̄ s̄ᵀ,                        how people are,
    B = E[m_u e_uᵀ] − s̄ ēᵀ,                        what the former tell of the latter,

    ê = ē + Σ_i (e_i − s̄) G(n),    G(n) = (Q + (n − 1) M)⁻¹ B,

as the sum of n likes, drawn with replacement, has the covariance n (Q + (n − 1) M), and n B with
e_u. One basis makes both diagonal, Vᵀ Q V = 1 and Vᵀ M V = diag λ, so that

    G(n) = V diag(1 / (1 + (n − 1) λ_k)) Vᵀ B:

what people hardly differ in (λ small) is told by every further like anew; what they differ in most
(λ near 1) is known after the first few, and more of the same adds little.

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

RIDGE = 0.03  # of the mean variance, added to Q: few people tell little of the smallest directions
LEAST = 1e-6  # of the embeddings' own size, so that V stays within 16-bit numbers
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
    """From the sum of what somebody likes to their embedding; arrays of NumPy or torch.

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
    def of(
        cls,
        embeddings: Float[np.ndarray, "items d"],
        people: Float[np.ndarray, "users d"],
        likes: Interactions,
        *,
        ridge: float = RIDGE,
    ) -> UserEmbeddingEstimator:
        """Fit it on the people of a trained model.

        Args:
            embeddings: e_i.
            people: e_u.
            likes: what they were trained on, users × items; who has no like is left out.
            ridge: share of the mean variance of Q's directions that is added to each.
        """
        from scipy.linalg import eigh  # noqa: PLC0415 - serving does without scipy

        counts = np.maximum(likes.user_degrees, 1).astype(np.float32)
        weights = np.sqrt(likes.user_degrees, dtype=np.float32)
        weights /= max(float(weights.sum()), 1.0)
        table = likes.to_scipy()
        of_items = table.T @ (weights / counts)
        mean_liked_item, mean_user = of_items @ embeddings, weights @ people
        centered = embeddings - mean_liked_item
        means = (table @ centered) / counts[:, None]
        weighed = means * weights[:, None]
        q = _double((centered * of_items[:, None]).T @ centered)
        m, b = _double(weighed.T @ means), _double(weighed.T @ (people - mean_user))
        # where all is alike there is nothing to estimate; any positive variance then gives ē
        size = max(float(np.square(embeddings).mean()), 0.01)
        extra = max(ridge * float(np.trace(q)) / len(q), LEAST * size)
        eigenvalues, eigenvectors = eigh(m, q + extra * np.eye(len(q)))
        return cls(
            _single(eigenvectors),
            _single(eigenvectors.T @ b),
            _single(np.clip(eigenvalues, 0.0, 1.0)),
            _single(mean_liked_item),
            _single(mean_user),
        )

    def arrays(self, dtype: np.dtype[np.floating[Any]]) -> dict[str, Shaped[np.ndarray, "..."]]:
        """Return all arrays by name, to be stored: the two matrices in ``dtype``."""
        named = {STORED_AS[part.name]: getattr(self, part.name) for part in fields(self)}
        return {
            name: np.ascontiguousarray(array, dtype if array.ndim > 1 else np.float32)
            for name, array in named.items()
        }

    @classmethod
    def of_arrays(
        cls, stored: Mapping[str, Shaped[np.ndarray, "..."]], d: int
    ) -> UserEmbeddingEstimator:
        """Return what ``arrays`` stored.

        Raises:
            KeyError, ValueError: a part is missing, is not of d, or holds what is no number.
        """
        parts = {part.name: stored[STORED_AS[part.name]] for part in fields(cls)}
        for name, part in parts.items():
            if set(part.shape) != {d} or part.ndim != (2 if name in MATRICES else 1):
                raise ValueError(f"{STORED_AS[name]} has the shape {part.shape}, not d = {d}")
            if part.dtype.kind != "f":
                raise ValueError(f"{STORED_AS[name]} is of the type {part.dtype}, not a float")
            if not np.isfinite(part).all():
                raise ValueError(f"{STORED_AS[name]} holds NaN or infinity")
        return cls(**{name: _single(part) for name, part in parts.items()})

    def estimate(self, total: Any, rated: Any) -> Any:
        """Return ê of some people.

        Args:
            total: Σ_i (w_i e_i − s̄), w_i the weight of a rating; [d], or [people × d].
            rated: n; or of each, [people × 1].
        """
        return (
            self.mean_user
            + ((total @ self.eigenvectors) * self._shrinkage(rated)) @ self.projection
        )

    def item_response(self, vectors: Any, rated: int) -> Any:
        """Return G(n) x of some vectors x: the product of (w_i e_i − s̄) with it is a share.

        Args:
            vectors: [n × d].
            rated: n, number of ratings of the person.
        """
        return ((vectors @ self.projection.T) * self._shrinkage(rated)) @ self.eigenvectors.T

    def _shrinkage(self, rated: Any) -> Any:
        return 1.0 / (1.0 + (rated - (rated > 0)) * self.eigenvalues)


def _double(array: Float[np.ndarray, "a b"]) -> Float[np.ndarray, "a b"]:
    return array.astype(np.float64)


def _single(array: Float[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    return np.ascontiguousarray(array, dtype=np.float32)
