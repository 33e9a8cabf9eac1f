"""Filters: which anime may be on a list. They narrow the full ranking, so a list stays full."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Int64

if TYPE_CHECKING:
    from recsys.serving.recommender import Recommender

__all__ = ["Filters", "allowed_items", "first_per_franchise"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person wants on the list; the defaults hide adult titles and sequels' siblings only.

    Attributes:
        genres_in: at least one of these genres or themes; empty for any.
        genres_out: none of these.
        types: one of these (TV, Movie, …); empty for any.
        year_from, year_to: first year of showing, inclusive; 0 for no bound. A title whose year is
            unknown passes only where there is no bound.
        least_members: at least so many people have it on their list.
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
        plain = Filters()
        return sum(getattr(self, f.name) != getattr(plain, f.name) for f in fields(self))


def _genre_mask(bundle: Recommender, names: tuple[str, ...]) -> Bool[np.ndarray, " items"]:
    catalogue = bundle.catalogue
    chosen = np.isin(np.array(catalogue.genre_names), np.array(names))
    mask: Bool[np.ndarray, " items"] = catalogue.genre_mask[bundle.catalogue_rows][:, chosen].any(1)
    return mask


def allowed_items(
    bundle: Recommender, filters: Filters
) -> tuple[Bool[np.ndarray, " items"], Bool[np.ndarray, " items"]]:
    """Apply every filter but the one per franchise, which needs a ranking.

    Returns:
        The model items that pass, and those that fail for being adult titles alone.
    """
    catalogue, rows = bundle.catalogue, bundle.catalogue_rows
    passes = bundle.showable.copy()
    if filters.genres_in:
        passes &= _genre_mask(bundle, filters.genres_in)
    if filters.genres_out:
        passes &= ~_genre_mask(bundle, filters.genres_out)
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


def first_per_franchise(
    bundle: Recommender, ranked: Int64[np.ndarray, " ranked"]
) -> Int64[np.ndarray, " kept"]:
    """Keep the first title of each franchise, in the order given."""
    franchise = bundle.catalogue.franchise[bundle.catalogue_rows[ranked]]
    _, first = np.unique(franchise, return_index=True)
    return ranked[np.sort(first)]
