"""Point columns: the facts about each title of the map, in the rows of the model."""

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
    """Facts about each item of the model.

    Attributes:
        ids: anime ids.
        names: titles, not escaped.
        hover: text of the hover label, escaped for HTML.
        year, score, members, type_code: as in the catalogue.
        likes: degree of the item in the training graph.
        tags: genres, themes and demographics, in the columns of the catalogue.
        visible: whether the catalogue covers the item and it may be shown.
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
    """Return the facts about the items of a model.

    Args:
        recommender: the model with its catalogue.
        adult: adult titles are visible too.
    """
    catalogue, rows = recommender.catalogue, recommender.catalogue_rows
    year, types = catalogue.year[rows], catalogue.type_code[rows]
    names = catalogue.facts["title"].gather(np.maximum(rows, 0)).to_list()
    type_names = [*catalogue.type_names, ""]
    hover = []
    for name, year_, code in zip(names, year.tolist(), types.tolist(), strict=True):
        facts = filter(None, (str(year_) if year_ else "", escape(type_names[code])))
        hover.append(f"<b>{escape(name)}</b><br>{' · '.join(facts)}")
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
