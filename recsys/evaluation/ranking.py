"""What a protocol asks of a method, and the ranking that all methods share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Int64

from recsys.data.interactions import Interactions

__all__ = ["ScoringModel", "rank_items", "top_k", "user_blocks"]

BLOCK = 512  # people at a time: their scores of 40,000 items take 80 MB


@runtime_checkable
class ScoringModel(Protocol):
    """Something that scores items for people from what is known of them."""

    name: str

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all of ``given.items`` for each person of ``given``; −∞ where it cannot."""
        ...


def user_blocks(table: Interactions, size: int = BLOCK) -> Iterator[Interactions]:
    """Cut a table into pieces of so many people."""
    for first in range(0, len(table.users), size):
        keep = np.zeros(len(table.users), dtype=bool)
        keep[first : first + size] = True
        yield table.with_users(keep)


def top_k(
    scores: Float32[np.ndarray, "people items"],
    exclude: Interactions,
    k: int,
    inside: Bool[np.ndarray, " items"] | None = None,
) -> Int64[np.ndarray, "people k"]:
    """Return the k highest-scored items of each person, best first; equal scores in item order.

    Args:
        scores: −∞ ranks last, but still fills a list.
        exclude: items that may not stand on the list, a row a person; −1 fills a list too short.
        k: length of the lists.
        inside: the items that may stand on a list; all of them where it is none.
    """
    scores = np.where(np.isneginf(scores), np.finfo(np.float32).min, scores)
    if inside is not None:
        scores[:, ~inside] = -np.inf
    scores[exclude.rows, exclude.columns] = -np.inf
    k = min(k, scores.shape[1])
    threshold = np.partition(scores, scores.shape[1] - k, axis=1)[:, -k]
    top = np.full((scores.shape[0], k), -1, dtype=np.int64)
    for person, bar in enumerate(threshold):
        row = scores[person]
        above = np.flatnonzero(row > bar)  # fewer than k; of those at the bar the first ones follow
        above = above[np.argsort(-row[above], kind="stable")]
        order = np.concatenate([above, np.flatnonzero(row == bar)[: k - above.size]])
        order = order[row[order] > -np.inf]
        top[person, : order.size] = order
    return top


def rank_items(method: ScoringModel, given: Interactions, k: int) -> Int64[np.ndarray, "people k"]:
    """Return the lists that a method gives people from what is known of them, without that."""
    return np.concatenate([top_k(method.score(part), part, k) for part in user_blocks(given)])
