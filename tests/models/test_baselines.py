"""Baselines: their scores equal the dense formulas, and they beat Popularity where taste exists."""

import copy
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.evaluation.top_k import top_k, top_k_items
from recsys.models.als import ALS
from recsys.models.baselines import BASELINES, cheaply_tuned_baselines, quick_baselines
from recsys.models.bpr_mf import BPRMF
from recsys.models.ease import EASE
from recsys.models.item_knn import ItemKNN
from recsys.models.item_statistics import (
    MAX_GRAM_ITEMS,
    ItemStatistics,
    gram_matrix,
    item_cosines,
)
from recsys.models.popularity import Popularity
from recsys.models.protocol import Model, SupportsFoldIn

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
    kept = item_cosines(likes, neighbours).toarray()
    largest = -np.sort(-cosines, axis=1)
    largest[:, neighbours:] = 0
    np.testing.assert_allclose(-np.sort(-kept, axis=1), largest, atol=1e-6)
    np.testing.assert_allclose(kept, np.where(kept > 0, cosines, 0), atol=1e-6)
    for keep, weights in (("row", kept), ("column", kept.T)):
        model = ItemKNN(neighbors=neighbours, keep=keep).fit(likes)
        np.testing.assert_allclose(model.score(likes), x @ weights, atol=1e-5)


@given(seeds, st.sampled_from([1.0, 10.0, 100.0]))
def test_ease_is_each_items_ridge_regression_on_all_others(seed, weight):
    likes, x = table(seed)
    weights = EASE(regularization=weight).fit(likes).coefficients
    assert (np.diag(weights) == 0).all()
    for item in range(9):
        others = np.delete(np.arange(9), item)
        a = x[:, others]
        ridge = np.linalg.solve(a.T @ a + weight * np.eye(8), a.T @ x[:, item])
        np.testing.assert_allclose(weights[others, item], ridge, atol=1e-5)


def test_ease_gives_its_reason_above_the_limit_without_allocating():
    items = IdMap(np.arange(MAX_GRAM_ITEMS + 1))
    likes = Interactions.from_rows(IdMap([0]), items, np.array([0]), np.array([5]))
    with pytest.raises(DataError, match=r"20,001 items"):
        gram_matrix(likes)


def test_als_solves_a_new_persons_least_squares():
    likes, _ = table(3, users=40, items=12)
    method = ALS(factors=4, regularization=0.5, alpha=2.0, iterations=5).fit(likes)
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
    method = BPRMF(factors=4, iterations=3).fit(likes)
    given, told = table(6, users=5, items=12)
    given, told = given.with_users(given.user_degrees > 0), told[told.sum(axis=1) > 0]
    for row, liked in zip(method.score(given), told, strict=True):
        mean = method.item_factors[liked > 0].mean(axis=0)
        vector = mean / np.linalg.norm(mean) * method.mean_user_norm
        expected = method.item_factors @ vector + method.item_bias
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-5)


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
    histories = likes.where(np.random.default_rng(1).random(len(likes)) < 0.3)
    own = {
        method.name: np.mean((top_k_items(method, histories, 10) < 20) == (taste[:, None] == 1))
        for method in (
            model.fit(likes)
            for model in (
                Popularity(), ItemKNN(neighbors=15), EASE(regularization=10), ALS(factors=4),
                BPRMF(factors=4),
            )
        )
    }  # fmt: skip
    for name in ("item_knn", "ease", "als", "bpr_mf"):
        assert own[name] > own["popularity"] + 0.2, name


WEIGHTS = (-0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.9, 1.0, 1.1, 1.2)


def rated_table(seed, users=14, items=9):
    """Return a table of ratings 1 to 10 and the same as a dense matrix, 0 where not rated."""
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((users, items)) < 0.5, rng.integers(1, 11, (users, items)), 0)
    rows, columns = np.nonzero(dense)
    made = Interactions.from_rows(
        IdMap(np.arange(users)), IdMap(np.arange(items)), rows, columns, dense[rows, columns]
    )
    return made, dense


def weighted(dense):
    return np.where(dense > 0, np.array([0.0, *WEIGHTS])[dense], 0)


@given(seeds)
def test_histories_count_likes_alone_or_weigh_every_rating(seed):
    ratings, dense = rated_table(seed)
    model = EASE(regularization=5.0).fit(ratings)
    assert np.allclose(model.score(ratings), (dense >= 7) @ model.coefficients, atol=1e-5)
    by_rating = model.with_weights(WEIGHTS)
    assert np.allclose(by_rating.score(ratings), weighted(dense) @ model.coefficients, atol=1e-5)
    assert model.weights is None  # the fitted model itself is unchanged
    neighbours = ItemKNN(neighbors=4, weights=WEIGHTS).fit(ratings)
    expected = weighted(dense) @ neighbours.similarity.toarray()
    assert np.allclose(neighbours.score(ratings), expected, atol=1e-5)


def test_als_counts_a_dislike_as_confidence_in_no_preference():
    """The weighted least squares of Hu et al., with preference 0 where a weight is below zero."""
    training, _ = rated_table(3, users=40, items=12)
    options = {"factors": 4, "regularization": 0.5, "alpha": 2.0, "iterations": 5}
    model = ALS(**options, weights=WEIGHTS).fit(training)
    histories, dense = rated_table(4, users=6, items=12)
    y = model.model.item_factors.astype(np.float64)
    for row, user in zip(model.score(histories), weighted(dense), strict=True):
        rated = user != 0
        confidence = 2.0 * np.abs(user[rated])
        left = y.T @ y + (y[rated] * (confidence - 1)[:, None]).T @ y[rated] + 0.5 * np.eye(4)
        right = (confidence * (user[rated] > 0)) @ y[rated]
        np.testing.assert_allclose(row, y @ np.linalg.solve(left, right), rtol=1e-2, atol=2e-3)


def test_every_baseline_follows_the_protocol_and_scores_other_columns():
    """A new baseline is one file and one line in the registry; this test covers it too."""
    ratings, _ = rated_table(5, users=60, items=14)
    other = IdMap([13, 99, 0, 1])
    for name, baseline in BASELINES.items():
        model = baseline()
        assert isinstance(model, Model)
        assert model.fit(ratings) is model
        assert model.name == name
        scores = model.score(ratings)
        assert scores.shape == (60, 14)
        assert np.isfinite(scores).all()
        elsewhere = model.score(ratings.with_items(other))
        assert np.isneginf(elsewhere[:, 1]).all()
        alike = model.score(ratings.with_items(ratings.items.take(np.array([0, 1, 13]))))
        assert np.isneginf(alike).sum() == 0
        if isinstance(model, SupportsFoldIn):
            assert model.fold_in(ratings).shape[0] == 60
        assert model.label


def test_the_models_that_take_minutes_are_not_quick():
    assert {"popularity", "item_knn", "ease"} <= set(quick_baselines())
    assert not {"als", "bpr_mf", "fastrp"} & set(quick_baselines())
    assert set(cheaply_tuned_baselines()) <= set(quick_baselines())
    assert "item_knn" in cheaply_tuned_baselines()
    assert "ease" not in cheaply_tuned_baselines()  # another λ is another inversion


def test_shared_statistics_change_no_score():
    ratings, _ = rated_table(6, users=30, items=10)
    statistics = ItemStatistics(ratings.likes())
    for model in (EASE(regularization=3.0), ItemKNN(neighbors=4, keep="column"), Popularity()):
        shared = copy.copy(model)
        np.testing.assert_array_equal(
            model.fit(ratings).score(ratings), shared.fit(ratings, statistics).score(ratings)
        )


def test_a_missing_library_leaves_the_baseline_out_and_says_so(monkeypatch):
    ratings, _ = rated_table(7)
    for name in ("implicit.als", "implicit.bpr"):
        monkeypatch.setitem(sys.modules, name, None)
    for model in (ALS(), BPRMF()):
        with pytest.raises(DataError, match="needs the package implicit"):
            model.fit(ratings)
