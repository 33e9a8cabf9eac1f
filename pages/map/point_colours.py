"""Which title has which colour: categories with a legend that filters, or amounts with a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Shaped

from pages.map.point_columns import PointColumns
from pages.map.view_controls import MapView
from pages.shared.chart_theme import ChartTheme
from recsys.data.catalogue import Catalogue
from recsys.embedding_map import EmbeddingMap

__all__ = ["ColourCategory", "ColourScale", "assign_colours", "colour_categories", "colour_scale"]

YEARS_FROM = 1985  # earlier ones share a colour, else the few of them take half the scale


@dataclass(frozen=True, slots=True, eq=False)
class ColourCategory:
    """Titles of one colour."""

    name: str
    colour: str
    members: Bool[np.ndarray, " items"]


@dataclass(frozen=True, slots=True, eq=False)
class ColourScale:
    """A number of each title.

    Attributes:
        values: NaN where unknown.
        tick_values, tick_texts: what the scale says.
    """

    values: Float32[np.ndarray, " items"]
    tick_values: tuple[float, ...]
    tick_texts: tuple[str, ...]


def assign_colours(
    places: Shaped[np.ndarray, "groups two"], colours: int
) -> Shaped[np.ndarray, " groups"]:
    """Give groups few colours so that those of one colour lie far from each other.

    One group after the other takes the colour whose nearest bearer is farthest away.
    """
    chosen = np.zeros(len(places), dtype=np.int64)
    for group in range(len(places)):
        distance = np.full(colours, np.inf)
        for other in range(group):
            far = float(np.linalg.norm(places[group] - places[other]))
            distance[chosen[other]] = min(distance[chosen[other]], far)
        chosen[group] = int(distance.argmax())
    return chosen


def _first(masks: Sequence[Bool[np.ndarray, " items"]]) -> list[Bool[np.ndarray, " items"]]:
    """Give a title that bears several genres to the rarest of them."""
    order = sorted(range(len(masks)), key=lambda one: int(masks[one].sum()))
    left = np.ones(len(masks[0]), dtype=np.bool_) if masks else np.zeros(0, dtype=np.bool_)
    given = [left] * len(masks)
    for one in order:
        given[one] = masks[one] & left
        left = left & ~masks[one]
    return given


def colour_categories(
    view: MapView,
    titles: PointColumns,
    catalogue: Catalogue,
    projection: EmbeddingMap,
    names: Sequence[str],
    look: ChartTheme,
) -> list[ColourCategory]:
    """Return the categories of a view, and grey for the titles that are in none.

    Args:
        view: coloured by cluster, genre or type.
        titles: the titles.
        catalogue: for the names of types and genres.
        projection: for the clusters.
        names: of the clusters.
        look: the colours.
    """
    if view.colour == "Cluster":
        masks = [projection.cluster == number for number in range(len(names))]
        middles = np.array([projection.flat.points[mask].mean(axis=0) for mask in masks])
        own = [look.categories[c] for c in assign_colours(middles, len(look.categories))]
        found = [ColourCategory(*one) for one in zip(names, own, masks, strict=True)]
    elif view.colour == "Genre":
        columns = [catalogue.genre_names.index(name) for name in view.genres]
        masks = _first([titles.tags[:, column] for column in columns])
        found = [
            ColourCategory(*one) for one in zip(view.genres, look.categories, masks, strict=False)
        ]
    else:
        found = [
            ColourCategory(name, colour, titles.type_code == code)
            for code, (name, colour) in enumerate(
                zip(catalogue.type_names, look.categories, strict=False)
            )
        ]
    rest = (
        ~np.any([one.members for one in found], axis=0) if found else np.ones_like(titles.visible)
    )
    found = [ColourCategory(one.name, one.colour, one.members & titles.visible) for one in found]
    found.insert(0, ColourCategory("Everything else", look.rest, rest & titles.visible))
    return [one for one in found if one.members.any()]


def colour_scale(
    view: MapView, titles: PointColumns, kept: Float32[np.ndarray, " items"]
) -> ColourScale:
    """Return the numbers of a view that is coloured by an amount.

    Args:
        view: coloured by an amount.
        titles: the titles.
        kept: share of its true neighbours that the picture kept of each.
    """
    if view.colour == "Year":
        years = np.maximum(np.where(titles.year > 0, titles.year, np.nan), YEARS_FROM)
        ticks = tuple(float(y) for y in range(YEARS_FROM, 2030, 10))
        texts = (f"≤ {YEARS_FROM}", *(f"{y:.0f}" for y in ticks[1:]))
        return ColourScale(years.astype(np.float32), ticks, texts)
    if view.colour == "Score":
        return ColourScale(titles.score, (5, 6, 7, 8, 9), ("5", "6", "7", "8", "9"))
    if view.colour == "Neighbours kept":
        shares = (0.0, 0.2, 0.4, 0.6, 0.8)
        return ColourScale(kept, shares, tuple(f"{s:.0%}" for s in shares))
    counts = titles.members if view.colour == "Members" else titles.likes
    values = np.log10(np.where(counts > 0, counts, np.nan)).astype(np.float32)
    powers = range(7)
    texts = ("1", "10", "100", "1 k", "10 k", "100 k", "1 M")
    return ColourScale(values, tuple(float(p) for p in powers), texts)
