"""Baselines against dense mathematics, and Popularity beaten where taste exists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.evaluation.ranking import rank_items, top_k
from recsys.models.als import ALS
from recsys.models.bpr_mf import BPRMF
from recsys.models.ease import EASE, MOST_ITEMS, gram_matrix
from recsys.models.item_knn import ItemKNN, item_cosines
from recsys.models.popularity import Popularity

seeds = st.integers(0, 10**6)


def table(seed, users=14, items=9, density=0.4):
    mask = np.random.default_rng(seed).random((users, items)) < density
    rows, columns = np.nonzero(mask)
    made = Interactions.from_rows(IdMap(np.arange(users)), IdMap(np.arange(items)), rows, columns)
    return made, mask.astype(float)


@given(seeds, st.integers(1, 9))
def test_item_knn_is_the_dense_cosine_with_the_others_cut(seed, neighbours):
    likes, x = table(seed)
    norms = np.sqrt(np.maximum(x.sum(axis=0), 1))
    cosines = (x / norms).T @ (x / norms)
    np.fill_diagonal(cosines, 0)
    found = item_cosines(likes, neighbours)
    kept = found.toarray()
    largest = -np.sort(-cosines, axis=1)
    largest[:, neighbours:] = 0
    np.testing.assert_allclose(-np.sort(-kept, axis=1), largest, atol=1e-6)
    np.testing.assert_allclose(kept, np.where(kept > 0, cosines, 0), atol=1e-6)
    for way, weights in (("row", kept), ("column", kept.T)):
        np.testing.assert_allclose(ItemKNN(found, way).score(likes), x @ weights, atol=1e-5)


@given(seeds, st.sampled_from([1.0, 10.0, 100.0]))
def test_ease_is_each_items_ridge_regression_on_all_others(seed, weight):
    likes, x = table(seed)
    weights = EASE(gram_matrix(likes), weight).weights
    assert (np.diag(weights) == 0).all()
    for item in range(9):
        others = np.delete(np.arange(9), item)
        a = x[:, others]
        ridge = np.linalg.solve(a.T @ a + weight * np.eye(8), a.T @ x[:, item])
        np.testing.assert_allclose(weights[others, item], ridge, atol=1e-5)


def test_ease_gives_its_reason_above_the_limit_without_allocating():
    items = IdMap(np.arange(MOST_ITEMS + 1))
    likes = Interactions.from_rows(IdMap([0]), items, np.array([0]), np.array([5]))
    with pytest.raises(DataError, match=r"20,001 items"):
        gram_matrix(likes)


def test_als_solves_a_new_persons_least_squares():
    likes, _ = table(3, users=40, items=12)
    method = ALS(likes, factors=4, regularization=0.5, alpha=2.0, iterations=5)
    given, told = table(4, users=5, items=12)
    y = method.model.item_factors.astype(np.float64)
    for person, row in enumerate(method.score(given)):
        liked = y[told[person] > 0]
        # a liked item weighs α against 1 for all: Σ_j y yᵀ + Σ_liked (α − 1) y yᵀ + λ I
        left = y.T @ y + (2.0 - 1) * liked.T @ liked + 0.5 * np.eye(4)
        expected = y @ np.linalg.solve(left, 2.0 * liked.sum(axis=0))
        np.testing.assert_allclose(row, expected, rtol=1e-2, atol=1e-3)


def test_a_new_person_of_bpr_is_the_mean_of_their_likes_at_the_usual_length():
    likes, _ = table(5, users=40, items=12)
    method = BPRMF(likes, factors=4, iterations=3)
    given, told = table(6, users=5, items=12)
    given, told = given.with_users(given.user_degrees > 0), told[told.sum(axis=1) > 0]
    for row, liked in zip(method.score(given), told, strict=True):
        mean = method.items[liked > 0].mean(axis=0)
        vector = mean / np.linalg.norm(mean) * method.length
        np.testing.assert_allclose(row, method.items @ vector + method.bias, rtol=1e-4, atol=1e-5)


@given(seeds, st.integers(1, 12))
def test_top_k_is_a_plain_sort_without_the_excluded(seed, k):
    rng = np.random.default_rng(seed)
    exclude, mask = table(seed, users=4, items=10)
    scores = rng.integers(-3, 3, (4, 10)).astype(np.float32)
    scores[0, :5] = -np.inf
    top = top_k(scores, exclude, k)
    for person in range(4):
        allowed = [i for i in range(10) if not mask[person, i]]
        expected = sorted(allowed, key=lambda i: (-scores[person, i], i))[:k]
        assert [i for i in top[person].tolist() if i >= 0] == expected
    assert top.shape == (4, min(k, 10))


def test_where_taste_exists_every_method_beats_popularity():
    rng = np.random.default_rng(0)
    taste = np.arange(120) % 2
    x = rng.random((120, 40)) < np.where((np.arange(40) < 20) == taste[:, None], 0.5, 0.05)
    rows, columns = np.nonzero(x)
    likes = Interactions.from_rows(IdMap(np.arange(120)), IdMap(np.arange(40)), rows, columns)
    given_ = likes.where(np.random.default_rng(1).random(len(likes)) < 0.3)
    own = {
        method.name: np.mean((rank_items(method, given_, 10) < 20) == (taste[:, None] == 1))
        for method in (
            Popularity(likes), ItemKNN(item_cosines(likes, 15), "row"), EASE(gram_matrix(likes), 10),
            ALS(likes, factors=4), BPRMF(likes, factors=4),
        )
    }  # fmt: skip
    for name in ("item_knn", "ease", "als", "bpr_mf"):
        assert own[name] > own["popularity"] + 0.2, name
