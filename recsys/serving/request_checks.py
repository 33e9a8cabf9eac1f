"""Request checks: the length of a list, item ids and ratings that a caller gives."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from recsys.defaults import MAX_RATING, MIN_RATING
from recsys.errors import DataError, SettingsError

__all__ = ["check_list_length", "checked_item_ids", "checked_ratings"]

ID_LIMITS = np.iinfo(np.int64)


def check_list_length(k: Any, most: int | None = None) -> None:
    """Check the requested length of a list.

    Args:
        k: as the caller gave it.
        most: greatest length; None for no limit.

    Raises:
        SettingsError: k is no whole number from 1 to ``most``.
    """
    is_integer = isinstance(k, int | np.integer) and not isinstance(k, bool)
    if not is_integer or k < 1 or (most is not None and k > most):
        allowed = "of 1 or more" if most is None else f"from 1 to {most:,}"
        raise SettingsError(f"k must be a whole number {allowed}; it is {_shown(k)}.")


def checked_item_ids(ids: Iterable[int]) -> Int64[np.ndarray, " n"]:
    """Return item ids as an array.

    Args:
        ids: any iterable; it is read once.

    Raises:
        DataError: the ids are no iterable, or an id is not a whole number of 64 bits.
    """
    if not isinstance(ids, Iterable):
        raise DataError(
            f"Item ids are given as a list or another iterable; {_shown(ids)} is none. Nothing was "
            "computed."
        )
    return np.array([_checked_item_id(item_id) for item_id in ids], dtype=np.int64)


def checked_ratings(ratings: Mapping[int, float]) -> Float64[np.ndarray, " n"]:
    """Return the ratings of a mapping as an array, in its order.

    Raises:
        DataError: the ratings are no mapping, or a rating is not a number from 1 to 10, or NaN for
            a like without a rating.
    """
    if not isinstance(ratings, Mapping):
        raise DataError(
            "Ratings are given as a mapping from item id to rating, such as {5114: 10}, not as a "
            f"value of the type {type(ratings).__name__}. Nothing was computed."
        )
    for item_id, rating in ratings.items():
        if not _is_rating(rating):
            raise DataError(
                f"The rating of item {_shown(item_id)} must be a number from 1 to 10; it is "
                f"{_shown(rating)}. Nothing was computed."
            )
    return np.fromiter(ratings.values(), np.float64, len(ratings))


def _checked_item_id(item_id: Any) -> int:
    try:
        number = operator.index(item_id)
    except TypeError:
        number = None
    if number is None or isinstance(item_id, bool | np.bool):
        raise DataError(
            f"Item ids are whole numbers; {_shown(item_id)} is not. Nothing was computed."
        )
    if not ID_LIMITS.min <= number <= ID_LIMITS.max:
        raise DataError(
            f"Item ids are whole numbers of 64 bits; {_shown(item_id)} is outside their range. "
            "Nothing was computed."
        )
    return number


def _is_rating(rating: Any) -> bool:
    """Return whether a value is a number from 1 to 10, or NaN; Python counts bool as an int."""
    if isinstance(rating, bool) or not isinstance(rating, int | float | np.integer | np.floating):
        return False
    if MIN_RATING <= rating <= MAX_RATING:
        return True
    return isinstance(rating, float | np.floating) and bool(np.isnan(rating))


def _shown(value: Any) -> str:
    """Return a value for a message, at most 80 characters."""
    try:
        return f"{value!r:.80}"
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return f"a number of {value.bit_length():,} bits" if isinstance(value, int) else "a value"
