"""Negative items: uniform and never a positive of that user, or the hardest of a drawn pool."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from recsys.data.interactions import Interactions
from recsys.models.all_reduce import AllReduce, identity

__all__ = ["NegativeSampler", "hard_negatives"]


class NegativeSampler:
    """Draws items that a user has no interaction with, uniformly among all of those.

    Draw the rank r of the negative among the user's negatives, then step over the positives that
    lie before it: with sorted positives p_0 < p_1 < …, exactly the t with p_t − t ≤ r do, and a
    binary search over all users at once finds their number. One round, whatever the user has, and
    no rejection: it is as fast for a user who has nearly everything as for a newcomer.

    A user who has every item has no negative; ``draw`` answers −1 there and the caller leaves the
    pair out.
    """

    def __init__(self, interactions: Interactions) -> None:
        self.items = len(interactions.items)
        self.starts = interactions.starts
        degrees = interactions.user_degrees
        self.free = self.items - degrees
        rank = np.arange(len(interactions)) - np.repeat(self.starts[:-1], degrees)
        # p_t − t never falls within a user; adding a user's own offset keeps all users in one
        # ascending array, so that one searchsorted serves the whole batch.
        self.keys = interactions.rows.astype(np.int64) * (self.items + 1) + (
            interactions.columns - rank
        )

    def draw(
        self, users: Int64[np.ndarray, " n"], generator: np.random.Generator, pool: int = 1
    ) -> Int64[np.ndarray, "n pool"]:
        """Draw ``pool`` negatives for each user, with replacement; −1 where a user has none."""
        free = self.free[users][:, None]
        rank = (generator.random((users.size, pool)) * free).astype(np.int64)
        rank = np.minimum(rank, np.maximum(free - 1, 0))
        key = users[:, None].astype(np.int64) * (self.items + 1) + rank
        before = np.searchsorted(self.keys, key, side="right") - self.starts[users][:, None]
        return np.where(free > 0, rank + before, -1)


def hard_negatives(
    users: Float[Tensor, "n d"],
    items: Float[Tensor, "items d"],
    pool: Int64[Tensor, "n pool"],
    all_reduce: AllReduce = identity,
) -> Int64[Tensor, " n"]:
    """Return, for each user, the item of their pool that the current embeddings score highest.

    Source: dynamic negative sampling, Zhang et al., SIGIR 2013.
    """
    with torch.no_grad():
        scores = all_reduce(torch.einsum("nd,npd->np", users, items[pool.clamp(min=0)]))
        scores = scores.masked_fill(pool < 0, -torch.inf)
        return pool.gather(1, scores.argmax(dim=1, keepdim=True)).squeeze(1)
