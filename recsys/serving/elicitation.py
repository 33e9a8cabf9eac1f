"""Rating elicitation: popular titles that differ most from each other, to ask a new user about."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from recsys.serving.filters import Filters, allowed_items, first_per_franchise
from recsys.serving.fold_in import to_numpy
from recsys.serving.recommender import Recommender

__all__ = ["suggest_items_to_rate"]

CANDIDATES = 60  # the most popular titles; few people can rate the others


def suggest_items_to_rate(
    recommender: Recommender, seen: Collection[int], count: int = 6
) -> list[int]:
    """Choose items for a user to rate: popular, and far from each other in embedding space.

    Greedy farthest points by cosine between embeddings, starting from the most popular title. One
    title per franchise, no adult titles, and none that the profile already holds.

    Args:
        recommender: the model, with or without a catalogue.
        seen: item ids of the profile.
        count: how many to choose.

    Returns:
        Item ids, the most popular first; fewer than ``count`` only where no more are left.

    Source: farthest-first traversal, Gonzalez 1985.
    """
    item_factors = recommender.item_factors
    passes, _ = allowed_items(recommender, Filters())
    seen_rows = item_factors.items.find(np.array(sorted(seen), dtype=np.int64))
    seen_rows = seen_rows[seen_rows >= 0]
    passes[seen_rows] = False
    if recommender.optional_catalogue is not None:
        # a rating of another part of the same franchise would say little more
        franchise = recommender.catalogue.franchise[recommender.catalogue_rows]
        passes &= ~np.isin(franchise, franchise[seen_rows])
    popularity = to_numpy(item_factors.log_degrees)
    rows = np.flatnonzero(passes)
    rows = rows[np.argsort(-popularity[rows], kind="stable")]
    rows = first_per_franchise(recommender, rows)[:CANDIDATES]
    if rows.size == 0:
        return []
    vectors = to_numpy(item_factors.embeddings)[rows]
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    chosen = [0]
    nearest = vectors @ vectors[0]
    while len(chosen) < min(count, rows.size):
        nearest[chosen] = np.inf
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    ids: list[int] = item_factors.items.ids[rows[sorted(chosen)]].tolist()
    return ids
