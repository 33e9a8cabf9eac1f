"""Genre from embedding: does a title's place say its genres, though no genre was learned from?"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from recsys.data.catalogue import Catalogue
from recsys.data.genres import GENRES
from recsys.data.ids import IdMap

__all__ = ["FEWEST_TITLES", "genre_f1", "genre_table", "majority_f1"]

FEWEST_TITLES = 100  # of a genre, and of those without it
FOLDS, PULL = 3, 0.1


def genre_table(
    catalogue: Catalogue, anime: IdMap
) -> tuple[Bool[np.ndarray, " items"], Bool[np.ndarray, "titles genres"]]:
    """Return which items have a known genre, and which of the frequent genres those bear."""
    rows = catalogue.ids.find(anime.ids)
    places = [catalogue.genre_names.index(one) for one in GENRES if one in catalogue.genre_names]
    bears = catalogue.genre_mask[rows][:, places] & (rows >= 0)[:, None]
    known = bears.any(axis=1)
    bears = bears[known]
    count = bears.sum(axis=0)
    frequent = (count >= FEWEST_TITLES) & (count <= len(bears) - FEWEST_TITLES)
    return known, bears[:, frequent]


def genre_f1(
    unit: Float32[np.ndarray, "titles d"], bears: Bool[np.ndarray, "titles genres"], seed: int
) -> float:
    """Return the macro-F1 of telling each genre from frozen embeddings by logistic regression.

    One classifier a genre, each title judged by those that did not see it (3-fold), F1 averaged
    over genres: node classification with the embedding as the only feature.

    Args:
        unit: directions of the titles, scaled here so that a number's spread is 1 in the mean.
        bears: the genres of each.
        seed: of the folds.

    Source: Perozzi et al., KDD 2014 (the task, on DeepWalk).
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - maps are read without it
    from sklearn.model_selection import KFold  # noqa: PLC0415 - as above

    features = unit * np.float32(np.sqrt(unit.shape[1]))
    told = np.zeros_like(bears)
    for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(features):
        for genre in range(bears.shape[1]):
            model = LogisticRegression(C=PULL, max_iter=300)
            model.fit(features[train], bears[train, genre])
            told[test, genre] = model.predict(features[test])
    return _f1(bears, told)


def majority_f1(bears: Bool[np.ndarray, "titles genres"]) -> tuple[float, float]:
    """Return the macro-F1 of saying what most titles are, and of saying yes to every genre."""
    most = np.tile(bears.mean(axis=0) > 0.5, (len(bears), 1))
    return _f1(bears, most), _f1(bears, np.ones_like(bears))


def _f1(true: Bool[np.ndarray, "titles genres"], told: Bool[np.ndarray, "titles genres"]) -> float:
    from sklearn.metrics import f1_score  # noqa: PLC0415 - as above

    return round(float(f1_score(true, told, average="macro", zero_division=0)), 4)
