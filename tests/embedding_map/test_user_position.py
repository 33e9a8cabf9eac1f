"""Where a user stands: the parts of their vector, by hand."""

import numpy as np

from recsys.embedding_map.user_position import rating_contributions, user_position
from recsys.serving.fold_in import fold_in
from tests.serving.test_fold_in import NO_ROWS, WEIGHTS, made_item_factors


def test_contributions_are_the_parts_of_what_the_ratings_tell_and_sum_to_one():
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    rows, ratings = np.array([3, 8, 20, 31]), np.array([10, 2, 8, 9])
    user = fold_in(item_factors, rows, ratings)
    estimator = item_factors.estimator
    kept = np.diag(1 / (1 + 3 * estimator.eigenvalues.astype(np.float64)))
    gain = estimator.eigenvectors.astype(np.float64) @ kept @ estimator.projection
    parts = user.weights[:, None] * item_factors.embeddings[rows] @ gain
    whole = parts.sum(axis=0)
    np.testing.assert_allclose(
        rating_contributions(item_factors, user),
        parts @ whole / (whole @ whole),
        rtol=1e-3,
        atol=1e-5,
    )
    assert np.isclose(rating_contributions(item_factors, user).sum(), 1)


def test_of_whom_nothing_is_known_nothing_contributes_and_there_is_no_place():
    item_factors = made_item_factors(rating_weights=WEIGHTS)
    parts = rating_contributions(item_factors, fold_in(item_factors, NO_ROWS, np.array([])))
    assert parts.shape == (0,)
    assert user_position(parts, np.zeros((0, 2), np.float32)) is None
    # a rating of 5 weighs nothing here
    unmoved = rating_contributions(
        item_factors, fold_in(item_factors, np.array([3]), np.array([5]))
    )
    np.testing.assert_array_equal(unmoved, [0.0])


def test_the_place_is_among_what_speaks_for_something():
    places = np.array([[0, 0], [4, 0], [100, 100]], dtype=np.float32)
    np.testing.assert_allclose(user_position(np.array([0.75, 0.5, -0.25]), places), [1.6, 0])
