"""Fold-in: a new person's embedding from the anime they rated, the full ranking, and exact shares.

A trained person has the embedding e_u = Σ_k α_k E_u^(k), and score(j) = e_u · e_j ranks for them.
Somebody new has no E_u^(0), so their embedding is estimated from the anime i in H that they rated
(``recsys.models.user_estimator``), by the linear function that comes nearest to what training gives:

    ê = ē + Σ_{i∈H} (w(r_i) e_i − s̄) G(|H|),        score(j) = ê · e_j,

where w weighs a rating's height (1 for a like, as the estimator knows them), s̄ is the average like
and ē the average person. It is linear in the rated anime, so the score is a sum of *shares*:
w(r_i) e_i G e_j of each rating, and that of everybody, (ē − |H| s̄ G) · e_j, the same whatever was
rated: the less, the more is known.

Written once against the array API: NumPy where there is no accelerator, torch on CUDA or MPS.

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
    """What serving needs of a model: no people.

    Attributes:
        items: ids in row order.
        embeddings: e_j = Σ_k α_k E_j^(k), [items × d].
        estimator: from ratings to a person's embedding.
        common: ē · e_j, what the average person gets, [items].
        log_degree: log d_j, natural, of the training graph (0 for one like).
        settings: w.
    """

    items: IdMap
    embeddings: Any
    estimator: UserEmbeddingEstimator
    common: Any
    log_degree: Any
    settings: ServingSettings

    @classmethod
    def of(cls, checkpoint: Checkpoint, settings: ServingSettings | None = None) -> ItemFactors:
        """Derive them from a checkpoint, as NumPy arrays of float32."""
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
    """A person folded in.

    Attributes:
        rows: item row of each rated anime that the model knows.
        weights: w(r_i) of each.
        vector: ê, [d].
        base: ē − |H| s̄ G, [d]: the part of ê that is the same whatever was rated.
    """

    rows: Int64[np.ndarray, " rated"]
    weights: Float32[np.ndarray, " rated"]
    vector: Any
    base: Any


def to_numpy(array: Any) -> Any:
    """Return an array of any device as one of NumPy."""
    return array if isinstance(array, np.ndarray) else array.cpu().numpy()


def _library(array: Any) -> tuple[Any, Any]:
    """Return the library that an array belongs to, and its device."""
    if isinstance(array, np.ndarray):
        return np, "cpu"  # without array_api_compat.numpy, which imports all of NumPy at the start
    return array_namespace(array), array.device


def _height(
    settings: ServingSettings, ratings: Shaped[np.ndarray, " n"]
) -> Float32[np.ndarray, " n"]:
    """Return w(r): between whole ratings in between; 1 for a like without a rating."""
    heights = ratings.astype(np.float64)
    weights = np.interp(heights, np.arange(1, 11), settings.rating_weights)
    return np.where(np.isnan(heights), 1.0, weights).astype(np.float32)


def fold_in(
    side: ItemFactors, rows: Int64[np.ndarray, " rated"], ratings: Shaped[np.ndarray, " rated"]
) -> FoldedInUser:
    """Estimate a person's embedding from the anime they rated; no training, linear in the ratings.

    Args:
        side: the model's items.
        rows: item rows of the rated anime; those that the model does not know are left out before.
        ratings: 1 to 10 each, NaN for a like without a rating.
    """
    weights = _height(side.settings, ratings)
    xp, where = _library(side.embeddings)
    chosen = xp.take(side.embeddings, xp.asarray(rows, device=where), axis=0)
    nothing = -rows.size * side.estimator.mean_liked_item
    total = xp.asarray(weights, device=where) @ chosen + nothing
    vector, base = (side.estimator.estimate(one, rows.size) for one in (total, nothing))
    return FoldedInUser(rows, weights, vector, base)


def item_scores(side: ItemFactors, person: FoldedInUser) -> Float32[np.ndarray, " items"]:
    """Return every anime's score for a person, ê · e_j."""
    total: Float32[np.ndarray, " items"] = to_numpy(side.embeddings @ person.vector)
    return total


def item_contributions(
    side: ItemFactors, person: FoldedInUser, rows: Int64[np.ndarray, " shown"]
) -> Float32[np.ndarray, "shown rated"]:
    """Split scores into what each rated anime adds.

    Args:
        side: the model's items.
        person: from ``fold_in``.
        rows: the anime whose scores are split.

    Returns:
        What each rated anime adds to each shown one. A row and ``baseline_contribution`` sum to ``item_scores``.
    """
    xp, where = _library(side.embeddings)
    shown = xp.asarray(rows, device=where)
    asked = side.estimator.item_response(xp.take(side.embeddings, shown, axis=0), person.rows.size)
    rated = xp.take(side.embeddings, xp.asarray(person.rows, device=where), axis=0)
    weights = xp.asarray(person.weights, device=where)
    terms: Float32[np.ndarray, "shown rated"] = to_numpy((asked @ rated.T) * weights[None, :])
    return terms


def baseline_contribution(
    side: ItemFactors, person: FoldedInUser, rows: Int64[np.ndarray, " shown"]
) -> Float32[np.ndarray, " shown"]:
    """Return the part of some anime's scores that is the same whatever was rated."""
    xp, where = _library(side.embeddings)
    shown = xp.take(side.embeddings, xp.asarray(rows, device=where), axis=0)
    part: Float32[np.ndarray, " shown"] = to_numpy(shown @ person.base)
    return part


def fold_in_users(side: ItemFactors, given: Interactions) -> Float32[np.ndarray, "people d"]:
    """Estimate the embeddings of many people at once; a row a person.

    Args:
        side: the model's items, as NumPy arrays.
        given: what is known of each person, in the columns of ``side.items``.

    Raises:
        ValueError: the columns are other anime than the model's.
    """
    if given.items != side.items:
        raise ValueError("people_vectors needs interactions in the model's own columns")
    from scipy.sparse import csr_array  # noqa: PLC0415 - only many people at once need it

    table = csr_array(
        (_height(side.settings, given.ratings), given.columns, given.starts),
        (len(given.users), len(given.items)),
    )
    rated = given.user_degrees.astype(np.float32)[:, None]
    total = table @ side.embeddings - rated * side.estimator.mean_liked_item
    result: Float32[np.ndarray, "people d"] = side.estimator.estimate(total, rated)
    return result
