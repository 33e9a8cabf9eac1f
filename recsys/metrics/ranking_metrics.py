"""Metrics of top-k lists: PyG's where it has them, and the two that it lacks."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch_geometric.metrics import (
    LinkPredHitRatio,
    LinkPredMetricCollection,
    LinkPredMRR,
    LinkPredNDCG,
    LinkPredPrecision,
    LinkPredRecall,
)

from recsys.data.interactions import Interactions

__all__ = ["capped_recall", "hit_mask", "mean_metrics", "metrics_per_user", "novelty"]


def hit_mask(
    top: Int64[np.ndarray, "people k"], relevant: Interactions
) -> Bool[np.ndarray, "people k"]:
    """Say of each place of each list whether a relevant item stands there.

    Args:
        top: item rows, best first; −1 where a list ends early.
        relevant: the relevant items of each person, a row a person.
    """
    if len(relevant) == 0:
        return np.zeros(top.shape, dtype=bool)
    items = len(relevant.items)
    wanted = relevant.rows.astype(np.int64) * items + relevant.columns
    asked = np.arange(top.shape[0])[:, None] * items + top
    place = np.minimum(np.searchsorted(wanted, asked), wanted.size - 1)
    found: Bool[np.ndarray, "people k"] = (wanted[place] == asked) & (top >= 0)
    return found


def capped_recall(top: Int64[np.ndarray, "people k"], relevant: Interactions) -> float:
    """Return the mean of hits / min(k, relevant): 1 is the best that a list of k can do.

    People without a relevant item are left out of the mean, as PyG leaves them out of its own.
    """
    best = np.minimum(top.shape[1], relevant.user_degrees)
    counted = best > 0
    found = hit_mask(top, relevant).sum(axis=1)
    return float((found[counted] / best[counted]).mean()) if counted.any() else 0.0


def metrics_per_user(
    top: Int64[np.ndarray, "people k"], relevant: Interactions
) -> dict[str, Float64[np.ndarray, " people"]]:
    """Return precision, recall (hits / min(k, relevant)), NDCG and MRR of each person.

    As in ``mean_metrics``, before the mean: for paired comparisons, slices and intervals.

    Args:
        top: item rows, best first; −1 where a list ends early.
        relevant: the relevant items of each person, one or more.
    """
    k = top.shape[1]
    found = hit_mask(top, relevant)
    discount = 1 / np.log2(np.arange(k) + 2)
    best = np.minimum(k, relevant.user_degrees)
    ideal = np.cumsum(discount)[best - 1]
    first = np.where(found.any(axis=1), 1 / (found.argmax(axis=1) + 1), 0.0)
    return {
        f"precision@{k}": found.sum(axis=1) / k,
        f"recall@{k}": found.sum(axis=1) / best,
        f"ndcg@{k}": found @ discount / ideal,
        f"mrr@{k}": first,
    }


def novelty(
    top: Int64[np.ndarray, "people k"], degrees: Int64[np.ndarray, " items"], people: int
) -> float:
    """Return the mean self-information of what is shown, in bits: −log2(d_i / people).

    Args:
        top: item rows.
        degrees: number of training people who like each item; 0 counts as 1.
        people: number of training people.

    Source: Zhou et al., PNAS 2010, "Solving the apparent diversity–accuracy dilemma".
    """
    shown = top[top >= 0]
    if shown.size == 0:
        return 0.0
    return float(-np.log2(np.maximum(degrees[shown], 1) / max(people, 1)).mean())


def mean_metrics(
    top: Int64[np.ndarray, "people k"],
    relevant: Interactions,
    train_degrees: Int64[np.ndarray, " items"],
    train_people: int,
    *,
    capped: bool = False,
) -> dict[str, float]:
    """Return every metric at k, averaged over the people who have a relevant item.

    precision = hits / k; recall = hits / relevant (``capped``: / min(k, relevant)); ndcg =
    Σ_{hits} 1/log2(rank + 1) over the same sum of a perfect list of min(k, relevant); mrr = 1 /
    rank of the first hit; hit_rate = share of people with a hit; coverage = share of all items on
    anybody's list; novelty in bits.

    Args:
        top: item rows, best first; −1 where a list ends early.
        relevant: the relevant items of each person, a row a person.
        train_degrees: likes of each item in training.
        train_people: number of people in training.
        capped: which recall.

    Source: He et al., SIGIR 2020, section 4.1 (all-ranking recall and NDCG); Järvelin &
    Kekäläinen, TOIS 2002 (NDCG).
    """
    k, items = top.shape[1], len(relevant.items)
    metrics = {
        "precision": LinkPredPrecision(k),
        "recall": LinkPredRecall(k),
        "ndcg": LinkPredNDCG(k),
        "mrr": LinkPredMRR(k),
        "hit_rate": LinkPredHitRatio(k),
    }
    collection = LinkPredMetricCollection(metrics)
    # PyG knows no end of a list: a place without an item names one that is relevant to nobody
    places = torch.from_numpy(np.where(top < 0, items, top))
    pairs = np.stack([relevant.rows, relevant.columns]).astype(np.int64)
    collection.update(places, torch.from_numpy(pairs))
    means = {f"{name}@{k}": float(value) for name, value in collection.compute().items()}
    # PyG's coverage would count that place's item as one of the catalogue's
    means[f"coverage@{k}"] = float(np.unique(top[top >= 0]).size / max(items, 1))
    if capped:
        means[f"recall@{k}"] = capped_recall(top, relevant)
    means[f"novelty@{k}"] = novelty(top, train_degrees, train_people)
    return means
