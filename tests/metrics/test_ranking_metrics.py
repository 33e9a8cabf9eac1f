"""Accuracy metrics: equal to values computed by hand, and to PyG's implementation."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.metrics import (
    LinkPredHitRatio,
    LinkPredMetricCollection,
    LinkPredMRR,
    LinkPredNDCG,
    LinkPredPrecision,
    LinkPredRecall,
)

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.metrics.ranking_metrics import (
    RANKING_METRICS,
    hit_mask,
    mean_metrics,
    mean_over_users,
    user_metrics,
)

PYG = {
    "precision": LinkPredPrecision,
    "recall": LinkPredRecall,
    "ndcg": LinkPredNDCG,
    "mrr": LinkPredMRR,
    "hit_rate": LinkPredHitRatio,
}


def relevant_of(lists, items=10):
    rows = np.repeat(np.arange(len(lists)), [len(columns) for columns in lists])
    columns = np.array([i for columns in lists for i in columns], dtype=np.int64)
    return Interactions.from_rows(
        IdMap(np.arange(len(lists))), IdMap(np.arange(items)), rows, columns
    )


# User 0: hits at ranks 1 and 3 of 4, three relevant items. User 1: one hit at rank 2, one relevant
# item. User 2: a hit at rank 4, five relevant items. User 3 has no relevant item.
TOP = np.array([[7, 1, 2, 3], [4, 5, 6, 0], [9, 8, 7, 0], [0, 1, 2, 3]])
RELEVANT = [[7, 2, 9], [5], [0, 1, 2, 3, 4], []]
D = [1 / math.log2(rank + 1) for rank in range(1, 5)]
EXPECTED = {
    "precision@4": [2 / 4, 1 / 4, 1 / 4],
    "recall@4": [2 / 3, 1, 1 / 5],
    "capped_recall@4": [2 / 3, 1, 1 / 4],
    "ndcg@4": [(D[0] + D[2]) / sum(D[:3]), D[1] / D[0], D[3] / sum(D)],
    "mrr@4": [1, 1 / 2, 1 / 4],
    "hit_rate@4": [1, 1, 1],
}


def test_every_metric_is_what_it_is_by_hand():
    values = user_metrics(TOP, relevant_of(RELEVANT))
    assert set(values) == set(EXPECTED)
    for name, expected in EXPECTED.items():
        assert values[name][:3].tolist() == pytest.approx(expected)


def test_a_user_without_a_relevant_item_is_undefined_and_left_out_of_means():
    relevant = relevant_of(RELEVANT)
    for name, values in user_metrics(TOP, relevant).items():
        assert np.isnan(values[3])
        assert mean_metrics(TOP, relevant)[name] == pytest.approx(np.mean(EXPECTED[name]))


def test_where_no_user_has_a_relevant_item_the_mean_is_undefined():
    means = mean_metrics(TOP, relevant_of([[], [], [], []]))
    assert all(math.isnan(value) for value in means.values())
    assert math.isnan(mean_over_users(np.array([])))


def test_recall_and_capped_recall_differ_where_more_is_relevant_than_listed():
    means = mean_metrics(np.array([[0, 1]]), relevant_of([[0, 1, 2, 3]]))
    assert means["recall@2"] == 0.5
    assert means["capped_recall@2"] == 1


def test_a_perfect_list_is_1_and_an_empty_one_0():
    relevant = relevant_of([[0, 1], [2, 3]])
    perfect = mean_metrics(np.array([[0, 1, 5], [3, 2, 5]]), relevant)
    assert perfect["ndcg@3"] == perfect["recall@3"] == perfect["mrr@3"] == pytest.approx(1)
    empty = mean_metrics(np.full((2, 3), -1), relevant)
    assert set(empty.values()) == {0}


def random_lists(seed, users=7, items=15, k=4):
    rng = np.random.default_rng(seed)
    mask = rng.random((users, items)) < 0.3
    rows, columns = np.nonzero(mask)
    relevant = Interactions.from_rows(
        IdMap(np.arange(users)), IdMap(np.arange(items)), rows, columns
    )
    top = np.stack([rng.permutation(items)[:k] for _ in range(users)])
    top[0, k - 1] = -1
    return top, relevant, mask


@given(st.integers(0, 10**6))
def test_hits_are_membership(seed):
    top, relevant, mask = random_lists(seed)
    expected = [
        [item >= 0 and bool(mask[user, item]) for item in row]
        for user, row in enumerate(top.tolist())
    ]
    assert hit_mask(top, relevant).tolist() == expected


@given(st.integers(0, 10**6), st.integers(1, 15))
def test_every_mean_equals_that_of_pyg(seed, k):
    top, relevant, mask = random_lists(seed, k=k)
    if not mask.any():
        return
    collection = LinkPredMetricCollection({name: metric(k) for name, metric in PYG.items()})
    # PyG has no end of a list: an item outside the catalogue takes its place
    items = torch.from_numpy(np.where(top < 0, len(relevant.items), top))
    pairs = np.stack([relevant.rows, relevant.columns]).astype(np.int64)
    collection.update(items, torch.from_numpy(pairs))
    means = mean_metrics(top, relevant)
    for name, value in collection.compute().items():
        assert means[f"{name}@{k}"] == pytest.approx(float(value), abs=1e-5)
    assert set(PYG) | {"capped_recall"} <= set(RANKING_METRICS)
