"""Genre probe: how well genres, which no training used, can be predicted from embeddings."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from recsys.data.catalogue import Catalogue
from recsys.data.genres import GENRES
from recsys.data.ids import IdMap

__all__ = ["MIN_TITLES", "genre_f1", "genre_table", "majority_f1"]

MIN_TITLES = 100  # with a genre, and without it
FOLDS = 3  # of the cross-validation
C = 0.1  # inverse strength of the L2 regularisation


def genre_table(
    catalogue: Catalogue, items: IdMap
) -> tuple[Bool[np.ndarray, " items"], Bool[np.ndarray, "titles genres"]]:
    """Return which items have a known genre, and which of the frequent genres each of those has."""
    rows = catalogue.ids.find(items.ids)
    columns = [
        catalogue.genre_names.index(name) for name in GENRES if name in catalogue.genre_names
    ]
    has_genre = catalogue.genre_mask[rows][:, columns] & (rows >= 0)[:, None]
    known = has_genre.any(axis=1)
    has_genre = has_genre[known]
    count = has_genre.sum(axis=0)
    frequent = (count >= MIN_TITLES) & (count <= len(has_genre) - MIN_TITLES)
    return known, has_genre[:, frequent]


def genre_f1(
    unit: Float32[np.ndarray, "titles d"], has_genre: Bool[np.ndarray, "titles genres"], seed: int
) -> float:
    """Return the macro-F1 of predicting genres from frozen embeddings by logistic regression.

    One classifier a genre; each title is predicted by the classifiers that were not fitted on it
    (3-fold cross-validation), and F1 is averaged over genres. This is node classification with the
    embedding as the only feature.

    Args:
        unit: unit vectors of the titles; they are scaled so that the features have a mean square
            of 1.
        has_genre: the genres of each title.
        seed: of the folds.

    Source: Perozzi et al., KDD 2014 (the task, on DeepWalk).
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - maps are read without it
    from sklearn.model_selection import KFold  # noqa: PLC0415 - as above

    features = unit * np.float32(np.sqrt(unit.shape[1]))
    predicted = np.zeros_like(has_genre)
    for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(features):
        for genre in range(has_genre.shape[1]):
            model = LogisticRegression(C=C, max_iter=300)
            model.fit(features[train], has_genre[train, genre])
            predicted[test, genre] = model.predict(features[test])
    return _macro_f1(has_genre, predicted)


def majority_f1(has_genre: Bool[np.ndarray, "titles genres"]) -> tuple[float, float]:
    """Return the macro-F1 of always predicting the majority, and of always predicting yes."""
    majority = np.tile(has_genre.mean(axis=0) > 0.5, (len(has_genre), 1))
    return _macro_f1(has_genre, majority), _macro_f1(has_genre, np.ones_like(has_genre))


def _macro_f1(
    true: Bool[np.ndarray, "titles genres"], predicted: Bool[np.ndarray, "titles genres"]
) -> float:
    from sklearn.metrics import f1_score  # noqa: PLC0415 - as above

    return round(float(f1_score(true, predicted, average="macro", zero_division=0)), 4)
