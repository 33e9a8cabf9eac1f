"""Query sets: histories that a model is given, and the relevant items that it has to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from recsys.data.interactions import Interactions
from recsys.defaults import MIN_LIKES

__all__ = ["QuerySet", "cold_start_query_sets", "mixed_query_sets", "sample_per_user"]

MIN_OTHER_RATINGS = 20  # ratings of a user that are not given, at least, in mixed query sets


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Test users with what is given of them and what has to be found.

    Attributes:
        given: history of each user, with its ratings.
        relevant: items to find, of the same users and items.
    """

    given: Interactions
    relevant: Interactions


def cold_start_query_sets(
    ratings: Interactions, given: Sequence[int], like_threshold: float, seed: int
) -> dict[int, QuerySet]:
    """Give n likes of each user; all other likes are relevant.

    The users are those with at least ``MIN_LIKES`` likes, the same for every n. The n likes are the
    first n of one random order a user, so the query sets are nested.

    Args:
        ratings: of the test users, in the columns that are ranked.
        given: numbers of likes n, below ``MIN_LIKES``.
        like_threshold: a rating of this value or more is a like.
        seed: of the random order.

    Returns:
        A query set for each n.
    """
    likes = ratings.likes(like_threshold)
    likes = likes.with_users(likes.user_degrees >= MIN_LIKES)
    position = _random_positions(likes, np.random.default_rng(seed))
    return {n: QuerySet(likes.where(position < n), likes.where(position >= n)) for n in given}


def mixed_query_sets(
    ratings: Interactions, given: Sequence[int], like_threshold: float, seed: int
) -> dict[int, QuerySet]:
    """Give n of all ratings of each user, dislikes included; the other likes are relevant.

    The users are those with at least ``MIN_LIKES`` likes and 20 ratings more than the largest n.

    Args:
        ratings: of the test users, in the columns that are ranked.
        given: numbers of ratings n.
        like_threshold: a rating of this value or more is a like.
        seed: of the random order.

    Returns:
        A query set for each n.
    """
    likes = ratings.likes(like_threshold).user_degrees
    table = ratings.with_users(
        (likes >= MIN_LIKES) & (ratings.user_degrees >= max(given) + MIN_OTHER_RATINGS)
    )
    position = _random_positions(table, np.random.default_rng(seed))
    return {
        n: QuerySet(table.where(position < n), table.where(position >= n).likes(like_threshold))
        for n in given
    }


def sample_per_user(table: Interactions, n: int, rng: np.random.Generator) -> Interactions:
    """Return n random entries of each user; all of a user who has fewer."""
    return table.where(_random_positions(table, rng) < n)


def _random_positions(
    table: Interactions, rng: np.random.Generator
) -> Int64[np.ndarray, " entries"]:
    """Return the position of each entry in a random order of its user's entries."""
    order = np.lexsort((rng.random(len(table)), table.rows))
    position = np.empty(len(table), dtype=np.int64)
    position[order] = np.arange(len(table)) - table.starts[table.rows[order]]
    return position
