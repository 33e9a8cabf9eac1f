"""Metrics against numbers worked out by hand, and against PyG's own."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.metrics.ranking_metrics import (
    capped_recall,
    hit_mask,
    mean_metrics,
    metrics_per_user,
    novelty,
)


def relevant_of(lists, items=10):
    rows = np.repeat(np.arange(len(lists)), [len(one) for one in lists])
    columns = np.array([i for one in lists for i in one], dtype=np.int64)
    return Interactions.from_rows(
        IdMap(np.arange(len(lists))), IdMap(np.arange(items)), rows, columns
    )


# person 0: hits at ranks 1 and 3 of 4; three relevant. Person 1: one hit at rank 2; one relevant.
# person 2: five relevant, a hit at rank 4. Person 3 has nothing to find and counts nowhere.
TOP = np.array([[7, 1, 2, 3], [4, 5, 6, 0], [9, 8, 7, 0], [0, 1, 2, 3]])
RELEVANT = [[7, 2, 9], [5], [0, 1, 2, 3, 4], []]
D = [1 / math.log2(rank + 1) for rank in range(1, 5)]


def test_every_metric_is_what_it_is_by_hand():
    means = mean_metrics(TOP, relevant_of(RELEVANT), np.full(10, 4), 8)
    assert means["precision@4"] == pytest.approx((2 + 1 + 1) / 4 / 3)
    assert means["recall@4"] == pytest.approx((2 / 3 + 1 + 1 / 5) / 3)
    ndcg = [(D[0] + D[2]) / sum(D[:3]), D[1] / D[0], D[3] / sum(D)]
    assert means["ndcg@4"] == pytest.approx(sum(ndcg) / 3)
    assert means["mrr@4"] == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert means["hit_rate@4"] == pytest.approx(1)
    assert means["coverage@4"] == pytest.approx(1.0)
    assert means["novelty@4"] == pytest.approx(1.0)
    capped = mean_metrics(TOP, relevant_of(RELEVANT), np.full(10, 4), 8, capped=True)
    assert capped["recall@4"] == pytest.approx((2 / 3 + 1 + 1 / 4) / 3)
    assert capped["ndcg@4"] == means["ndcg@4"]


def test_a_perfect_list_is_1_and_an_empty_one_0():
    relevant = relevant_of([[0, 1], [2, 3]])
    perfect = mean_metrics(
        np.array([[0, 1, 5], [3, 2, 5]]), relevant, np.ones(10, dtype=np.int64), 1
    )
    assert perfect["ndcg@3"] == perfect["recall@3"] == perfect["mrr@3"] == pytest.approx(1)
    nothing = mean_metrics(
        np.full((2, 3), -1), relevant, np.ones(10, dtype=np.int64), 1, capped=True
    )
    assert nothing["ndcg@3"] == nothing["recall@3"] == nothing["coverage@3"] == 0


def test_novelty_counts_bits():
    degrees = np.array([8, 4, 1, 0])
    assert novelty(np.array([[0, 1]]), degrees, 8) == pytest.approx((0 + 1) / 2)
    assert novelty(np.array([[2, 3]]), degrees, 8) == pytest.approx(3)
    assert novelty(np.array([[-1, 1]]), degrees, 8) == pytest.approx(1)


@given(st.integers(0, 10**6))
def test_hits_are_membership(seed):
    rng = np.random.default_rng(seed)
    lists = [rng.permutation(10)[: rng.integers(0, 6)].tolist() for _ in range(5)]
    top = np.stack([rng.permutation(10)[:4] for _ in range(5)])
    top[0, 3] = -1
    expected = [[item in lists[p] for item in row] for p, row in enumerate(top.tolist())]
    assert hit_mask(top, relevant_of(lists)).tolist() == expected
    best = [min(4, len(one)) for one in lists]
    shares = [sum(row) / b for row, b in zip(expected, best, strict=True) if b]
    assert capped_recall(top, relevant_of(lists)) == pytest.approx(np.mean(shares) if shares else 0)


@given(st.integers(0, 10**6))
def test_the_mean_over_people_is_the_figure_reported(seed):
    draw = np.random.default_rng(seed)
    mask = draw.random((7, 15)) < 0.3
    mask[:, 0] = True
    rows, columns = np.nonzero(mask)
    relevant = Interactions.from_rows(IdMap(np.arange(7)), IdMap(np.arange(15)), rows, columns)
    top = np.stack([draw.permutation(15)[:4] for _ in range(7)])
    means = mean_metrics(top, relevant, np.ones(15, np.int64), 7, capped=True)
    for name, values in metrics_per_user(top, relevant).items():
        assert values.mean() == pytest.approx(means[name], abs=1e-6)
