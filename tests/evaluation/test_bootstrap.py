"""Bootstrap intervals: equal to resampling draw by draw, also for clustered rows."""

import numpy as np
import pytest

from recsys.evaluation.bootstrap import DRAWS, Bootstrap


def test_every_draw_weighs_as_many_people_as_there_are():
    weights = Bootstrap(np.arange(37), seed=0).weights
    assert weights.shape == (DRAWS, 37)
    assert weights.sum(axis=1) == pytest.approx(np.ones(DRAWS), abs=1e-5)
    assert np.allclose(np.rint(weights * 37), weights * 37, atol=1e-4)


def test_the_interval_is_that_of_drawing_people_with_replacement():
    rng = np.random.default_rng(5)
    values = rng.gamma(2, 1, 300)
    means = [values[rng.integers(0, 300, 300)].mean() for _ in range(4000)]
    low, high = Bootstrap(np.arange(300), seed=1).interval(values)
    spread = np.std(means)
    assert [low, high] == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=0.25 * spread)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(300), rel=0.1)


def test_equal_values_have_no_width_and_all_values_share_the_draws():
    draws = Bootstrap(np.arange(20), seed=0)
    assert draws.interval(np.full(20, 0.25)) == pytest.approx((0.25, 0.25), abs=1e-6)
    values = np.random.default_rng(0).random(20)
    low, high = draws.interval(values)
    shifted = draws.interval(values + 1)
    assert shifted == pytest.approx((low + 1, high + 1), abs=1e-5)  # paired: the same people
    assert Bootstrap(np.arange(20), seed=0).interval(values) == (low, high)
    assert Bootstrap(np.arange(20), seed=1).interval(values) != (low, high)


def test_one_person_is_an_interval_of_no_width():
    assert Bootstrap(np.arange(1), seed=0).interval(np.array([0.5])) == (0.5, 0.5)


def widths(low_high):
    low, high = low_high
    return high - low


def test_duplicated_rows_do_not_narrow_the_interval():
    """Pooling the same users twice adds no information; row by row it would shrink by √2."""
    values = np.random.default_rng(3).gamma(2, 1, 200)
    users = np.arange(200)
    single = Bootstrap(users, seed=0).interval(values)
    pooled = Bootstrap(np.tile(users, 3), seed=0).interval(np.tile(values, 3))
    assert pooled == pytest.approx(single, abs=1e-5)
    naive = Bootstrap(np.arange(600), seed=0).interval(np.tile(values, 3))
    assert widths(naive) < 0.7 * widths(pooled)


def test_the_clustered_interval_is_that_of_drawing_whole_clusters():
    rng = np.random.default_rng(8)
    clusters = rng.integers(0, 60, 400)
    values = rng.normal(size=60)[clusters] + 0.1 * rng.normal(size=400)
    rows = [np.flatnonzero(clusters == one) for one in np.unique(clusters)]
    means = [
        np.concatenate([values[rows[i]] for i in rng.integers(0, len(rows), len(rows))]).mean()
        for _ in range(3000)
    ]
    interval = Bootstrap(clusters, seed=1).interval(values)
    assert interval == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=0.25 * np.std(means))


def test_a_second_factor_is_resampled_too():
    """Five draws share five models: what differs between draws widens the interval."""
    rng = np.random.default_rng(4)
    users, draws = np.tile(np.arange(300), 5), np.repeat(np.arange(5), 300)
    values = rng.normal(size=1500) * 0.1 + np.array([-1.0, -0.5, 0.0, 0.5, 1.0])[draws]
    by_user = Bootstrap(users, seed=0).interval(values)
    by_both = Bootstrap(users, draws, seed=0).interval(values)
    draw_means = [np.array([-1.0, -0.5, 0.0, 0.5, 1.0])[rng.integers(0, 5, 5)].mean()
                  for _ in range(4000)]  # fmt: skip
    assert widths(by_both) == pytest.approx(
        widths(np.percentile(draw_means, [2.5, 97.5])), rel=0.15
    )
    assert widths(by_user) < 0.1 * widths(by_both)


def test_undefined_values_are_left_out_of_mean_and_interval():
    values = np.random.default_rng(2).random(40)
    values[:10] = np.nan
    low, high = Bootstrap(np.arange(40), seed=0).interval(values)
    assert low < np.nanmean(values) < high
    assert np.isnan(Bootstrap(np.arange(4), seed=0).interval(np.full(4, np.nan))).all()
