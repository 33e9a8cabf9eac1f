"""User estimator: equal to weighted least squares over all draws of likes."""

from itertools import product

import numpy as np
import pytest

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.models.user_estimator import UserEmbeddingEstimator


def trained(random_interactions, users=7, items=6, d=3, seed=0):
    likes = random_interactions(users=users, items=items, density=0.4, seed=seed)
    rng = np.random.default_rng(seed)
    embeddings = rng.normal([0.5, -1.0, 0.0], size=(items, d)).astype(np.float32)
    users = rng.normal([2.0, 0.0, 1.0], size=(users, d)).astype(np.float32)
    return likes, embeddings, users


def all_draws(likes, embeddings, users, n):
    """Return the sums of all draws of n likes of each user, their embedding, and the weights."""
    sums, targets, weights = [], [], []
    for user in range(len(likes.users)):
        liked = embeddings[likes.columns[likes.user_slice(user)]].astype(np.float64)
        draws = list(product(range(len(liked)), repeat=n))
        for draw in draws:
            sums.append(liked[list(draw)].sum(axis=0))
            targets.append(users[user])
            weights.append(len(liked) ** 0.5 / len(draws))
    return np.array(sums), np.array(targets), np.array(weights)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_estimate_is_least_squares_over_all_draws_of_likes(random_interactions, n):
    likes, embeddings, users = trained(random_interactions)
    estimator = UserEmbeddingEstimator.fit(embeddings, users, likes, ridge=0.0)
    sums, targets, weights = all_draws(likes, embeddings, users, n)
    design = np.column_stack([np.ones(len(sums)), sums]) * np.sqrt(weights)[:, None]
    coefficients = np.linalg.lstsq(design, targets * np.sqrt(weights)[:, None], rcond=None)[0]
    expected = np.column_stack([np.ones(len(sums)), sums]) @ coefficients
    estimate = estimator.estimate(
        (sums - n * estimator.mean_liked_item).astype(np.float32),
        np.full((len(sums), 1), n, np.float32),
    )
    np.testing.assert_allclose(estimate, expected, rtol=0, atol=2e-4)


def test_a_user_without_ratings_gets_the_mean_user(random_interactions):
    likes, embeddings, users = trained(random_interactions)
    estimator = UserEmbeddingEstimator.fit(embeddings, users, likes)
    weights = np.sqrt(likes.user_degrees)
    average = weights @ users / weights.sum()
    np.testing.assert_allclose(estimator.estimate(np.zeros(3, np.float32), 0), average, rtol=1e-5)


def test_users_that_are_a_linear_function_of_their_likes_are_recovered_in_the_limit(
    random_interactions,
):
    likes, embeddings, _ = trained(random_interactions, users=40, items=12)
    rng = np.random.default_rng(1)
    means = np.stack(
        [embeddings[likes.columns[likes.user_slice(u)]].mean(axis=0) for u in range(40)]
    )
    users = (means @ rng.normal(size=(3, 3)) + rng.normal(size=3)).astype(np.float32)
    estimator = UserEmbeddingEstimator.fit(embeddings, users, likes)
    many = 1_000_000
    total = (many * (means - estimator.mean_liked_item)).astype(np.float32)
    estimate = estimator.estimate(total, np.full((40, 1), many, np.float32))
    np.testing.assert_allclose(estimate, users, rtol=0, atol=2e-3)


def test_the_item_response_splits_a_score_into_contributions(random_interactions):
    likes, embeddings, users = trained(random_interactions)
    estimator = UserEmbeddingEstimator.fit(embeddings, users, likes)
    parts = (embeddings[:4] * 0.7 - estimator.mean_liked_item).astype(np.float32)
    estimate = estimator.estimate(parts.sum(axis=0), 4) - estimator.mean_user
    contributions = estimator.item_response(embeddings, 4) @ parts.T
    np.testing.assert_allclose(
        contributions.sum(axis=1), embeddings @ estimate, rtol=1e-4, atol=1e-5
    )


def test_a_model_with_equal_embeddings_estimates_the_mean_user(random_interactions):
    likes, _, _ = trained(random_interactions)
    flat = np.ones((6, 3), dtype=np.float32)
    fitted = UserEmbeddingEstimator.fit(flat, np.ones((7, 3), np.float32), likes)
    for estimator in (
        fitted,
        UserEmbeddingEstimator.from_arrays(fitted.to_arrays(np.dtype(np.float16)), 3),
    ):
        total = np.full(3, 0.25, np.float32)
        assert np.isfinite(estimator.estimate(total, 5)).all()
        np.testing.assert_allclose(estimator.estimate(0 * total, 5), np.ones(3))


def test_users_without_likes_have_no_weight(random_interactions):
    likes, embeddings, users = trained(random_interactions)
    expected = UserEmbeddingEstimator.fit(embeddings, users, likes)
    estimator = UserEmbeddingEstimator.fit(
        embeddings,
        np.vstack([users, 100 * np.ones((1, 3), np.float32)]),
        with_empty_user(likes),
    )
    np.testing.assert_allclose(estimator.mean_user, expected.mean_user, rtol=1e-6)
    np.testing.assert_allclose(estimator.eigenvalues, expected.eigenvalues, rtol=1e-5)


def with_empty_user(likes):
    return Interactions.from_rows(
        IdMap([*likes.users.ids.tolist(), 999]), likes.items, likes.rows, likes.columns, None
    )
