"""The verb of the product: a person's ratings in, a full list with exact reasons out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, Shaped

from recsys.serving.filters import Filters, allowed_items, first_per_franchise
from recsys.serving.fold_in import (
    FoldedInUser,
    ItemFactors,
    baseline_contribution,
    fold_in,
    item_contributions,
    item_scores,
    to_numpy,
)
from recsys.serving.recommender import Recommender

__all__ = [
    "Contribution",
    "Recommendation",
    "RecommendationList",
    "ScoredItems",
    "recommend",
    "score_for_list",
]


@dataclass(frozen=True, slots=True)
class Contribution:
    """The part of a score that one rated anime contributes; below zero it speaks against.

    Attributes:
        anime_id: the rated anime, or none for the part that is the same whatever was rated, with
            what the list adds to it: more or less of the average person, or popularity.
        share: the term of the sum, in units of the score.
    """

    anime_id: int | None
    share: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One anime of a list.

    Attributes:
        anime_id: MyAnimeList's id.
        score: what ranks; has no unit, only its order means something.
        because: every rated anime's term and that of everybody, largest first; they sum to
            ``score_for_list``.
    """

    anime_id: int
    score: float
    because: tuple[Contribution, ...]

    def percent(self, share: Contribution) -> float:
        """Return a positive share in percent of all positive ones."""
        positive = sum(part.share for part in self.because if part.share > 0)
        return 100 * share.share / positive if positive > 0 else 0.0


@dataclass(frozen=True, slots=True)
class RecommendationList:
    """A list, and what to say about it.

    Attributes:
        recommendations: best first.
        known: ids of the ratings that the model knows and used.
        unknown: ids of the ratings that it does not know; they are kept, and change nothing.
        likes: number of used ratings that speak for something.
        hidden_adult: titles that would stand on the list but for being adult.
    """

    recommendations: tuple[Recommendation, ...]
    known: tuple[int, ...]
    unknown: tuple[int, ...]
    likes: int
    hidden_adult: int

    @property
    def personal(self) -> bool:
        """Whether taste ranks this list; without any like it is a popularity list."""
        return self.likes > 0


def recommend(
    bundle: Recommender,
    ratings: Mapping[int, float],
    *,
    seen: Collection[int] = (),
    filters: Filters | None = None,
    top: int = 24,
    familiar: float = 0.0,
    among: Collection[int] | None = None,
) -> RecommendationList:
    """Rank every anime for a person, then filter, then explain what is shown.

    Args:
        bundle: the loaded model and catalogue.
        ratings: 1–10 by anime id; NaN for a like without a rating.
        seen: further anime of the profile; like the rated ones they never come back.
        filters: what may be on the list.
        top: length of the list.
        familiar: −1 (what they like more than others do) … 1 (what everybody likes); adds so much
            of the average person's score, and is part of everybody's share.
        among: only these anime may be listed; all where none are named.

    Returns:
        As many recommendations as asked for, unless fewer than that pass the filters.
    """
    filters = filters or Filters()
    side = bundle.side
    ids = np.fromiter(ratings.keys(), np.int64, len(ratings))
    heights = np.fromiter(ratings.values(), np.float64, len(ratings))
    rows = side.items.find(ids)
    known = rows >= 0
    scored = score_for_list(side, rows[known], heights[known], familiar)
    ranking = scored.ranking
    passes, hidden = allowed_items(bundle, filters)
    gone = np.concatenate([rows[known], side.items.find(np.array(list(seen), dtype=np.int64))])
    gone = gone[gone >= 0]
    passes[gone] = False
    hidden[gone] = False
    if among is not None:
        named = np.isin(side.items.ids, np.array(list(among), dtype=np.int64))
        passes &= named
        hidden &= named
    order = _best(ranking, passes)
    if filters.one_per_franchise:
        order = first_per_franchise(bundle, order)
    shown = order[:top]
    # how many adult titles would stand above the last one shown
    bar = ranking[shown[-1]] if shown.size else -np.inf
    hidden_adult = int((hidden & (ranking >= bar)).sum())
    terms = item_contributions(side, scored.person, shown)
    alike = baseline_contribution(side, scored.person, shown) + scored.added[shown]
    return RecommendationList(
        _explained(side.items.ids[shown], ids[known], ranking[shown], terms, alike),
        tuple(ids[known].tolist()),
        tuple(ids[~known].tolist()),
        scored.likes,
        hidden_adult,
    )


@dataclass(frozen=True, slots=True, eq=False)
class ScoredItems:
    """Every anime's score for a person.

    Attributes:
        person: folded in.
        ranking: the scores by which lists are ordered.
        added: what is in them beside the person's own scores.
        likes: number of ratings that speak for something.
    """

    person: FoldedInUser
    ranking: Float32[np.ndarray, " items"]
    added: Float32[np.ndarray, " items"]
    likes: int


def score_for_list(
    side: ItemFactors,
    rows: Int64[np.ndarray, " rated"],
    heights: Shaped[np.ndarray, " rated"],
    familiar: float = 0.0,
) -> ScoredItems:
    """Score every anime for a person, as lists are ranked.

    Args:
        side: the model's items.
        rows: of the rated anime.
        heights: 1 to 10 each, NaN for a like without a rating.
        familiar: as in ``recommend``.
    """
    weights = np.asarray(side.settings.rating_weights)
    liked = np.isnan(heights) | (np.interp(heights, np.arange(1, 11), weights) > 0)
    likes = int(liked.sum())
    person = fold_in(side, rows, heights)
    liking = item_scores(side, person)
    if likes:
        added = np.float32(familiar) * to_numpy(side.common)
        return ScoredItems(person, liking + added, added, likes)
    # dislikes alone say what to leave out, not what to like: popularity leads, and says so
    log_degree = to_numpy(side.log_degree)
    popularity = np.float32(_popularity_step(liking, log_degree)) * log_degree
    told = to_numpy(side.embeddings @ (person.vector - person.base))  # 0 where nothing was rated
    added = popularity - baseline_contribution(side, person, np.arange(liking.size))
    return ScoredItems(person, popularity + told, added, likes)


def _popularity_step(
    liking: Float32[np.ndarray, " items"], log_degree: Float32[np.ndarray, " items"]
) -> float:
    """Return the weight at which log popularity spreads as widely as the scores do."""
    spread = float(np.std(liking))
    return (spread if spread > 0 else 1.0) / max(float(np.std(log_degree)), 1e-6)


def _best(
    ranking: Float32[np.ndarray, " items"], passes: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Int64[np.ndarray, " ranked"]:
    """Return the rows that pass, highest score first; equal scores in row order."""
    rows = np.flatnonzero(passes)
    return rows[np.argsort(-ranking[rows], kind="stable")]


def _explained(
    anime_ids: Int64[np.ndarray, " shown"],
    rated_ids: Int64[np.ndarray, " rated"],
    ranking: Float32[np.ndarray, " shown"],
    terms: Float32[np.ndarray, "shown rated"],
    alike: Float32[np.ndarray, " shown"],
) -> tuple[Recommendation, ...]:
    listed = []
    order = np.argsort(-terms, axis=1, kind="stable")
    for place, anime_id in enumerate(anime_ids.tolist()):
        row = order[place]
        because = [
            Contribution(rated, share)
            for rated, share in zip(
                rated_ids[row].tolist(), terms[place, row].tolist(), strict=True
            )
        ]
        because.append(Contribution(None, float(alike[place])))
        because.sort(key=lambda part: -part.share)
        listed.append(Recommendation(anime_id, float(ranking[place]), tuple(because)))
    return tuple(listed)
