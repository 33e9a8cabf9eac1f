"""Fold-in: the embedding of a new user from their ratings, the item scores, and contributions.

A trained user has the embedding e_u = Σ_k α_k E_u^(k), and score(j) = e_u · e_j ranks the items j.
A new user has no E_u^(0). Their embedding is estimated from the items i ∈ H that they rated, by the
linear estimator of ``recsys.models.user_estimator``:

    ê = ē + Σ_{i∈H} (w(r_i) e_i − s̄) G(|H|),        score(j) = ê · e_j,

where w(r) is the weight of a rating (1 for a like without a rating), s̄ the mean liked item and ē
the mean user. The estimate is linear in the rated items, so the score is a sum of *contributions*:
w(r_i) e_i G e_j for each rated item, and the *baseline contribution* (ē − |H| s̄ G) · e_j, which
does not depend on the ratings, only on how many there are.

The code is written against the array API: NumPy on the CPU, torch on CUDA or MPS.

Source: He et al., SIGIR 2020, equations 4 and 5, for e_u and the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float32, Int64, Shaped

from recsys.config import ServingSettings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.models.checkpoint import Checkpoint
from recsys.models.rating_weights import rating_weights
from recsys.models.user_estimator import UserEmbeddingEstimator

__all__ = [
    "FoldedInUser",
    "ItemFactors",
    "baseline_contribution",
    "fold_in",
    "fold_in_users",
    "item_contributions",
    "item_scores",
    "to_numpy",
]


@dataclass(frozen=True, slots=True, eq=False)
class ItemFactors:
    """The part of a model that serving needs: items only, no users.

    Attributes:
        items: item ids in row order.
        embeddings: e_j = Σ_k α_k E_j^(k), [items × d].
        estimator: maps ratings to a user embedding.
        mean_user_scores: ē · e_j, the scores of the mean user, [items].
        log_degrees: natural logarithm of d_j in the training graph, [items]; 0 for one like.
        settings: the rating weights w.
    """

    items: IdMap
    embeddings: Any
    estimator: UserEmbeddingEstimator
    mean_user_scores: Any
    log_degrees: Any
    settings: ServingSettings

    @classmethod
    def from_checkpoint(
        cls, checkpoint: Checkpoint, settings: ServingSettings | None = None
    ) -> ItemFactors:
        """Return the factors of a checkpoint, as NumPy arrays of float32.

        Args:
            checkpoint: the model.
            settings: serving settings in place of the checkpoint's own.
        """
        embeddings = np.zeros(checkpoint.layers.shape[1:], dtype=np.float32)
        for weight, layer in zip(checkpoint.settings.model.alpha, checkpoint.layers, strict=True):
            embeddings += np.multiply(layer, np.float32(weight), dtype=np.float32)
        degrees = np.maximum(checkpoint.degrees, 1).astype(np.float32)
        return cls(
            checkpoint.items,
            embeddings,
            checkpoint.estimator,
            embeddings @ checkpoint.estimator.mean_user,
            np.log(degrees),
            settings or checkpoint.settings.serving,
        )


@dataclass(frozen=True, slots=True, eq=False)
class FoldedInUser:
    """A new user whose embedding was estimated from ratings.

    Attributes:
        rows: item row of each rated item that the model covers.
        weights: w(r_i) of each.
        embedding: ê, [d].
        baseline: ē − |H| s̄ G, [d]; the part of ê that is the same for any |H| ratings.
    """

    rows: Int64[np.ndarray, " rated"]
    weights: Float32[np.ndarray, " rated"]
    embedding: Any
    baseline: Any


def to_numpy(array: Any) -> Any:
    """Return an array of any device as a NumPy array."""
    return array if isinstance(array, np.ndarray) else array.cpu().numpy()


def _array_library(array: Any) -> tuple[Any, Any]:
    """Return the namespace that an array belongs to, and its device."""
    if isinstance(array, np.ndarray):
        return np, "cpu"  # array_api_compat.numpy would import all of NumPy at start-up
    return array_namespace(array), array.device


def fold_in(
    item_factors: ItemFactors,
    rows: Int64[np.ndarray, " rated"],
    ratings: Shaped[np.ndarray, " rated"],
) -> FoldedInUser:
    """Estimate a user's embedding from their ratings. No training; linear in the rated items.

    Args:
        item_factors: the items of the model.
        rows: item rows of the rated items; the caller leaves out items that the model lacks.
        ratings: 1 to 10 each, NaN for a like without a rating.

    Returns:
        The user, from whom ``item_scores`` and ``item_contributions`` follow.
    """
    weights = rating_weights(ratings, item_factors.settings.rating_weights)
    xp, device = _array_library(item_factors.embeddings)
    rated = xp.take(item_factors.embeddings, xp.asarray(rows, device=device), axis=0)
    offset = -rows.size * item_factors.estimator.mean_liked_item
    total = xp.asarray(weights, device=device) @ rated + offset
    embedding, baseline = (
        item_factors.estimator.estimate(vector, rows.size) for vector in (total, offset)
    )
    return FoldedInUser(rows, weights, embedding, baseline)


def item_scores(item_factors: ItemFactors, user: FoldedInUser) -> Float32[np.ndarray, " items"]:
    """Return the score ê · e_j of every item for a user."""
    scores: Float32[np.ndarray, " items"] = to_numpy(item_factors.embeddings @ user.embedding)
    return scores


def item_contributions(
    item_factors: ItemFactors, user: FoldedInUser, rows: Int64[np.ndarray, " shown"]
) -> Float32[np.ndarray, "shown rated"]:
    """Split item scores into the contributions of the rated items.

    Args:
        item_factors: the items of the model.
        user: from ``fold_in``.
        rows: the items whose scores are split.

    Returns:
        The contribution of each rated item to the score of each shown item. A row plus
        ``baseline_contribution`` sums to ``item_scores``.
    """
    xp, device = _array_library(item_factors.embeddings)
    shown = xp.take(item_factors.embeddings, xp.asarray(rows, device=device), axis=0)
    response = item_factors.estimator.item_response(shown, user.rows.size)
    rated = xp.take(item_factors.embeddings, xp.asarray(user.rows, device=device), axis=0)
    weights = xp.asarray(user.weights, device=device)
    contributions: Float32[np.ndarray, "shown rated"] = to_numpy(
        (response @ rated.T) * weights[None, :]
    )
    return contributions


def baseline_contribution(
    item_factors: ItemFactors, user: FoldedInUser, rows: Int64[np.ndarray, " shown"]
) -> Float32[np.ndarray, " shown"]:
    """Return the part of item scores that does not depend on which items the user rated."""
    xp, device = _array_library(item_factors.embeddings)
    shown = xp.take(item_factors.embeddings, xp.asarray(rows, device=device), axis=0)
    contribution: Float32[np.ndarray, " shown"] = to_numpy(shown @ user.baseline)
    return contribution


def fold_in_users(
    item_factors: ItemFactors, ratings: Interactions
) -> Float32[np.ndarray, "users d"]:
    """Estimate the embeddings of many users at once.

    Args:
        item_factors: the items of the model, as NumPy arrays.
        ratings: one row a user, in the columns of ``item_factors.items``.

    Returns:
        One embedding a user, equal to ``fold_in`` of each.

    Raises:
        ValueError: the columns are other items than the model's.
    """
    if ratings.items != item_factors.items:
        raise ValueError("fold_in_users needs interactions in the model's own columns")
    from scipy.sparse import csr_array  # noqa: PLC0415 - only the fold-in of many users needs it

    weights = csr_array(
        (
            rating_weights(ratings.ratings, item_factors.settings.rating_weights),
            ratings.columns,
            ratings.starts,
        ),
        (len(ratings.users), len(ratings.items)),
    )
    counts = ratings.user_degrees.astype(np.float32)[:, None]
    total = weights @ item_factors.embeddings - counts * item_factors.estimator.mean_liked_item
    embeddings: Float32[np.ndarray, "users d"] = item_factors.estimator.estimate(total, counts)
    return embeddings
