"""Fold-in: the estimated embedding, and contributions that sum to the score."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recsys.config import ModelSettings, ServingSettings, Settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.models.checkpoint import Checkpoint
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.serving.factor_device import factors_on_device
from recsys.serving.fold_in import (
    ItemFactors,
    baseline_contribution,
    fold_in,
    fold_in_users,
    item_contributions,
    item_scores,
)
from tests.estimators import made_estimator

WEIGHTS = (-1.0, -0.8, -0.5, -0.2, 0.0, 0.3, 0.7, 1.0, 1.3, 1.6)
NO_ROWS = np.array([], dtype=np.int64)


def made_checkpoint(items=40, d=8, layers=2, seed=0, estimator=None, **serving):
    rng = np.random.default_rng(seed)
    return Checkpoint(
        IdMap(np.arange(1, items + 1)),
        rng.normal(size=(layers + 1, items, d)).astype(np.float32),
        rng.integers(1, 500, items),
        estimator or made_estimator(d),
        Settings(
            model=ModelSettings(dimension=d, layers=layers), serving=ServingSettings(**serving)
        ),
        {},
    )


def made_item_factors(**given_):
    return ItemFactors.from_checkpoint(made_checkpoint(**given_))


def test_the_score_is_the_equation_in_the_docstring():
    model = made_checkpoint(rating_weights=WEIGHTS)
    item_factors, estimator = ItemFactors.from_checkpoint(model), model.estimator
    rows, ratings = np.array([1, 5, 9]), np.array([8, 10, 3])
    e = model.layers.astype(np.float64).mean(axis=0)
    v, r, spectrum, like, average = (
        getattr(estimator, part.name).astype(np.float64) for part in fields(UserEmbeddingEstimator)
    )
    centred = np.array([1.0, 1.6, -0.5])[:, None] * e[rows] - like
    gain = v @ np.diag(1 / (1 + 2 * spectrum)) @ r
    by_hand = e @ (average + centred.sum(axis=0) @ gain)
    np.testing.assert_allclose(
        item_scores(item_factors, fold_in(item_factors, rows, ratings)), by_hand, rtol=1e-4
    )


@given(st.lists(st.integers(0, 39), unique=True, max_size=15), st.integers(0, 10**6))
def test_contributions_and_baseline_sum_to_the_score(rated, seed):
    rng = np.random.default_rng(seed)
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    rows = np.array(rated, dtype=np.int64)
    user = fold_in(item_factors, rows, rng.integers(1, 11, rows.size))
    shown = rng.integers(0, 40, 6)
    contributions, baseline = (
        item_contributions(item_factors, user, shown),
        baseline_contribution(item_factors, user, shown),
    )
    assert contributions.shape == (6, rows.size)
    scores = item_scores(item_factors, user)[shown]
    np.testing.assert_allclose(contributions.sum(axis=1) + baseline, scores, rtol=1e-3, atol=1e-3)


def test_contributions_are_proportional_to_the_rating_weight():
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    row, shown = np.array([3]), np.arange(40)
    love, hate, neutral = (
        item_contributions(item_factors, fold_in(item_factors, row, np.array([r])), shown)[:, 0]
        for r in (8, 1, 5)
    )
    np.testing.assert_allclose(hate, -love, rtol=1e-5)
    assert not neutral.any()


def test_the_baseline_depends_on_the_number_of_ratings_only():
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    users = (
        fold_in(item_factors, np.array(rows), np.array(ratings))
        for rows, ratings in (([1, 2], [9, 3]), ([7, 30], [6, 10]))
    )
    first, second = (baseline_contribution(item_factors, user, np.arange(40)) for user in users)
    np.testing.assert_array_equal(first, second)
    more = fold_in(item_factors, np.array([1, 2, 5]), np.array([9, 3, 7]))
    assert (baseline_contribution(item_factors, more, np.arange(40)) != first).any()


def test_a_like_without_a_rating_has_the_weight_one():
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    unrated, eight = (
        fold_in(item_factors, np.array([3]), np.array([r])).embedding for r in (np.nan, 8.0)
    )
    np.testing.assert_array_equal(unrated, eight)


def test_without_ratings_the_scores_are_those_of_the_mean_user():
    item_factors = made_item_factors()
    user = fold_in(item_factors, NO_ROWS, np.array([]))
    average = item_factors.embeddings @ item_factors.estimator.mean_user
    np.testing.assert_allclose(item_scores(item_factors, user), average, rtol=1e-5)
    assert item_contributions(item_factors, user, np.arange(3)).shape == (3, 0)


def test_folding_in_many_users_equals_folding_in_each():
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    rows, columns = np.array([0, 0, 2, 2, 2]), np.array([4, 7, 0, 1, 39])
    ratings = np.array([10, 2, 7, 7, 9])
    given_ = Interactions.from_rows(IdMap([10, 11, 12]), item_factors.items, rows, columns, ratings)
    together = fold_in_users(item_factors, given_)
    for user in range(3):
        part = given_.user_slice(user)
        alone = fold_in(item_factors, given_.columns[part].astype(np.int64), given_.ratings[part])
        np.testing.assert_allclose(together[user], alone.embedding, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="own columns"):
        fold_in_users(item_factors, given_.with_items(IdMap([1, 2, 3])))


def test_torch_and_numpy_give_equal_numbers():
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    on_torch = factors_on_device(item_factors, torch.device("cpu"))
    rows, ratings, shown = np.array([1, 2, 3]), np.array([9, 1, 7]), np.array([8, 30])
    on_numpy, on_tensors = (fold_in(s, rows, ratings) for s in (item_factors, on_torch))
    np.testing.assert_allclose(
        item_scores(on_torch, on_tensors), item_scores(item_factors, on_numpy), rtol=1e-4, atol=1e-4
    )
    ours, theirs = (
        item_contributions(item_factors, on_numpy, shown),
        item_contributions(on_torch, on_tensors, shown),
    )
    np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-4)
    ours, theirs = (
        baseline_contribution(item_factors, on_numpy, shown),
        baseline_contribution(on_torch, on_tensors, shown),
    )
    np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-4)
