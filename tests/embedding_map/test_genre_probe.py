"""Genre probe: genres predicted from embeddings, against known answers."""

import numpy as np
import pytest

from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.embedding_map.genre_probe import MIN_TITLES, genre_f1, genre_table, majority_f1
from recsys.models.nearest_neighbors import unit_vectors
from recsys.paths import catalogue_path


def test_genres_are_predicted_from_an_embedding_that_encodes_them_and_not_from_noise():
    rng = np.random.default_rng(0)
    bears = rng.random((900, 3)) < 0.4
    telling = np.where(bears, 1.0, -1.0) + 0.1 * rng.normal(size=(900, 3))
    assert genre_f1(unit_vectors(telling.astype(np.float32)), bears, 0) > 0.97
    silent = unit_vectors(rng.normal(size=(900, 8)).astype(np.float32))
    assert genre_f1(silent, bears, 0) < 0.4


def test_the_baselines_of_the_genre_probe_equal_a_computation_by_hand():
    bears = np.zeros((10, 2), dtype=bool)
    bears[:6, 0] = True  # most are: saying so to all has precision .6, recall 1
    bears[:2, 1] = True  # most are not
    majority, always = majority_f1(bears)
    assert majority == pytest.approx((2 * 0.6 / 1.6 + 0) / 2, abs=1e-4)
    assert always == pytest.approx((2 * 0.6 / 1.6 + 2 * 0.2 / 1.2) / 2, abs=1e-4)


def test_the_probe_takes_frequent_genres_and_titles_with_a_genre_only():
    catalogue = Catalogue.load(catalogue_path())
    anime = IdMap([*catalogue.ids.ids[:3000].tolist(), 9_999_999])
    known, bears = genre_table(catalogue, anime)
    assert not known[-1]
    assert known.sum() == len(bears)
    assert (bears.sum(axis=0) >= MIN_TITLES).all()
    assert genre_table(catalogue, IdMap([9_999_999]))[1].shape == (0, 0)
