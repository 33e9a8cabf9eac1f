"""*On me*: leave each of a person's likes out in turn, and see at which rank it is found again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from recsys.serving.fold_in import to_numpy
from recsys.serving.ranking import ranking_scores
from recsys.serving.recommender import Recommender

__all__ = ["LeaveOneOutRank", "leave_one_out"]


@dataclass(frozen=True, slots=True)
class LeaveOneOutRank:
    """Where a title stands when it is left out of what the model knows of a person.

    Attributes:
        anime_id: the title.
        rank: its place on the model's list, 1 is the top.
        popularity: its place by number of training likes.
        among: how many titles were ranked.
    """

    anime_id: int
    rank: int
    popularity: int
    among: int


def leave_one_out(
    recommender: Recommender,
    ratings: Mapping[int, float],
    *,
    seen: Collection[int] = (),
    like_at: float = 7.0,
    adult: bool = False,
) -> list[LeaveOneOutRank]:
    """Find every like again from all the other ratings.

    Ranked as a list is (without one per franchise): all titles that may be shown but those that
    were rated or seen, and are not the one left out. Equal scores share the better rank.

    Args:
        recommender: the model.
        ratings: rating of each anime, 1 to 10.
        seen: further anime of the profile.
        like_at: a rating this high is a like.
        adult: rank adult titles too.

    Returns:
        The likes that the model knows, the best found first.
    """
    item_factors = recommender.item_factors
    asked = np.array(list(ratings), dtype=np.int64)
    heights = np.array(list(ratings.values()), dtype=np.float64)
    rows = recommender.items.find(asked)
    known = rows >= 0
    rows, heights = rows[known], heights[known]
    shown: Bool[np.ndarray, " items"] = recommender.showable.copy()
    if not adult and recommender.optional_catalogue is not None:
        shown &= ~recommender.catalogue.is_adult[recommender.catalogue_rows]
    gone = recommender.items.find(np.array([*asked.tolist(), *seen], dtype=np.int64))
    shown[gone[gone >= 0]] = False
    degree = to_numpy(item_factors.log_degrees)
    found = []
    for place in np.flatnonzero(heights >= like_at):
        others = np.arange(rows.size) != place
        scores = ranking_scores(item_factors, rows[others], heights[others]).scores
        row, among = int(rows[place]), int(shown.sum()) + 1
        rank, popularity = (1 + int((one[shown] > one[row]).sum()) for one in (scores, degree))
        found.append(LeaveOneOutRank(int(recommender.items.ids[row]), rank, popularity, among))
    return sorted(found, key=lambda one: (one.rank, one.popularity))
