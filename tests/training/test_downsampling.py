"""Curves made short and smooth: extremes stay, the mean is the one of the equation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.training.downsampling import downsample, smooth_curve

heights = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


@given(heights, st.integers(4, 60))
def test_thinning_keeps_ends_extremes_order_and_the_bound(values, most):
    y = np.array(values)
    x = np.arange(y.size, dtype=float)
    short_x, short_y = downsample(x, y, most)
    assert short_x.size <= most
    assert (np.diff(short_x) > 0).all()
    assert (y[short_x.astype(int)] == short_y).all()
    assert short_x[0] == 0
    assert short_x[-1] == y.size - 1
    assert short_y.max() == y.max()
    assert short_y.min() == y.min()


def test_one_peak_among_a_hundred_thousand_is_still_drawn():
    y = np.zeros(100_000)
    y[54_321] = 9.0
    x, short = downsample(np.arange(100_000.0), y)
    assert x.size <= 500
    assert short[x == 54_321] == 9.0


@given(heights, st.floats(0, 0.99))
def test_smoothing_is_the_corrected_running_mean(values, inertia):
    y = np.array(values)
    mean, expected = 0.0, []
    for t, value in enumerate(y, 1):
        mean = inertia * mean + (1 - inertia) * value
        expected.append(mean / (1 - inertia**t))
    assert smooth_curve(y, inertia) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_constant_stays_what_it_is_from_the_first_step():
    assert smooth_curve(np.full(50, 3.0), 0.95) == pytest.approx(np.full(50, 3.0))
