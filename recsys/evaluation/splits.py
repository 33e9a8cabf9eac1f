"""What is trained on and what is to be found: by people, or by time where ratings have dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.errors import DataError
from recsys.evaluation.cold_start import CORE, LEAST_LIKES, QuerySet, query_sets
from recsys.evaluation.split_settings import SplitSettings

__all__ = ["BEFORE", "GIVEN_LIKES", "EvaluationSplit", "split_ratings"]

GIVEN_LIKES = (3, 5, 10, 20)
BEFORE = "before"  # what is given where time splits: all that was rated before
FEWEST_ANIME = 20  # the length of the lists
LEAST_BEFORE = 5  # likes on either side of the moment


@dataclass(frozen=True, slots=True)
class EvaluationSplit:
    """A table of ratings, cut in two.

    Attributes:
        train: what may be learned from.
        core: the training ratings among the anime that are ranked (their 10-core).
        asked: by what is given (a number of likes, or ``BEFORE``): that, and what is to be found.
        told: protocol in words.
    """

    train: Interactions
    core: Interactions
    asked: Mapping[str, QuerySet]
    told: Mapping[str, Any]

    @property
    def people(self) -> int:
        """Number of people who are asked."""
        return len(next(iter(self.asked.values())).given.users)


def split_ratings(
    ratings: Interactions, days: Interactions | None, split: SplitSettings, like_at: float
) -> EvaluationSplit:
    """Cut a table in two, and say what is given and what is to be found.

    Args:
        ratings: all rows.
        days: the day of each entry, in the place of a rating; only time needs it.
        split: what is held out.
        like_at: a rating this high is a like.

    Raises:
        DataError: nobody has enough likes, or there are no dates.
    """
    if split.by == "time":
        return _by_time(ratings, days, split, like_at)
    train, rest = split_users(ratings, split.share, np.random.default_rng(split.seed))
    core = train.core(CORE)
    asked = query_sets(rest.with_items(core.items), GIVEN_LIKES, like_at, split.seed)
    if len(asked[GIVEN_LIKES[0]].given.users) == 0:
        raise DataError(
            f"Of the {len(rest.users):,} people who were held out, nobody has {LEAST_LIKES} likes "
            f"(ratings of {like_at:g} or more) among the {len(core.items):,} anime that are "
            "ranked; nothing was measured. Give more ratings."
        )
    told = {
        "name": "new-people",
        "split": f"{split.share:.0%} of the people, drawn with seed {split.seed}",
        "test_people": f"never trained on, with at least {LEAST_LIKES} likes among those anime",
        "given": "3, 5, 10 or 20 of their likes, a smaller number part of a larger",
        "to_find": "all their other likes",
    }
    return EvaluationSplit(train, core, {str(n): case for n, case in asked.items()}, told)


def _by_time(
    ratings: Interactions, days: Interactions | None, split: SplitSettings, like_at: float
) -> EvaluationSplit:
    when = None if days is None else _days(days, ratings)
    if when is None or not np.isfinite(when).any():
        raise DataError(
            "These ratings have no dates, so there is no before and after; nothing was measured. "
            "Give a file with a column for the date, or split by people."
        )
    dated = when[np.isfinite(when)]
    moment = float(np.quantile(dated, 1 - split.share, method="higher"))
    later = when >= moment  # what has no date counts as before
    train = ratings.where(~later).without_empty()
    core = train.core(CORE)
    if len(core.items) < FEWEST_ANIME:
        raise DataError(
            f"Only {len(core.items)} anime have {CORE} ratings before the moment that splits these "
            f"ratings; lists of {FEWEST_ANIME} need more, so nothing was measured."
        )
    likes = core.likes(like_at)
    found = ratings.where(later).likes(like_at).with_items(core.items)
    here = found.users.find(core.users.ids)
    counts = np.where(here >= 0, found.user_degrees[np.maximum(here, 0)], 0)
    keep = (likes.user_degrees >= LEAST_BEFORE) & (counts >= LEAST_BEFORE)
    if not keep.any():
        raise DataError(
            f"Nobody has {LEAST_BEFORE} likes before and {LEAST_BEFORE} after the moment that "
            f"splits these ratings ({np.datetime64(int(moment), 'D')}); nothing was measured."
        )
    given = core.with_users(keep)
    found = found.with_users(given.users.find(found.users.ids) >= 0)
    told = {
        "name": "later-likes",
        "split": f"by time: all ratings since {np.datetime64(int(moment), 'D')}, the last "
        f"{split.share:.0%} of those with a date",
        "test_people": f"those with at least {LEAST_BEFORE} likes before and after",
        "given": "all their ratings before",
        "to_find": "their likes since then",
    }
    return EvaluationSplit(train, core, {BEFORE: QuerySet(given, found)}, told)


def _days(days: Interactions, table: Interactions) -> Float32[np.ndarray, " entries"]:
    """Return the day of each entry of a table that is part of the dated one."""
    width = len(days.items)
    own = days.rows.astype(np.int64) * width + days.columns
    users, items = days.users.find(table.users.ids), days.items.find(table.items.ids)
    place = np.searchsorted(own, users[table.rows].astype(np.int64) * width + items[table.columns])
    found: Float32[np.ndarray, " entries"] = days.ratings[place]
    return found
