"""Accuracy metrics of top-k lists: one function a metric, one value a user, any k.

Every metric takes the hits of each list and the number of relevant items of each user. A user
without a relevant item has no defined accuracy: the value is NaN, and means leave it out.
``RANKING_METRICS`` is the registry: a new metric is one function and one line there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Bool, Float64, Int64

from recsys.data.interactions import Interactions

__all__ = [
    "RANKING_METRICS",
    "capped_recall",
    "hit_mask",
    "hit_rate",
    "mean_metrics",
    "mean_over_users",
    "ndcg",
    "precision",
    "recall",
    "reciprocal_rank",
    "user_metrics",
]

_Hits = Bool[np.ndarray, "users k"]
_Counts = Int64[np.ndarray, " users"]
_Values = Float64[np.ndarray, " users"]


def hit_mask(top: Int64[np.ndarray, "users k"], relevant: Interactions) -> _Hits:
    """Return which ranks of each list hold a relevant item.

    Args:
        top: item rows, best first; −1 where a list ends early.
        relevant: the relevant items of each user, one row a user.

    Returns:
        True at the ranks that hold a relevant item of that user.
    """
    if len(relevant) == 0:
        return np.zeros(top.shape, dtype=bool)
    items = len(relevant.items)
    relevant_keys = relevant.rows.astype(np.int64) * items + relevant.columns
    keys = np.arange(top.shape[0])[:, None] * items + top
    position = np.minimum(np.searchsorted(relevant_keys, keys), relevant_keys.size - 1)
    hits: _Hits = (relevant_keys[position] == keys) & (top >= 0)
    return hits


def precision(hits: _Hits, relevant_counts: _Counts) -> _Values:
    """Return hits / k of each user."""
    return _defined(hits.sum(axis=1) / hits.shape[1], relevant_counts)


def recall(hits: _Hits, relevant_counts: _Counts) -> _Values:
    """Return hits / relevant items of each user.

    Source: He et al., SIGIR 2020, section 4.1.
    """
    return _defined(hits.sum(axis=1) / np.maximum(relevant_counts, 1), relevant_counts)


def capped_recall(hits: _Hits, relevant_counts: _Counts) -> _Values:
    """Return hits / min(k, relevant items) of each user; 1 is the best that k ranks allow.

    Source: Liang et al., WWW 2018, "Variational Autoencoders for Collaborative Filtering",
    section 4.2 (there: Recall@R).
    """
    best = np.minimum(hits.shape[1], np.maximum(relevant_counts, 1))
    return _defined(hits.sum(axis=1) / best, relevant_counts)


def ndcg(hits: _Hits, relevant_counts: _Counts) -> _Values:
    """Return Σ_{hits} 1 / log2(rank + 1) over the same sum of a perfect list of each user.

    A perfect list has its min(k, relevant items) hits first.

    Source: Järvelin & Kekäläinen, TOIS 2002; He et al., SIGIR 2020, section 4.1.
    """
    discount = 1 / np.log2(np.arange(hits.shape[1]) + 2)
    best = np.minimum(hits.shape[1], np.maximum(relevant_counts, 1))
    values: _Values = (hits * discount).sum(axis=1) / np.cumsum(discount)[best - 1]
    return _defined(values, relevant_counts)


def reciprocal_rank(hits: _Hits, relevant_counts: _Counts) -> _Values:
    """Return 1 / rank of the first hit of each user, 0 without a hit; its mean is the MRR."""
    first: _Values = np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)
    return _defined(first, relevant_counts)


def hit_rate(hits: _Hits, relevant_counts: _Counts) -> _Values:
    """Return 1 for each user with a hit, else 0; the mean is the share of users with a hit."""
    return _defined(np.asarray(hits.any(axis=1), dtype=np.float64), relevant_counts)


RANKING_METRICS: Mapping[str, Callable[[_Hits, _Counts], _Values]] = {
    "precision": precision,
    "recall": recall,
    "capped_recall": capped_recall,
    "ndcg": ndcg,
    "mrr": reciprocal_rank,
    "hit_rate": hit_rate,
}


def user_metrics(
    top: Int64[np.ndarray, "users k"], relevant: Interactions
) -> dict[str, Float64[np.ndarray, " users"]]:
    """Return every accuracy metric of each user, by ``name@k``.

    Args:
        top: item rows, best first; −1 where a list ends early.
        relevant: the relevant items of each user, one row a user.

    Returns:
        One value a user and metric; NaN for a user without a relevant item.
    """
    hits, counts = hit_mask(top, relevant), relevant.user_degrees
    k = top.shape[1]
    return {f"{name}@{k}": metric(hits, counts) for name, metric in RANKING_METRICS.items()}


def mean_metrics(top: Int64[np.ndarray, "users k"], relevant: Interactions) -> dict[str, float]:
    """Return the mean of every accuracy metric over the users with a relevant item.

    Args:
        top: item rows, best first; −1 where a list ends early.
        relevant: the relevant items of each user, one row a user.

    Returns:
        Means by ``name@k``; NaN where no user has a relevant item.
    """
    return {name: mean_over_users(values) for name, values in user_metrics(top, relevant).items()}


def mean_over_users(values: Float64[np.ndarray, " users"]) -> float:
    """Return the mean of the defined values; NaN where none is defined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing is NaN, silently
        return float(np.nanmean(values)) if values.size else float("nan")


def _defined(values: Float64[np.ndarray, " users"], relevant_counts: _Counts) -> _Values:
    """Return the values as they are, NaN for users without a relevant item."""
    result: _Values = np.where(relevant_counts > 0, values, np.nan)
    return result
