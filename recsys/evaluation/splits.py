"""Evaluation splits: cold-start users, warm-start users, and by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.defaults import CORE, GIVEN_LIKES, LIKE_THRESHOLD, MIN_LIKES, SEED, TOP_K
from recsys.errors import DataError
from recsys.evaluation.query_sets import QuerySet, cold_start_query_sets
from recsys.evaluation.split_settings import SplitSettings

__all__ = [
    "BEFORE",
    "TRAINING_LIKES",
    "EvaluationSplit",
    "cold_start_split",
    "split_ratings",
    "warm_start_split",
]

BEFORE = "before"  # key of the query set of a split by time: all earlier ratings are given
TRAINING_LIKES = "training likes"  # key of the query set of warm-start users
LEAST_EACH_SIDE = 5  # likes of a user before and after the moment of a split by time


@dataclass(frozen=True, slots=True)
class EvaluationSplit:
    """Training ratings and the query sets of the test users.

    Attributes:
        train: ratings that models may be trained on.
        core: the training ratings among the items that are ranked; its columns are the ranking's.
        query_sets: by what is given: a number of likes, ``BEFORE`` or ``TRAINING_LIKES``.
        like_threshold: a rating of this value or more is a like.
        protocol: description of the split, in words.
    """

    train: Interactions
    core: Interactions
    query_sets: Mapping[str, QuerySet]
    like_threshold: float
    protocol: Mapping[str, Any]

    @property
    def user_count(self) -> int:
        """Number of test users."""
        return len(next(iter(self.query_sets.values())).given.users)

    @property
    def likes(self) -> Interactions:
        """The training likes among the items that are ranked."""
        return self.core.likes(self.like_threshold)


def cold_start_split(
    train: Interactions,
    test: Interactions,
    *,
    given: Sequence[int] = GIVEN_LIKES,
    like_threshold: float = LIKE_THRESHOLD,
    seed: int = SEED,
) -> EvaluationSplit:
    """Split for users who were never trained on: n likes are given, the others are to be found.

    The items that are ranked are the 10-core of the training ratings.

    Args:
        train: ratings that models may be trained on.
        test: ratings of other users.
        given: numbers of likes to give, below ``MIN_LIKES``.
        like_threshold: a rating of this value or more is a like.
        seed: draws which likes are given.

    Returns:
        The split, with one query set for each n.

    Raises:
        DataError: a user is in both tables, n is too large, or no user has enough likes.
    """
    both = int((_find_users(train.users, test.users) >= 0).sum())
    if both:
        raise DataError(
            f"{both} of the {len(test.users)} test people are in the training ratings too, so they "
            "are not new; nothing was measured. Give ratings of other people."
        )
    if max(given) >= MIN_LIKES:
        raise DataError(f"At most {MIN_LIKES - 1} likes can be given, not {max(given)}.")
    core = train.core(CORE)
    query_sets = cold_start_query_sets(test.with_items(core.items), given, like_threshold, seed)
    if len(query_sets[given[0]].given.users) == 0:
        raise DataError(
            f"Of the {len(test.users):,} test people nobody has {MIN_LIKES} likes (ratings of "
            f"{like_threshold:g} or more) among the {len(core.items):,} anime that are ranked; "
            "nothing was measured. Give more ratings."
        )
    protocol = {
        "name": "new-people",
        "anime": f"{CORE}-core of the training ratings",
        "number_of_anime": len(core.items),
        "test_people": f"never trained on, with at least {MIN_LIKES} likes among those anime",
        "given": list(given),
        "to_find": "all their other likes",
        "seed": seed,
    }
    by_given = {str(n): query_set for n, query_set in query_sets.items()}
    return EvaluationSplit(train, core, by_given, like_threshold, protocol)


def warm_start_split(
    train: Interactions, test: Interactions, *, like_threshold: float = LIKE_THRESHOLD
) -> EvaluationSplit:
    """Split for users who were trained on: all items but their training likes are ranked.

    Args:
        train: training ratings.
        test: held-out ratings of the same users; those of unknown users or items are left out and
            counted in the protocol.
        like_threshold: a rating of this value or more is a like.

    Returns:
        The split, with one query set.

    Raises:
        DataError: no test like belongs to a training user and a training item.

    Source: He et al., SIGIR 2020, section 4.1; Wang et al., SIGIR 2019 (the same protocol).
    """
    core, test_likes = train.likes(like_threshold), test.likes(like_threshold)
    relevant = test_likes.with_items(core.items)
    is_training_user = _find_users(core.users, relevant.users) >= 0
    relevant = relevant.with_users(is_training_user & (relevant.user_degrees > 0))
    if len(relevant.users) == 0:
        raise DataError(
            "No test row is of a training person and a training item; nothing was measured. Give "
            "held-out rows of the same people, or use the protocol new-people."
        )
    given = _users_in_order(core, _find_users(core.users, relevant.users))
    relevant = replace(relevant, users=given.users)
    protocol = {
        "name": "held-out",
        "test_people": "people of the training ratings with a held-out like",
        "given": "their training likes",
        "to_find": "their held-out likes",
        "test_rows_left_out": len(test_likes) - len(relevant),
    }
    query_sets = {TRAINING_LIKES: QuerySet(given, relevant)}
    return EvaluationSplit(train, core, query_sets, like_threshold, protocol)


def split_ratings(
    ratings: Interactions,
    days: Interactions | None,
    settings: SplitSettings,
    like_threshold: float = LIKE_THRESHOLD,
) -> EvaluationSplit:
    """Split one table into training ratings and query sets, by users or by time.

    Args:
        ratings: all rows.
        days: the day of each entry in place of its rating; only a split by time needs it.
        settings: what is held out.
        like_threshold: a rating of this value or more is a like.

    Returns:
        The split, with one query set for each number of given likes.

    Raises:
        DataError: no user has enough likes, or there are no dates.
    """
    if settings.by == "time":
        return _split_by_time(ratings, days, settings, like_threshold)
    train, test = split_users(ratings, settings.share, np.random.default_rng(settings.seed))
    split = cold_start_split(train, test, like_threshold=like_threshold, seed=settings.seed)
    numbers = ", ".join(map(str, GIVEN_LIKES[:-1]))
    protocol = {
        **split.protocol,
        "split": f"{settings.share:.0%} of the people, drawn with seed {settings.seed}",
        "given": f"{numbers} or {GIVEN_LIKES[-1]} of their likes; the smaller sets are part of the "
        "larger ones",
    }
    return replace(split, protocol=protocol)


def _split_by_time(
    ratings: Interactions,
    days: Interactions | None,
    settings: SplitSettings,
    like_threshold: float,
) -> EvaluationSplit:
    day = None if days is None else _days(days, ratings)
    if day is None or not np.isfinite(day).any():
        raise DataError(
            "These ratings have no dates, so they cannot be split by time; nothing was measured. "
            "Give a file with a column for the date, or split by people."
        )
    dated = day[np.isfinite(day)]
    moment = float(np.quantile(dated, 1 - settings.share, method="higher"))
    date = np.datetime64(int(moment), "D")
    later = day >= moment  # entries without a date count as earlier
    train = ratings.where(~later).without_empty()
    core = train.core(CORE)
    if len(core.items) < TOP_K:
        raise DataError(
            f"Only {len(core.items)} anime have {CORE} ratings before {date}, the date that splits "
            f"these ratings; lists of {TOP_K} need more, so nothing was measured."
        )
    likes = core.likes(like_threshold)
    relevant = ratings.where(later).likes(like_threshold).with_items(core.items)
    row = relevant.users.find(core.users.ids)
    later_likes = np.where(row >= 0, relevant.user_degrees[np.maximum(row, 0)], 0)
    keep = (likes.user_degrees >= LEAST_EACH_SIDE) & (later_likes >= LEAST_EACH_SIDE)
    if not keep.any():
        raise DataError(
            f"Nobody has {LEAST_EACH_SIDE} likes before and {LEAST_EACH_SIDE} after {date}, the "
            "date that splits these ratings; nothing was measured."
        )
    given = core.with_users(keep)
    relevant = relevant.with_users(given.users.find(relevant.users.ids) >= 0)
    protocol = {
        "name": "later-likes",
        "split": f"by time: all ratings since {date}, the last {settings.share:.0%} of those with "
        "a date",
        "test_people": f"those with at least {LEAST_EACH_SIDE} likes before and after",
        "given": "all their earlier ratings",
        "to_find": "their later likes",
    }
    return EvaluationSplit(
        train, core, {BEFORE: QuerySet(given, relevant)}, like_threshold, protocol
    )


def _days(days: Interactions, table: Interactions) -> Float32[np.ndarray, " entries"]:
    """Return the day of each entry of a table that is part of the dated one."""
    width = len(days.items)
    keys = days.rows.astype(np.int64) * width + days.columns
    users, items = days.users.find(table.users.ids), days.items.find(table.items.ids)
    wanted = users[table.rows].astype(np.int64) * width + items[table.columns]
    result: Float32[np.ndarray, " entries"] = days.ratings[np.searchsorted(keys, wanted)]
    return result


def _find_users(known: IdMap, users: IdMap) -> Int64[np.ndarray, " users"]:
    """Return the row of each user among the known ones, −1 where unknown.

    One name among the user ids of a file makes all of them text, so numbers of one file and text of
    the other are compared as text.
    """
    if (known.ids.dtype.kind in "iu") != (users.ids.dtype.kind in "iu"):
        known, users = IdMap(known.ids.astype(str)), IdMap(users.ids.astype(str))
    return known.find(users.ids)


def _users_in_order(table: Interactions, rows: Int64[np.ndarray, " n"]) -> Interactions:
    """Return the chosen users of a table, in the order given."""
    positions, entries = table.gather(rows)
    return Interactions.from_rows(
        table.users.take(rows), table.items, positions, table.columns[entries],
        table.ratings[entries],
    )  # fmt: skip
