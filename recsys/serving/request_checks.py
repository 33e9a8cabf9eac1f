"""Request checks: the length of a list, item ids and ratings that a caller gives."""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping

import numpy as np
from jaxtyping import Int64, Shaped

from recsys.defaults import MAX_RATING, MIN_RATING
from recsys.errors import DataError, SettingsError

__all__ = ["check_list_length", "checked_item_ids", "checked_ratings"]


def check_list_length(k: int, most: int) -> None:
    """Check the requested length of a list.

    Raises:
        SettingsError: k is no whole number from 1 to ``most``.
    """
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or not 1 <= k <= most:
        raise SettingsError(f"k must be a whole number from 1 to {most:,}; it is {k!r}.")


def checked_item_ids(ids: Collection[int]) -> Int64[np.ndarray, " n"]:
    """Return item ids as an array.

    Raises:
        DataError: an id is not a whole number.
    """
    try:
        return np.fromiter((operator.index(item_id) for item_id in ids), np.int64, len(ids))
    except TypeError:
        wrong = next(item_id for item_id in ids if not hasattr(item_id, "__index__"))
        raise DataError(
            f"Item ids are whole numbers; {wrong!r} is not. Nothing was computed."
        ) from None


def checked_ratings(ratings: Mapping[int, float]) -> Shaped[np.ndarray, " n"]:
    """Return the ratings of a mapping as an array, in its order.

    Raises:
        DataError: a rating is not a number from 1 to 10, or NaN for a like without a rating.
    """
    for item_id, rating in ratings.items():
        is_number = isinstance(rating, int | float | np.integer | np.floating)
        if not is_number or not (MIN_RATING <= rating <= MAX_RATING or np.isnan(rating)):
            raise DataError(
                f"The rating of item {item_id} must be a number from 1 to 10; it is {rating!r}. "
                "Nothing was computed."
            )
    return np.fromiter(ratings.values(), np.float64, len(ratings))
