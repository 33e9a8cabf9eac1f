"""Filters: which items may be on a list. They narrow the full ranking, so a list stays full."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Int64

if TYPE_CHECKING:
    from recsys.data.catalogue import Catalogue
    from recsys.serving.recommender import Recommender

__all__ = ["Filters", "allowed_items", "first_per_franchise"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on the items of a list. The defaults hide adult titles and franchise sequels.

    All conditions but the defaults need a catalogue.

    Attributes:
        genres_in: at least one of these genres or themes; empty for any.
        genres_out: none of these.
        types: one of these (TV, Movie, …); empty for any.
        year_from, year_to: first year of broadcast, inclusive; 0 for no bound. A title of unknown
            year passes only where there is no bound.
        least_members: at least this many people have it on their list.
        adult: show adult titles too.
        one_per_franchise: only the best-ranked title of each franchise.
    """

    genres_in: tuple[str, ...] = ()
    genres_out: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    year_from: int = 0
    year_to: int = 0
    least_members: int = 0
    adult: bool = False
    one_per_franchise: bool = True

    @property
    def active(self) -> int:
        """Number of filters that differ from the defaults."""
        defaults = Filters()
        return sum(getattr(self, f.name) != getattr(defaults, f.name) for f in fields(self))


def allowed_items(
    recommender: Recommender, filters: Filters
) -> tuple[Bool[np.ndarray, " items"], Bool[np.ndarray, " items"]]:
    """Apply every filter except ``one_per_franchise``, which needs a ranking.

    Returns:
        Two masks over the items of the model: the items that pass, and the items that fail only
        because they are adult titles.

    Raises:
        DataError: a filter is set and the model has no catalogue.
    """
    passes = recommender.showable.copy()
    narrows = Filters(adult=filters.adult, one_per_franchise=filters.one_per_franchise) != filters
    if recommender.optional_catalogue is None and not narrows:
        return passes, np.zeros_like(passes)
    catalogue, rows = recommender.catalogue, recommender.catalogue_rows
    if filters.genres_in:
        passes &= _genre_mask(catalogue, rows, filters.genres_in)
    if filters.genres_out:
        passes &= ~_genre_mask(catalogue, rows, filters.genres_out)
    if filters.types:
        codes = [i for i, name in enumerate(catalogue.type_names) if name in filters.types]
        passes &= np.isin(catalogue.type_code[rows], codes)
    year = catalogue.year[rows]
    if filters.year_from:
        passes &= year >= filters.year_from
    if filters.year_to:
        passes &= (year <= filters.year_to) & (year > 0)
    if filters.least_members:
        passes &= catalogue.members[rows] >= filters.least_members
    adult = catalogue.is_adult[rows]
    hidden = passes & adult & (not filters.adult)
    return passes & ~hidden, hidden


def _genre_mask(
    catalogue: Catalogue, rows: Int64[np.ndarray, " items"], names: tuple[str, ...]
) -> Bool[np.ndarray, " items"]:
    """Return which items have at least one of the named genres."""
    chosen = np.isin(np.array(catalogue.genre_names), np.array(names))
    mask: Bool[np.ndarray, " items"] = catalogue.genre_mask[rows][:, chosen].any(1)
    return mask


def first_per_franchise(
    recommender: Recommender, ranked: Int64[np.ndarray, " ranked"]
) -> Int64[np.ndarray, " first"]:
    """Return the first title of each franchise, in the given order.

    Without a catalogue no franchise is known, and all items stay.
    """
    if recommender.optional_catalogue is None:
        return ranked
    franchise = recommender.catalogue.franchise[recommender.catalogue_rows[ranked]]
    _, first = np.unique(franchise, return_index=True)
    return ranked[np.sort(first)]
