"""Random splits: hold out entries, entries per user, or users; sample items."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from recsys.data.interactions import Interactions
from recsys.errors import DataError

__all__ = ["sample_items", "split_edges", "split_edges_per_user", "split_users"]


def _validate_share(share: float) -> float:
    if not 0 <= share <= 1:
        raise DataError(f"A share must be between 0 and 1, not {share}; nothing was split.")
    return share


def _random_mask(count: int, share: float, rng: np.random.Generator) -> Bool[np.ndarray, " count"]:
    mask = np.zeros(count, dtype=bool)
    mask[rng.permutation(count)[: round(count * share)]] = True
    return mask


def split_edges(
    table: Interactions, share: float, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Hold out a random share of all entries.

    Returns:
        The entries that are kept and those that are held out, over the same users and items.
    """
    held = _random_mask(len(table), _validate_share(share), rng)
    return table.where(~held), table.where(held)


def split_edges_per_user(
    table: Interactions, share: float, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Hold out a random share of each user's entries, rounded; every user keeps at least one.

    Returns:
        The entries that are kept and those that are held out, over the same users and items.
    """
    degrees = table.user_degrees
    count = np.minimum(np.rint(degrees * _validate_share(share)), np.maximum(degrees - 1, 0))
    order = np.lexsort((rng.random(len(table)), table.rows))
    rank = np.empty(len(table), dtype=np.int64)
    rank[order] = np.arange(len(table)) - table.starts[table.rows[order]]
    held = rank < count[table.rows]
    return table.where(~held), table.where(held)


def split_users(
    table: Interactions, share: float, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Hold out a random share of the users with all their entries.

    Returns:
        The table of the remaining users and that of the held-out users, over the same items.
    """
    held = _random_mask(len(table.users), _validate_share(share), rng)
    return table.with_users(~held), table.with_users(held)


def sample_items(table: Interactions, share: float, rng: np.random.Generator) -> Interactions:
    """Sample a random share of the items.

    Returns:
        The entries of the sampled items, without users who have none of them.
    """
    keep = _random_mask(len(table.items), _validate_share(share), rng)
    return table.with_items(table.items.take(np.flatnonzero(keep))).without_empty()
