"""Point colours: categories with a legend, or quantities with a colour scale."""

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

FIRST_YEAR = 1985  # earlier years share a colour; else few titles would take half of the scale


@dataclass(frozen=True, slots=True, eq=False)
class ColourCategory:
    """Titles of one colour.

    Attributes:
        name: entry of the legend.
        colour: as ``#RRGGBB``.
        members: the items in it.
    """

    name: str
    colour: str
    members: Bool[np.ndarray, " items"]


@dataclass(frozen=True, slots=True, eq=False)
class ColourScale:
    """A quantity of each title.

    Attributes:
        values: NaN where unknown.
        tick_values, tick_texts: labels of the scale.
    """

    values: Float32[np.ndarray, " items"]
    tick_values: tuple[float, ...]
    tick_texts: tuple[str, ...]


def assign_colours(
    centres: Shaped[np.ndarray, "groups two"], colours: int
) -> Shaped[np.ndarray, " groups"]:
    """Assign few colours to many groups so that groups of one colour lie far apart.

    Greedy: each group takes the colour whose nearest group so far is farthest away.

    Args:
        centres: coordinates of the groups.
        colours: number of colours.

    Returns:
        The number of each group's colour.
    """
    chosen = np.zeros(len(centres), dtype=np.int64)
    for group in range(len(centres)):
        nearest = np.full(colours, np.inf)
        for other in range(group):
            distance = float(np.linalg.norm(centres[group] - centres[other]))
            nearest[chosen[other]] = min(nearest[chosen[other]], distance)
        chosen[group] = int(nearest.argmax())
    return chosen


def _rarest_genre(masks: Sequence[Bool[np.ndarray, " items"]]) -> list[Bool[np.ndarray, " items"]]:
    """Assign a title with several genres to the rarest of them."""
    order = sorted(range(len(masks)), key=lambda genre: int(masks[genre].sum()))
    unassigned = np.ones(len(masks[0]), dtype=np.bool_) if masks else np.zeros(0, dtype=np.bool_)
    assigned = [unassigned] * len(masks)
    for genre in order:
        assigned[genre] = masks[genre] & unassigned
        unassigned = unassigned & ~masks[genre]
    return assigned


def colour_categories(
    view: MapView,
    titles: PointColumns,
    catalogue: Catalogue,
    projection: EmbeddingMap,
    names: Sequence[str],
    theme: ChartTheme,
) -> list[ColourCategory]:
    """Return the categories of a view; titles without a category are grey.

    Args:
        view: coloured by cluster, genre or type.
        titles: facts about the items.
        catalogue: for the names of types and genres.
        projection: for the clusters.
        names: of the clusters.
        theme: colours.

    Returns:
        The categories with at least one visible title, the grey one first.
    """
    labels: Sequence[str]
    colours: Sequence[str] = theme.categories
    if view.colour == "Cluster":
        labels = names
        masks = [projection.cluster == number for number in range(len(names))]
        centres = np.array([projection.umap_2d.points[mask].mean(axis=0) for mask in masks])
        colours = [colours[number] for number in assign_colours(centres, len(colours))]
    elif view.colour == "Genre":
        labels = view.genres
        columns = [catalogue.genre_names.index(name) for name in view.genres]
        masks = _rarest_genre([titles.tags[:, column] for column in columns])
    else:
        labels = catalogue.type_names
        masks = [titles.type_code == code for code in range(len(labels))]
    masks = masks[: len(colours)]
    rest = ~np.any(masks, axis=0) if masks else np.ones_like(titles.visible)
    categories = [ColourCategory("Everything else", theme.rest, rest & titles.visible)]
    categories += [
        ColourCategory(label, colour, mask & titles.visible)
        for label, colour, mask in zip(labels, colours, masks, strict=False)
    ]
    return [category for category in categories if category.members.any()]


def colour_scale(
    view: MapView, titles: PointColumns, preserved: Float32[np.ndarray, " items"]
) -> ColourScale:
    """Return the quantity that colours a view.

    Args:
        view: coloured by a quantity.
        titles: facts about the items.
        preserved: share of its true neighbours that each item keeps in the layout.
    """
    if view.colour == "Year":
        years = np.maximum(np.where(titles.year > 0, titles.year, np.nan), FIRST_YEAR)
        ticks = tuple(float(year) for year in range(FIRST_YEAR, 2030, 10))
        texts = (f"≤ {FIRST_YEAR}", *(f"{year:.0f}" for year in ticks[1:]))
        return ColourScale(years.astype(np.float32), ticks, texts)
    if view.colour == "Score":
        return ColourScale(titles.score, (5, 6, 7, 8, 9), ("5", "6", "7", "8", "9"))
    if view.colour == "Neighbours kept":
        shares = (0.0, 0.2, 0.4, 0.6, 0.8)
        return ColourScale(preserved, shares, tuple(f"{share:.0%}" for share in shares))
    counts = titles.members if view.colour == "Members" else titles.likes
    values = np.log10(np.where(counts > 0, counts, np.nan)).astype(np.float32)
    powers = tuple(float(power) for power in range(7))
    return ColourScale(values, powers, ("1", "10", "100", "1 k", "10 k", "100 k", "1 M"))
