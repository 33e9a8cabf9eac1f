"""The bootstrap: against a draw by draw one, and against the normal law."""

import numpy as np
import pytest

from recsys.evaluation.bootstrap import DRAWS, Bootstrap


def test_every_draw_weighs_as_many_people_as_there_are():
    weights = Bootstrap(37, 0).weights
    assert weights.shape == (DRAWS, 37)
    assert weights.sum(axis=1) == pytest.approx(np.ones(DRAWS), abs=1e-5)
    assert np.allclose(np.rint(weights * 37), weights * 37, atol=1e-4)


def test_the_interval_is_that_of_drawing_people_with_replacement():
    rng = np.random.default_rng(5)
    values = rng.gamma(2, 1, 300)
    means = [values[rng.integers(0, 300, 300)].mean() for _ in range(4000)]
    low, high = Bootstrap(300, 1).interval(values)
    spread = np.std(means)
    assert [low, high] == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=0.25 * spread)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(300), rel=0.1)


def test_what_does_not_vary_is_sure_and_the_draws_are_shared():
    draws = Bootstrap(20, 0)
    assert draws.interval(np.full(20, 0.25)) == pytest.approx((0.25, 0.25), abs=1e-6)
    values = np.random.default_rng(0).random(20)
    low, high = draws.interval(values)
    shifted = draws.interval(values + 1)
    assert shifted == pytest.approx((low + 1, high + 1), abs=1e-5)  # paired: the same people
    assert Bootstrap(20, 0).interval(values) == (low, high)
    assert Bootstrap(20, 1).interval(values) != (low, high)


def test_one_person_is_an_interval_of_no_width():
    assert Bootstrap(1, 0).interval(np.array([0.5])) == (0.5, 0.5)
