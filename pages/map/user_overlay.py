"""User overlay: the visitor's ratings, list, and the ratings that led to each listed title."""

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

SHOWN = 24  # titles of the list, as on the page Recommendations
REASONS = 2  # lines from each listed title


@dataclass(frozen=True, slots=True, eq=False)
class UserOverlay:
    """A profile in the rows of the model.

    Attributes:
        rated: rows of the rated anime that the model covers.
        ratings: the rating of each, 1 to 10.
        parts: the contribution of each to the visitor's vector; they sum to 1.
        listed: rows of the recommended titles, best first.
        lines: pairs of a listed row and a rated row that contributed most to it.
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
    items, factors = recommender.items, recommender.item_factors
    given = {entry.anime_id: entry.rating for entry in entries.values() if entry.rating is not None}
    known = [anime_id for anime_id in given if anime_id in items]
    rated = items.find(np.array(known, dtype=np.int64))
    ratings = np.array([given[anime_id] for anime_id in known], dtype=np.int64)
    parts = rating_contributions(factors, fold_in(factors, rated, ratings))
    if not known:
        return UserOverlay(rated, ratings, parts, rated, ())
    recommendations = recommender.recommend(
        {anime_id: float(rating) for anime_id, rating in given.items()},
        seen=[entry.anime_id for entry in entries.values() if entry.rating is None],
        filters=Filters(adult=adult),
        k=min(SHOWN, len(items)),
    )
    listed = items.find([recommendation.item_id for recommendation in recommendations])
    row_of = dict(zip(known, rated.tolist(), strict=True))
    lines = []
    for row, recommendation in zip(listed.tolist(), recommendations, strict=True):
        reasons = [
            row_of[part.item_id]
            for part in recommendation.contributions
            if part.item_id is not None and part.value > 0
        ]
        lines += [(row, reason) for reason in reasons[:REASONS]]
    return UserOverlay(rated, ratings, parts, listed, tuple(lines))
