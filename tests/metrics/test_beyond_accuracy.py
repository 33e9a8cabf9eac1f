"""Beyond-accuracy metrics: equal to loops that follow the definitions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.metrics.beyond_accuracy import (
    beyond_accuracy,
    coverage,
    diversity_per_user,
    novelty_per_user,
    popularity_lift_per_user,
)

PEOPLE, ITEMS = 6, 12


def world(seed):
    rng = np.random.default_rng(seed)
    top = np.stack([rng.permutation(ITEMS)[:5] for _ in range(PEOPLE)])
    top[0, 3:] = -1
    liked = rng.random((PEOPLE, ITEMS)) < 0.4
    liked[:, 0] = True
    rows, columns = np.nonzero(liked)
    table = Interactions.from_rows(IdMap(np.arange(PEOPLE)), IdMap(np.arange(ITEMS)), rows, columns)
    genres = rng.random((ITEMS, 4)) < 0.4
    return top, table, rng.integers(1, 30, ITEMS), genres


def jaccard(one, other):
    return (one & other).sum() / (one | other).sum()


@given(st.integers(0, 10**6))
def test_each_figure_is_what_its_definition_says(seed):
    top, liked, degrees, genres = world(seed)
    found = beyond_accuracy(top, liked, degrees, 30, genres)
    for person in range(PEOPLE):
        shown = [item for item in top[person].tolist() if item >= 0]
        bits = [-math.log2(degrees[item] / 30) for item in shown]
        assert found["novelty@5"][person] == pytest.approx(np.mean(bits))
        own = liked.columns[liked.user_slice(person)]
        assert found["popularity@5"][person] == pytest.approx(
            degrees[shown].mean() / degrees[own].mean()
        )
        told = [item for item in shown if genres[item].any()]
        pairs = list(itertools.combinations(told, 2))
        apart = [1 - jaccard(genres[a], genres[b]) for a, b in pairs]
        assert (
            found["diversity@5"][person] == pytest.approx(np.mean(apart) if apart else 0, abs=1e-6)
            if genres.any()
            else "diversity@5" not in found
        )


def test_novelty_counts_bits_and_is_undefined_for_an_empty_list():
    degrees = np.array([8, 4, 1, 0])
    top = np.array([[0, 1], [2, 3], [-1, 1], [-1, -1]])
    values = novelty_per_user(top, degrees, 8)
    assert values[:3].tolist() == pytest.approx([0.5, 3, 1])
    assert np.isnan(values[3])


def test_alike_is_not_diverse_and_one_genre_each_is():
    same, apart = np.ones((4, 3), dtype=bool), np.eye(4, dtype=bool)
    top = np.array([[0, 1, 2, 3]])
    assert diversity_per_user(top, same).tolist() == [0]
    assert diversity_per_user(top, apart).tolist() == [1]
    assert diversity_per_user(np.full((1, 4), -1), apart).tolist() == [0]


def test_the_most_popular_list_is_more_popular_than_any_taste():
    top, liked, degrees, _ = world(0)
    best = np.tile(np.argsort(-degrees)[:5], (PEOPLE, 1))
    assert (
        popularity_lift_per_user(best, liked, degrees)
        >= popularity_lift_per_user(top, liked, degrees) - 1e-9
    ).all()


def test_coverage_counts_each_item_once_and_no_empty_place():
    assert coverage(np.array([[0, 1], [1, -1]]), 8) == 2 / 8
    assert coverage(np.full((2, 2), -1), 8) == 0


def test_without_genres_there_is_no_diversity():
    top, liked, degrees, genres = world(1)
    assert "diversity@5" not in beyond_accuracy(top, liked, degrees, 30, None)
    assert "diversity@5" not in beyond_accuracy(top, liked, degrees, 30, np.zeros_like(genres))
