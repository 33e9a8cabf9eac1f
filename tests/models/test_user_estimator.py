"""The estimator of people is the best linear one: exact against least squares over all draws."""

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
    people = rng.normal([2.0, 0.0, 1.0], size=(users, d)).astype(np.float32)
    return likes, embeddings, people


def every_draw(likes, embeddings, people, n):
    """All sums of n likes of each person, the person's embedding, and the weight of each."""
    sums, targets, weights = [], [], []
    for user in range(len(likes.users)):
        mine = embeddings[likes.columns[likes.user_slice(user)]].astype(np.float64)
        draws = list(product(range(len(mine)), repeat=n))
        for draw in draws:
            sums.append(mine[list(draw)].sum(axis=0))
            targets.append(people[user])
            weights.append(len(mine) ** 0.5 / len(draws))
    return np.array(sums), np.array(targets), np.array(weights)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_it_is_least_squares_over_every_possible_draw_of_likes(random_interactions, n):
    likes, embeddings, people = trained(random_interactions)
    estimator = UserEmbeddingEstimator.of(embeddings, people, likes, ridge=0.0)
    sums, targets, weights = every_draw(likes, embeddings, people, n)
    design = np.column_stack([np.ones(len(sums)), sums]) * np.sqrt(weights)[:, None]
    coefficients = np.linalg.lstsq(design, targets * np.sqrt(weights)[:, None], rcond=None)[0]
    expected = np.column_stack([np.ones(len(sums)), sums]) @ coefficients
    got = estimator.estimate(
        (sums - n * estimator.mean_liked_item).astype(np.float32),
        np.full((len(sums), 1), n, np.float32),
    )
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-4)


def test_of_whom_nothing_is_known_is_the_average_person(random_interactions):
    likes, embeddings, people = trained(random_interactions)
    estimator = UserEmbeddingEstimator.of(embeddings, people, likes)
    weights = np.sqrt(likes.user_degrees)
    average = weights @ people / weights.sum()
    np.testing.assert_allclose(estimator.estimate(np.zeros(3, np.float32), 0), average, rtol=1e-5)


def test_people_who_are_a_linear_function_of_their_likes_are_found_in_the_limit(
    random_interactions,
):
    likes, embeddings, _ = trained(random_interactions, users=40, items=12)
    rng = np.random.default_rng(1)
    means = np.stack(
        [embeddings[likes.columns[likes.user_slice(u)]].mean(axis=0) for u in range(40)]
    )
    people = (means @ rng.normal(size=(3, 3)) + rng.normal(size=3)).astype(np.float32)
    estimator = UserEmbeddingEstimator.of(embeddings, people, likes)
    many = 1_000_000
    total = (many * (means - estimator.mean_liked_item)).astype(np.float32)
    found = estimator.estimate(total, np.full((40, 1), many, np.float32))
    np.testing.assert_allclose(found, people, rtol=0, atol=2e-3)


def test_what_is_asked_of_a_rating_is_what_the_estimate_answers(random_interactions):
    likes, embeddings, people = trained(random_interactions)
    estimator = UserEmbeddingEstimator.of(embeddings, people, likes)
    parts = (embeddings[:4] * 0.7 - estimator.mean_liked_item).astype(np.float32)
    whole = estimator.estimate(parts.sum(axis=0), 4) - estimator.mean_user
    shares = estimator.item_response(embeddings, 4) @ parts.T
    np.testing.assert_allclose(shares.sum(axis=1), embeddings @ whole, rtol=1e-4, atol=1e-5)


def test_a_model_in_which_all_is_alike_estimates_the_average(random_interactions):
    likes, _, _ = trained(random_interactions)
    flat = np.ones((6, 3), dtype=np.float32)
    fitted = UserEmbeddingEstimator.of(flat, np.ones((7, 3), np.float32), likes)
    for estimator in (
        fitted,
        UserEmbeddingEstimator.of_arrays(fitted.arrays(np.dtype(np.float16)), 3),
    ):
        told = np.full(3, 0.25, np.float32)
        assert np.isfinite(estimator.estimate(told, 5)).all()
        np.testing.assert_allclose(estimator.estimate(0 * told, 5), np.ones(3))


def test_people_without_likes_count_for_nothing(random_interactions):
    likes, embeddings, people = trained(random_interactions)
    among = UserEmbeddingEstimator.of(embeddings, people, likes)
    more = likes.with_users(np.arange(7) < 7)
    alone = UserEmbeddingEstimator.of(embeddings, np.vstack([people, 100 * np.ones((1, 3), np.float32)]),
                         _and_nobody(more))  # fmt: skip
    np.testing.assert_allclose(alone.mean_user, among.mean_user, rtol=1e-6)
    np.testing.assert_allclose(alone.eigenvalues, among.eigenvalues, rtol=1e-5)


def _and_nobody(likes):
    return Interactions.from_rows(
        IdMap([*likes.users.ids.tolist(), 999]), likes.items, likes.rows, likes.columns, None
    )
