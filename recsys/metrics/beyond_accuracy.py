"""Beyond accuracy: how novel, how diverse and how popular each person's list is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from recsys.data.interactions import Interactions

__all__ = [
    "beyond_accuracy",
    "coverage",
    "diversity_per_user",
    "novelty_per_user",
    "popularity_lift_per_user",
]

BLOCK = 1024  # people at a time: their pairs of 20 titles with 80 genres take 130 MB


def beyond_accuracy(
    top: Int64[np.ndarray, "people k"],
    liked: Interactions,
    degrees: Int64[np.ndarray, " items"],
    people: int,
    genres: Bool[np.ndarray, "items genres"] | None,
) -> dict[str, Float64[np.ndarray, " people"]]:
    """Return novelty, popularity and, where genres are known, diversity of each person's list.

    Args:
        top: item rows, best first; −1 where a list ends early.
        liked: all that each person likes, in the same rows and columns.
        degrees: likes of each item in training.
        people: number of training people.
        genres: which of them each item bears.
    """
    k = top.shape[1]
    figures = {
        f"novelty@{k}": novelty_per_user(top, degrees, people),
        f"popularity@{k}": popularity_lift_per_user(top, liked, degrees),
    }
    if genres is not None and genres.any():
        figures[f"diversity@{k}"] = diversity_per_user(top, genres)
    return figures


def novelty_per_user(
    top: Int64[np.ndarray, "people k"], degrees: Int64[np.ndarray, " items"], people: int
) -> Float64[np.ndarray, " people"]:
    """Return the mean self-information of each list in bits, −log2(d_i / people).

    The mean of these over people with full lists is ``metrics.novelty``.

    Source: Zhou et al., PNAS 2010.
    """
    bits = -np.log2(np.maximum(degrees, 1) / max(people, 1))
    return _mean(bits[top], top >= 0)


def popularity_lift_per_user(
    top: Int64[np.ndarray, "people k"], liked: Interactions, degrees: Int64[np.ndarray, " items"]
) -> Float64[np.ndarray, " people"]:
    """Return how popular each list is against what the person likes; 1 is as popular as that.

    The mean training likes of the listed items over the mean of those that the person likes: above
    1 the list is drawn towards what everybody likes, which is popularity bias.

    Source: Abdollahpouri et al., RecSys 2020, "The Connection Between Popularity Bias, Calibration,
    and Fairness in Recommendation" (popularity lift, here as a ratio).
    """
    popular = degrees.astype(np.float64)
    total: Float64[np.ndarray, " people"]
    total = np.bincount(liked.rows, popular[liked.columns], len(liked.users)).astype(np.float64)
    own = np.maximum(total / np.maximum(liked.user_degrees, 1), 1e-12)
    ratio: Float64[np.ndarray, " people"] = _mean(popular[top], top >= 0) / own
    return ratio


def diversity_per_user(
    top: Int64[np.ndarray, "people k"], genres: Bool[np.ndarray, "items genres"]
) -> Float64[np.ndarray, " people"]:
    """Return the intra-list diversity: the mean of 1 − Jaccard of genres over a list's pairs.

    Items without any genre are left out; a list with fewer than two others has diversity 0.

    Source: Ziegler et al., WWW 2005, "Improving Recommendation Lists Through Topic
    Diversification" (there as similarity).
    """
    known: Bool[np.ndarray, " items"] = np.asarray(genres.any(axis=1))
    upper = np.triu(np.ones((top.shape[1], top.shape[1]), dtype=bool), 1)
    parts = []
    for first in range(0, top.shape[0], BLOCK):
        rows = top[first : first + BLOCK]
        bears = genres[rows].astype(np.float32)
        both = bears @ bears.transpose(0, 2, 1)
        size = bears.sum(axis=2)
        either = size[:, :, None] + size[:, None, :] - both
        counted = (rows >= 0) & known[rows]
        pairs = counted[:, :, None] & counted[:, None, :] & upper
        apart = np.where(pairs, 1 - both / np.maximum(either, 1), 0).sum(axis=(1, 2))
        parts.append(apart / np.maximum(pairs.sum(axis=(1, 2)), 1))
    return np.concatenate(parts).astype(np.float64)


def coverage(top: Int64[np.ndarray, "people k"], items: int) -> float:
    """Return the share of all items that stand on anybody's list."""
    return float(np.unique(top[top >= 0]).size / max(items, 1))


def _mean(
    values: Float64[np.ndarray, "people k"], counted: Bool[np.ndarray, "people k"]
) -> Float64[np.ndarray, " people"]:
    total = np.where(counted, values, 0).sum(axis=1)
    result: Float64[np.ndarray, " people"] = total / np.maximum(counted.sum(axis=1), 1)
    return result
