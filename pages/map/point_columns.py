"""The titles of the map as columns, in the rows of the model."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int16, Int64

from recsys.serving.fold_in import to_numpy
from recsys.serving.recommender import Recommender

__all__ = ["PointColumns", "point_columns"]


@dataclass(frozen=True, slots=True, eq=False)
class PointColumns:
    """What the map knows of each item of the model.

    Attributes:
        ids: anime ids.
        names: titles, as they are.
        hover: what is said on hovering, escaped.
        year, score, members, type_code: as in the catalogue.
        likes: d_j of the training graph.
        tags: genres, themes and demographics, in the columns of the catalogue.
        visible: known to the catalogue, and fit to show.
    """

    ids: Int64[np.ndarray, " items"]
    names: list[str]
    hover: list[str]
    year: Int16[np.ndarray, " items"]
    score: Float32[np.ndarray, " items"]
    members: Int64[np.ndarray, " items"]
    type_code: Int8[np.ndarray, " items"]
    likes: Float32[np.ndarray, " items"]
    tags: Bool[np.ndarray, "items tags"]
    visible: Bool[np.ndarray, " items"]


def point_columns(recommender: Recommender, *, adult: bool) -> PointColumns:
    """Return the titles of a model.

    Args:
        recommender: the model with its catalogue.
        adult: adult titles are visible too.
    """
    catalogue, rows = recommender.catalogue, recommender.catalogue_rows
    year, types = catalogue.year[rows], catalogue.type_code[rows]
    names = catalogue.facts["title"].gather(np.maximum(rows, 0)).to_list()
    kinds = [*catalogue.type_names, ""]
    hover = [
        f"<b>{escape(name)}</b><br>{' · '.join(filter(None, (str(y) if y else '', kinds[kind])))}"
        for name, y, kind in zip(names, year.tolist(), types.tolist(), strict=True)
    ]
    return PointColumns(
        ids=recommender.items.ids,
        names=names,
        hover=hover,
        year=year,
        score=catalogue.score[rows],
        members=catalogue.members[rows],
        type_code=types,
        likes=np.exp(to_numpy(recommender.item_factors.log_degrees)),
        tags=catalogue.genre_mask[rows],
        visible=recommender.showable & (adult | ~catalogue.is_adult[rows]),
    )
