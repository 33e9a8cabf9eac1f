"""Leave-one-out evaluation of one user: the rank of each like, predicted from the other ratings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from recsys.defaults import LIKE_THRESHOLD
from recsys.evaluation.top_k import item_rank
from recsys.serving.fold_in import to_numpy
from recsys.serving.ranking import ranking_scores
from recsys.serving.recommender import Recommender
from recsys.serving.request_checks import checked_item_ids, checked_ratings

__all__ = ["LeaveOneOutRank", "leave_one_out"]


@dataclass(frozen=True, slots=True)
class LeaveOneOutRank:
    """Rank of a title whose rating is withheld from the model.

    Attributes:
        anime_id: the title.
        rank: by the model; 1 is the top.
        popularity: by number of training likes.
        among: number of titles that were ranked.
    """

    anime_id: int
    rank: int
    popularity: int
    among: int


def leave_one_out(
    recommender: Recommender,
    ratings: Mapping[int, float],
    *,
    seen: Iterable[int] = (),
    like_threshold: float = LIKE_THRESHOLD,
    adult: bool = False,
) -> list[LeaveOneOutRank]:
    """Rank each like from all the other ratings.

    Ranked as a list is (without one entry per franchise): all titles that may be shown, except
    those that were rated or seen; the withheld title is ranked among them. Equal scores share the
    better rank.

    Args:
        recommender: the model.
        ratings: rating of each anime, 1 to 10.
        seen: further anime of the profile.
        like_threshold: a rating of this value or more is a like.
        adult: rank adult titles too.

    Returns:
        The ranks of the likes that the model knows, the best rank first.

    Raises:
        DataError: a rating is not from 1 to 10, or an id is no whole number.
    """
    item_factors = recommender.item_factors
    values, rated_ids = checked_ratings(ratings), checked_item_ids(ratings)
    rows = recommender.items.find(rated_ids)
    is_known = rows >= 0
    rows, values = rows[is_known], values[is_known]
    candidates: Bool[np.ndarray, " items"] = recommender.showable.copy()
    if not adult and recommender.optional_catalogue is not None:
        candidates &= ~recommender.catalogue.is_adult[recommender.catalogue_rows]
    excluded = recommender.items.find(np.concatenate([rated_ids, checked_item_ids(seen)]))
    candidates[excluded[excluded >= 0]] = False
    degree = to_numpy(item_factors.log_degrees)
    ranks = []
    for position in np.flatnonzero(values >= like_threshold):
        others = np.arange(rows.size) != position
        scores = ranking_scores(item_factors, rows[others], values[others]).scores
        row = int(rows[position])
        rank, popularity = (item_rank(by, row, candidates) for by in (scores, degree))
        anime_id, among = int(recommender.items.ids[row]), int(candidates.sum()) + 1
        ranks.append(LeaveOneOutRank(anime_id, rank, popularity, among))
    return sorted(ranks, key=lambda result: (result.rank, result.popularity))
