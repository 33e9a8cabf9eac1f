"""The visitor on the map: what they rated, where they stand, their list and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from recsys.embedding_map.user_position import rating_contributions
from recsys.profiles.store import Entry
from recsys.serving.filters import Filters
from recsys.serving.fold_in import fold_in
from recsys.serving.recommender import Recommender

__all__ = ["UserOverlay", "user_overlay"]

SHOWN = 24  # of the list, as on the page Recommendations
REASONS = 2  # lines to each listed title


@dataclass(frozen=True, slots=True, eq=False)
class UserOverlay:
    """A profile in the rows of the model.

    Attributes:
        rated: rows of the rated anime that the model knows.
        ratings: 1 to 10 of each.
        parts: what each contributes to the visitor's vector, summing to 1.
        listed: rows of their list, best first.
        lines: (listed row, rated row), from each listed title to what speaks most for it.
    """

    rated: Int64[np.ndarray, " rated"]
    ratings: Int64[np.ndarray, " rated"]
    parts: Float64[np.ndarray, " rated"]
    listed: Int64[np.ndarray, " listed"]
    lines: tuple[tuple[int, int], ...]


def user_overlay(
    recommender: Recommender, entries: Mapping[int, Entry], *, adult: bool
) -> UserOverlay:
    """Return a profile as the map draws it.

    Args:
        recommender: the model with its catalogue.
        entries: of the profile, by anime id.
        adult: adult titles may be listed.
    """
    given = {one.anime_id: one.rating for one in entries.values() if one.rating is not None}
    known = [anime_id for anime_id in given if anime_id in recommender.items]
    rated = recommender.items.find(np.array(known, dtype=np.int64))
    ratings = np.array([given[anime_id] for anime_id in known], dtype=np.int64)
    parts = rating_contributions(
        recommender.item_factors, fold_in(recommender.item_factors, rated, ratings)
    )
    if not known:
        return UserOverlay(rated, ratings, parts, rated, ())
    found = recommender.recommend(
        {anime_id: float(rating) for anime_id, rating in given.items()},
        seen=[one.anime_id for one in entries.values() if one.rating is None],
        filters=Filters(adult=adult),
        k=min(SHOWN, len(recommender.items)),
    )
    row = {anime_id: int(r) for anime_id, r in zip(known, rated, strict=True)}
    listed = recommender.items.find([entry.item_id for entry in found])
    lines = [
        (int(own), row[part.item_id])
        for own, entry in zip(listed, found, strict=True)
        for part in [p for p in entry.contributions if p.item_id is not None and p.value > 0][
            :REASONS
        ]
        if part.item_id is not None
    ]
    return UserOverlay(rated, ratings, parts, listed, tuple(lines))
