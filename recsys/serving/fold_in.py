"""Fold-in: a new person's vector from the anime they rated, the full ranking, and exact shares.

With item layers E_i^(0..K), layer weights α_k and item degrees d_i of a trained LightGCN,

    S_i = Σ_{k<K} α_{k+1} E_i^(k),    e_j(n) = γ(n) α_0 E_j^(0) + Σ_{k≥1} α_k E_j^(k),
    score(j) = |H|^-p Σ_{i∈H} w(r_i) d_i^-a S_i · e_j(|H|)  +  π(|H|) log d_j,

where H holds the rated anime that the model knows, p is the user exponent of the graph (½), w the
weight of a rating's height, a the item exponent and π(n) = π₀ / (1 + (n / n½)^s) a prior that falls
as more is known. γ(n) = γ₀ + (γ∞ − γ₀) n / (n + n_γ) weighs an anime's own layer against what its
likers make of it (layers 1…K): where little is known of somebody the crowd speaks, where much is,
the titles speak for themselves. It is linear in the rated anime, so each of its terms is one
anime's *share*, and the terms sum to the score.

Written once against the array API: NumPy where there is no accelerator, torch on CUDA or MPS.

Source: He et al., SIGIR 2020, equations 3, 4 and 8: a user of the training graph has
e_u = α_0 E_u^(0) + |H_u|^-p Σ_{i∈H_u} d_i^-q S_i, which this is at a = q, w = 1, π = 0, γ = 1.
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
from recsys.model.checkpoint import Checkpoint

__all__ = [
    "ItemSide",
    "Person",
    "direct_weight",
    "fold_in",
    "host",
    "people_scores",
    "popularity_weight",
    "shares",
    "taste",
]


@dataclass(frozen=True, slots=True, eq=False)
class ItemSide:
    """What serving needs of a model: the items alone.

    Attributes:
        anime: ids in row order.
        sources: d_i^-a S_i, what rating an anime adds to a person, [items × d].
        targets: what a person is compared with: α_0 E_j^(0) beside the sum of the higher layers,
            [items × 2d].
        log_degree: log d_j, natural, of the training graph (0 for one like).
        user_exponent: p.
        settings: w, a, π, γ.
    """

    anime: IdMap
    sources: Any
    targets: Any
    log_degree: Any
    user_exponent: float
    settings: ServingSettings

    @classmethod
    def of(cls, checkpoint: Checkpoint, settings: ServingSettings | None = None) -> ItemSide:
        """Derive S, e and log d from a checkpoint's layers, as NumPy arrays of float32."""
        serving = settings or checkpoint.settings.serving
        alpha = checkpoint.settings.model.alpha
        layers = checkpoint.layers
        degrees = np.maximum(checkpoint.degrees, 1).astype(np.float32)
        items, d = layers.shape[1:]
        targets = np.zeros((items, 2 * d), dtype=np.float32)
        direct, higher = targets[:, :d], targets[:, d:]
        sources, part = np.zeros((2, items, d), dtype=np.float32)
        for k, layer in enumerate(layers):
            own = higher if k else direct
            own += np.multiply(layer, np.float32(alpha[k]), out=part)
            if k + 1 < len(alpha):
                sources += np.multiply(layer, np.float32(alpha[k + 1]), out=part)
        sources *= (degrees ** -np.float32(serving.item_exponent))[:, None]
        return cls(
            checkpoint.anime,
            sources,
            targets,
            np.log(degrees),
            checkpoint.settings.model.user_exponent,
            serving,
        )

    def embeddings(self, rows: Int64[np.ndarray, " shown"]) -> Float32[np.ndarray, "shown d"]:
        """Return e_j = Σ_k α_k E_j^(k) of some anime, as trained (γ = 1)."""
        targets = host(self.targets)[rows]
        d = targets.shape[1] // 2
        result: Float32[np.ndarray, "shown d"] = targets[:, :d] + targets[:, d:]
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A person folded in.

    Attributes:
        rows: item row of each rated anime that the model knows, |H| of them.
        weights: |H|^-p w(r_i) of each.
        vector: Σ weights · sources, [d].
        prior: π(|H|), what log d_j is multiplied by.
        direct: γ(|H|), what α_0 E_j^(0) is multiplied by.
    """

    rows: Int64[np.ndarray, " rated"]
    weights: Float32[np.ndarray, " rated"]
    vector: Any
    prior: float
    direct: float


def popularity_weight(settings: ServingSettings, rated: int) -> float:
    """Return π(n), the weight of log popularity for somebody with n ratings."""
    fallen: float = (rated / settings.prior_halfway) ** settings.prior_fall
    return settings.prior_strength / (1.0 + fallen)


def direct_weight(settings: ServingSettings, rated: int) -> float:
    """Return γ(n), the weight of an anime's own layer for somebody with n ratings."""
    low, high = settings.direct_low, settings.direct_high
    return low + (high - low) * rated / (rated + settings.direct_halfway)


def host(array: Any) -> Any:
    """Return an array of any device as one of NumPy."""
    return array if isinstance(array, np.ndarray) else array.cpu().numpy()


def _library(array: Any) -> tuple[Any, Any]:
    """Return the library that an array belongs to, and its device."""
    if isinstance(array, np.ndarray):
        return np, "cpu"  # without array_api_compat.numpy, which imports all of NumPy at the start
    return array_namespace(array), array.device


def _height(
    settings: ServingSettings, ratings: Shaped[np.ndarray, " n"]
) -> Shaped[np.ndarray, " n"]:
    """Return w(r): between whole ratings in between; 1 for a like without a rating."""
    weights = np.interp(ratings, np.arange(1, 11), settings.rating_weights)
    return np.where(np.isnan(ratings), 1.0, weights)


def fold_in(
    side: ItemSide, rows: Int64[np.ndarray, " rated"], ratings: Shaped[np.ndarray, " rated"]
) -> Person:
    """Compute a person's vector from the anime they rated; no training, linear in the ratings.

    Args:
        side: the model's items.
        rows: item rows of the rated anime; those that the model does not know are left out before.
        ratings: 1 to 10 each, NaN for a like without a rating.
    """
    rated = rows.size
    weights = _height(side.settings, ratings.astype(np.float64)) * max(rated, 1) ** (
        -side.user_exponent
    )
    weights = weights.astype(np.float32)
    xp, where = _library(side.sources)
    chosen = xp.take(side.sources, xp.asarray(rows, device=where), axis=0)
    vector = xp.asarray(weights, device=where) @ chosen
    prior, direct = (f(side.settings, rated) for f in (popularity_weight, direct_weight))
    return Person(rows, weights, vector, prior, direct)


def taste(side: ItemSide, person: Person) -> Float32[np.ndarray, " items"]:
    """Return what a person's ratings alone give every anime: the score without popularity."""
    xp, _ = _library(side.targets)
    total = side.targets @ xp.concat([person.direct * person.vector, person.vector])
    result: Float32[np.ndarray, " items"] = host(total)
    return result


def shares(
    side: ItemSide, person: Person, rows: Int64[np.ndarray, " shown"], popularity: float
) -> tuple[Float32[np.ndarray, "shown rated"], Float32[np.ndarray, " shown"]]:
    """Split scores into their terms.

    Args:
        side: the model's items.
        person: from ``fold_in``.
        rows: the anime whose scores are split.
        popularity: what log d_j is multiplied by: ``person.prior``, and what a list adds to it.

    Returns:
        What each rated anime adds to each shown one, and what popularity adds. Along a row the two
        sum to ``taste`` + popularity · log d_j.
    """
    xp, where = _library(side.sources)
    shown = xp.asarray(rows, device=where)
    rated = xp.asarray(person.rows, device=where)
    sources = xp.take(side.sources, rated, axis=0)
    both = xp.concat([person.direct * sources, sources], axis=1)
    products = xp.take(side.targets, shown, axis=0) @ both.T
    terms = products * xp.asarray(person.weights, device=where)[None, :]
    prior = popularity * xp.take(side.log_degree, shown, axis=0)
    return host(terms), host(prior)


def people_scores(side: ItemSide, given: Interactions) -> Float32[np.ndarray, "people items"]:
    """Score every anime for many people at once, the prior included; a row a person.

    Args:
        side: the model's items.
        given: what is known of each person, in the columns of ``side.anime``.

    Raises:
        ValueError: the columns are other anime than the model's.
    """
    if given.items != side.anime:
        raise ValueError("people_scores needs interactions in the model's own columns")
    from scipy.sparse import csr_array  # noqa: PLC0415 - only many people at once need it

    rated = given.user_degrees
    heights = _height(side.settings, given.ratings) * np.repeat(
        np.maximum(rated, 1) ** -side.user_exponent, rated
    )
    table = csr_array(
        (heights.astype(np.float32), given.columns, given.starts),
        (len(given.users), len(given.items)),
    )
    vectors = table @ host(side.sources)
    prior = np.array(
        [popularity_weight(side.settings, n) for n in rated.tolist()], dtype=np.float32
    )
    direct = np.array([direct_weight(side.settings, n) for n in rated.tolist()], dtype=np.float32)
    both = np.concatenate([direct[:, None] * vectors, vectors], axis=1)
    result: Float32[np.ndarray, "people items"] = both @ host(side.targets).T
    result += prior[:, None] * host(side.log_degree)
    return result
