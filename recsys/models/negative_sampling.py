"""Negative sampling: uniform among the items without an interaction, or hard negatives."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from recsys.data.interactions import Interactions
from recsys.models.all_reduce import AllReduce, identity

__all__ = ["NegativeSampler", "hard_negatives"]


class NegativeSampler:
    """Draws items that a user has no interaction with, uniformly among all of them.

    It draws the rank r of the negative among the user's negatives and adds the number of positives
    before it. With sorted positives p_0 < p_1 < …, these are the p_t with p_t − t ≤ r; one binary
    search for all users of a batch counts them. There is no rejection, so the time does not depend
    on how many positives a user has.

    A user who has every item has no negative; ``draw`` returns −1 for them.

    Args:
        interactions: users × items; the entries are the positives.
    """

    def __init__(self, interactions: Interactions) -> None:
        self.items = len(interactions.items)
        self.starts = interactions.starts
        degrees = interactions.user_degrees
        self.negatives = self.items - degrees
        rank = np.arange(len(interactions)) - np.repeat(self.starts[:-1], degrees)
        # p_t − t does not fall within a user; with an offset per user all users form one ascending
        # array, so that one searchsorted serves the whole batch
        self.keys = interactions.rows.astype(np.int64) * (self.items + 1) + (
            interactions.columns - rank
        )

    def draw(
        self, users: Int64[np.ndarray, " n"], generator: np.random.Generator, pool: int = 1
    ) -> Int64[np.ndarray, "n pool"]:
        """Return negatives of each user, drawn with replacement.

        Args:
            users: row of each user.
            generator: source of the random numbers.
            pool: number of negatives per user.

        Returns:
            Item rows; −1 where a user has no negative.
        """
        negatives = self.negatives[users][:, None]
        rank = (generator.random((users.size, pool)) * negatives).astype(np.int64)
        rank = np.minimum(rank, np.maximum(negatives - 1, 0))
        key = users[:, None].astype(np.int64) * (self.items + 1) + rank
        before = np.searchsorted(self.keys, key, side="right") - self.starts[users][:, None]
        return np.where(negatives > 0, rank + before, -1)


def hard_negatives(
    users: Float[Tensor, "n d"],
    items: Float[Tensor, "items d"],
    pool: Int64[Tensor, "n pool"],
    all_reduce: AllReduce = identity,
) -> Int64[Tensor, " n"]:
    """Return the hard negative of each user: the item of a pool with the highest score e_u · e_j.

    Args:
        users: embedding of each user.
        items: embeddings of the items that the pools refer to.
        pool: rows of ``items`` for each user; −1 for no item.
        all_reduce: sums scores over processes that hold the other parts of d, in place.

    Returns:
        A row of ``items`` for each user; −1 where the pool is empty.

    Source: dynamic negative sampling, Zhang et al., SIGIR 2013.
    """
    with torch.no_grad():
        scores = all_reduce(torch.einsum("nd,npd->np", users, items[pool.clamp(min=0)]))
        scores = scores.masked_fill(pool < 0, -torch.inf)
        return pool.gather(1, scores.argmax(dim=1, keepdim=True)).squeeze(1)
