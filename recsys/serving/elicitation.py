"""What to rate next: titles that many know and that tell tastes apart."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from recsys.serving.filters import Filters, allowed_items, first_per_franchise
from recsys.serving.fold_in import to_numpy
from recsys.serving.recommender import Recommender

__all__ = ["suggest_items_to_rate"]

KNOWN = 60  # the best-known titles to choose among: nobody can rate what they have never met


def suggest_items_to_rate(bundle: Recommender, seen: Collection[int], count: int = 6) -> list[int]:
    """Choose anime to ask about: among the best known, each far from the others in taste.

    Greedy farthest points by cosine between embeddings, starting from the most liked title, one per
    franchise, no adult titles, and none that the profile already holds.

    Args:
        bundle: the loaded model and catalogue.
        seen: anime ids of the profile.
        count: how many to choose.

    Returns:
        Anime ids, the best known first; fewer than asked for only if no more are known.

    Source: farthest-first traversal, Gonzalez 1985.
    """
    side = bundle.side
    passes, _ = allowed_items(bundle, Filters())
    gone = side.items.find(np.array(sorted(seen), dtype=np.int64))
    franchise = bundle.catalogue.franchise[bundle.catalogue_rows]
    # a sibling of what was rated teaches little more
    passes &= ~np.isin(franchise, franchise[gone[gone >= 0]])
    popularity = to_numpy(side.log_degree)
    rows = np.flatnonzero(passes)
    rows = rows[np.argsort(-popularity[rows], kind="stable")]
    rows = first_per_franchise(bundle, rows)[:KNOWN]
    if rows.size == 0:
        return []
    vectors = to_numpy(side.embeddings)[rows]
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    chosen = [0]
    nearest = vectors @ vectors[0]
    while len(chosen) < min(count, rows.size):
        nearest[chosen] = np.inf
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    ids: list[int] = side.items.ids[rows[sorted(chosen)]].tolist()
    return ids
