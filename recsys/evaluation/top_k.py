"""Ranking for evaluation: top-k lists of a model's scores, and the rank of a single item."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float32, Int64, Shaped

from recsys.data.interactions import Interactions
from recsys.models.protocol import ScoringModel

__all__ = ["item_rank", "top_k", "top_k_items", "user_blocks"]

BLOCK = 512  # users at a time: their scores of 40,000 items take 80 MB


def user_blocks(table: Interactions, size: int = BLOCK) -> Iterator[Interactions]:
    """Yield the table in blocks of at most ``size`` users."""
    for first in range(0, len(table.users), size):
        keep = np.zeros(len(table.users), dtype=bool)
        keep[first : first + size] = True
        yield table.with_users(keep)


def top_k(
    scores: Float32[np.ndarray, "users items"],
    exclude: Interactions,
    k: int,
    candidates: Bool[np.ndarray, " items"] | None = None,
) -> Int64[np.ndarray, "users k"]:
    """Return the k highest-scored items of each user, best first; ties in item order.

    Args:
        scores: −∞ ranks last, but still fills a list.
        exclude: items that are not ranked, one row a user.
        k: length of the lists; the number of items where that is smaller.
        candidates: items that are ranked; all of them by default.

    Returns:
        Item rows; −1 where a list ends early.
    """
    scores = np.where(np.isneginf(scores), np.finfo(np.float32).min, scores)
    if candidates is not None:
        scores[:, ~candidates] = -np.inf
    scores[exclude.rows, exclude.columns] = -np.inf
    k = min(k, scores.shape[1])
    threshold = np.partition(scores, scores.shape[1] - k, axis=1)[:, -k]
    top = np.full((scores.shape[0], k), -1, dtype=np.int64)
    for user, lowest in enumerate(threshold):
        row = scores[user]
        above = np.flatnonzero(row > lowest)  # fewer than k; the first ties at the threshold follow
        above = above[np.argsort(-row[above], kind="stable")]
        order = np.concatenate([above, np.flatnonzero(row == lowest)[: k - above.size]])
        order = order[row[order] > -np.inf]
        top[user, : order.size] = order
    return top


def top_k_items(
    model: ScoringModel, histories: Interactions, k: int
) -> Int64[np.ndarray, "users k"]:
    """Return the lists that a model makes of histories; the items of a history are left out.

    Args:
        model: scores the items.
        histories: what is known of each user.
        k: length of the lists.

    Returns:
        Item rows, best first; −1 where a list ends early.
    """
    blocks = [top_k(model.score(block), block, k) for block in user_blocks(histories)]
    return np.concatenate(blocks)


def item_rank(
    scores: Shaped[np.ndarray, " items"], item: int, candidates: Bool[np.ndarray, " items"]
) -> int:
    """Return the rank of an item among the candidates; 1 is best, ties share the better rank.

    Args:
        scores: of all items.
        item: row of the item.
        candidates: items that it is ranked among.
    """
    return 1 + int((scores[candidates] > scores[item]).sum())
