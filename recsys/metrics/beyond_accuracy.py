"""Beyond-accuracy metrics of top-k lists: coverage, novelty, diversity and popularity lift."""

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

BLOCK = 1024  # users at a time: their pairs of 20 items with 80 genres take 130 MB


def beyond_accuracy(
    top: Int64[np.ndarray, "users k"],
    liked: Interactions,
    degrees: Int64[np.ndarray, " items"],
    training_users: int,
    genres: Bool[np.ndarray, "items genres"] | None,
) -> dict[str, Float64[np.ndarray, " users"]]:
    """Return novelty, popularity lift and, where genres are known, diversity of each list.

    Args:
        top: item rows, best first; −1 where a list ends early.
        liked: all likes of each user, in the same rows and columns.
        degrees: number of training likes of each item.
        training_users: number of users in training.
        genres: genres of each item, or None where they are unknown.

    Returns:
        One value a user, by ``name@k``.
    """
    k = top.shape[1]
    values = {
        f"novelty@{k}": novelty_per_user(top, degrees, training_users),
        f"popularity@{k}": popularity_lift_per_user(top, liked, degrees),
    }
    if genres is not None and genres.any():
        values[f"diversity@{k}"] = diversity_per_user(top, genres)
    return values


def novelty_per_user(
    top: Int64[np.ndarray, "users k"],
    degrees: Int64[np.ndarray, " items"],
    training_users: int,
) -> Float64[np.ndarray, " users"]:
    """Return the mean self-information of each list in bits, −log2(d_i / training users).

    Args:
        top: item rows; −1 where a list ends early.
        degrees: number of training likes d_i of each item; 0 counts as 1.
        training_users: number of users in training.

    Returns:
        One value a user; NaN for an empty list.

    Source: Zhou et al., PNAS 2010, "Solving the apparent diversity–accuracy dilemma".
    """
    bits = -np.log2(np.maximum(degrees, 1) / max(training_users, 1))
    return _mean(bits[top], top >= 0)


def popularity_lift_per_user(
    top: Int64[np.ndarray, "users k"], liked: Interactions, degrees: Int64[np.ndarray, " items"]
) -> Float64[np.ndarray, " users"]:
    """Return the mean popularity of each list relative to that of the user's likes.

    The mean number of training likes of the listed items is divided by that of the items that the
    user likes. A value of 1 is as popular as the user's likes; above 1 there is popularity bias.

    Args:
        top: item rows; −1 where a list ends early.
        liked: all likes of each user, in the same rows and columns.
        degrees: number of training likes of each item.

    Returns:
        One ratio a user; NaN for an empty list.

    Source: Abdollahpouri et al., RecSys 2020, "The Connection Between Popularity Bias, Calibration,
    and Fairness in Recommendation" (popularity lift, here as a ratio).
    """
    popularity = degrees.astype(np.float64)
    total: Float64[np.ndarray, " users"]
    total = np.bincount(liked.rows, popularity[liked.columns], len(liked.users)).astype(np.float64)
    own = np.maximum(total / np.maximum(liked.user_degrees, 1), 1e-12)
    ratio: Float64[np.ndarray, " users"] = _mean(popularity[top], top >= 0) / own
    return ratio


def diversity_per_user(
    top: Int64[np.ndarray, "users k"], genres: Bool[np.ndarray, "items genres"]
) -> Float64[np.ndarray, " users"]:
    """Return the intra-list diversity: the mean of 1 − Jaccard of genres over a list's pairs.

    Args:
        top: item rows; −1 where a list ends early.
        genres: genres of each item.

    Returns:
        One value a user. Items without a genre are left out; a list with fewer than two items with
        a genre has diversity 0.

    Source: Ziegler et al., WWW 2005, "Improving Recommendation Lists Through Topic
    Diversification" (there as similarity).
    """
    has_genre: Bool[np.ndarray, " items"] = np.asarray(genres.any(axis=1))
    upper = np.triu(np.ones((top.shape[1], top.shape[1]), dtype=bool), 1)
    parts = []
    for first in range(0, top.shape[0], BLOCK):
        rows = top[first : first + BLOCK]
        item_genres = genres[rows].astype(np.float32)
        intersection = item_genres @ item_genres.transpose(0, 2, 1)
        size = item_genres.sum(axis=2)
        union = size[:, :, None] + size[:, None, :] - intersection
        counted = (rows >= 0) & has_genre[rows]
        pairs = counted[:, :, None] & counted[:, None, :] & upper
        distance = np.where(pairs, 1 - intersection / np.maximum(union, 1), 0).sum(axis=(1, 2))
        parts.append(distance / np.maximum(pairs.sum(axis=(1, 2)), 1))
    return np.concatenate(parts).astype(np.float64)


def coverage(top: Int64[np.ndarray, "users k"], items: int) -> float:
    """Return the share of all items that are on at least one list."""
    return float(np.unique(top[top >= 0]).size / max(items, 1))


def _mean(
    values: Float64[np.ndarray, "users k"], counted: Bool[np.ndarray, "users k"]
) -> Float64[np.ndarray, " users"]:
    """Return the mean of the counted values of each row; NaN where a row has none."""
    total, count = np.where(counted, values, 0).sum(axis=1), counted.sum(axis=1)
    result: Float64[np.ndarray, " users"] = np.full(count.size, np.nan)
    np.divide(total, count, out=result, where=count > 0)
    return result
