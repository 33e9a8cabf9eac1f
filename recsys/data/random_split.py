"""Cutting a table in two: by edges, by people, by anime. Every cut is drawn from a generator."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from recsys.data.interactions import Interactions
from recsys.errors import DataError

__all__ = ["sample_items", "split_edges", "split_edges_per_user", "split_users"]


def _checked(share: float) -> float:
    if not 0 <= share <= 1:
        raise DataError(f"A share lies between 0 and 1, not at {share}; nothing was split.")
    return share


def _chosen(count: int, share: float, rng: np.random.Generator) -> Bool[np.ndarray, " count"]:
    mask = np.zeros(count, dtype=bool)
    mask[rng.permutation(count)[: round(count * share)]] = True
    return mask


def split_edges(
    table: Interactions, share: float, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Hold out a random share of all entries.

    Returns:
        What is kept and what is held out, over the same users and items.
    """
    held = _chosen(len(table), _checked(share), rng)
    return table.where(~held), table.where(held)


def split_edges_per_user(
    table: Interactions, share: float, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Hold out a random share of each user's entries, rounded; every user keeps at least one.

    Returns:
        What is kept and what is held out, over the same users and items.
    """
    degrees = table.user_degrees
    count = np.minimum(np.rint(degrees * _checked(share)), np.maximum(degrees - 1, 0))
    order = np.lexsort((rng.random(len(table)), table.rows))
    place = np.empty(len(table), dtype=np.int64)
    place[order] = np.arange(len(table)) - table.starts[table.rows[order]]
    held = place < count[table.rows]
    return table.where(~held), table.where(held)


def split_users(
    table: Interactions, share: float, rng: np.random.Generator
) -> tuple[Interactions, Interactions]:
    """Hold out a random share of the users with all that is theirs.

    Returns:
        The table of those who stay and the table of the others, over the same items.
    """
    held = _chosen(len(table.users), _checked(share), rng)
    return table.with_users(~held), table.with_users(held)


def sample_items(table: Interactions, share: float, rng: np.random.Generator) -> Interactions:
    """Keep a random share of the items, and the users who still have one of them."""
    keep = _chosen(len(table.items), _checked(share), rng)
    return table.with_items(table.items.take(np.flatnonzero(keep))).without_empty()
