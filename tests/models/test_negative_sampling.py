"""Negative sampling: never a positive, and uniform over all other items."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.models.negative_sampling import NegativeSampler, hard_negatives


def table_of(mask):
    rows, columns = np.nonzero(mask)
    return Interactions.from_rows(
        IdMap(np.arange(mask.shape[0])), IdMap(np.arange(mask.shape[1])), rows, columns
    )


@given(st.integers(1, 8), st.integers(1, 12), st.floats(0, 1), st.integers(0, 10**6))
def test_a_negative_is_never_a_positive_of_that_user(users, items, density, seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((users, items)) < density
    drawn_for = rng.integers(0, users, 200)
    drawn = NegativeSampler(table_of(mask)).draw(drawn_for, rng, pool=2)
    without_negative = mask.all(axis=1)[drawn_for]
    assert (drawn[without_negative] == -1).all()
    assert ((drawn[~without_negative] >= 0) & (drawn[~without_negative] < items)).all()
    assert not mask[drawn_for[~without_negative][:, None], drawn[~without_negative]].any()


def test_a_user_with_all_items_but_one_gets_this_negative():
    mask = np.ones((3, 5000), dtype=bool)
    mask[1, 4321] = False
    sampler = NegativeSampler(table_of(mask))
    drawn = sampler.draw(np.ones(100, dtype=np.int64), np.random.default_rng(0))
    assert (drawn == 4321).all()


def test_every_negative_is_equally_likely():
    mask = np.zeros((2, 10), dtype=bool)
    mask[1, [0, 3, 4, 9]] = True
    drawn = NegativeSampler(table_of(mask)).draw(
        np.ones(60_000, dtype=np.int64), np.random.default_rng(0)
    )
    counts = np.bincount(drawn[:, 0], minlength=10)
    assert set(np.flatnonzero(counts)) == {1, 2, 5, 6, 7, 8}
    assert np.abs(counts[counts > 0] - 10_000).max() < 400  # 4 standard deviations


def test_the_hard_negative_of_a_pool_has_the_highest_score():
    users = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    items = torch.tensor([[1.0, 5.0], [2.0, 1.0], [3.0, 0.0], [9.0, 9.0]])
    pool = torch.tensor([[0, 1, 2], [0, 1, -1]])
    assert hard_negatives(users, items, pool).tolist() == [2, 0]
