"""Synthetic ratings: properties of drawn lists, the similarity measures, and the shipped file."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.demo_community import THRESHOLDS
from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.ratings_file import read_ratings
from recsys.data.synthetic import (
    SyntheticModel,
    draw_synthetic_ratings,
    max_list_similarity,
    prequel_share,
    synthetic_fidelity,
)
from recsys.paths import catalogue_path, demo_ratings_path
from scripts.make_demo_community import real_people, sequel_pairs

NO_PAIRS = np.zeros((0, 2), dtype=np.int64)
HISTOGRAM = np.array([1, 1, 2, 3, 5, 10, 20, 25, 20, 13]) / 100


def community(people=40, items=30, seed=0, sequels=NO_PAIRS, share=0.9):
    rng = np.random.default_rng(seed)
    popularity = rng.gamma(0.7, size=items) + 0.05
    return SyntheticModel(
        items=IdMap(np.arange(100, 100 + items)),
        item_embeddings=rng.normal(size=(items, 3)).astype(np.float32),
        popularity=popularity / popularity.sum(),
        item_means=rng.normal(7, 1, items),
        user_embeddings=rng.normal(size=(people, 3)).astype(np.float32),
        list_lengths=rng.integers(1, items // 2, people),
        user_means=rng.normal(7, 1, people),
        sequels=sequels,
        prequel_share=share,
        histogram=HISTOGRAM,
    )


def table(lists, ratings=None):
    rows = np.repeat(np.arange(len(lists)), [len(entries) for entries in lists])
    columns = np.concatenate([np.array(entries, dtype=int) for entries in lists])
    heights = np.full(rows.size, 8.0) if ratings is None else np.concatenate(ratings)
    return Interactions.from_rows(
        IdMap(np.arange(len(lists))), IdMap(np.arange(10)), rows, columns, heights
    )


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_lists_have_the_given_lengths_and_ratings_the_given_histogram(seed):
    model = community(seed=seed, sequels=np.array([[2, 3], [7, 9], [11, 20]]))
    drawn = draw_synthetic_ratings(model, np.random.default_rng(seed), rounds=2)
    assert drawn.user_degrees.tolist() == model.list_lengths.tolist()
    shares = np.bincount(drawn.ratings.astype(int), minlength=11)[1:] / len(drawn)
    np.testing.assert_allclose(shares, HISTOGRAM, atol=1 / len(drawn))


def test_equal_seeds_draw_equal_users_and_other_seeds_others():
    model = community()
    first, again, other = (
        draw_synthetic_ratings(model, np.random.default_rng(s)) for s in (3, 3, 4)
    )
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()


def test_drawn_items_have_the_given_popularity():
    model = community(people=800)
    drawn = draw_synthetic_ratings(model, np.random.default_rng(0))
    share = drawn.item_degrees / len(drawn)
    assert np.corrcoef(np.log(share + 1e-3), np.log(model.popularity + 1e-3))[0, 1] > 0.97


def test_the_share_of_prequels_is_the_given_one():
    pairs = np.array([[2, 3], [7, 9], [11, 20]])
    model = community(people=800, sequels=pairs, share=0.85)
    drawn = draw_synthetic_ratings(model, np.random.default_rng(0))
    assert prequel_share(drawn, pairs) == pytest.approx(0.85, abs=0.05)


def test_the_share_of_prequels_counts_everyone_who_rated_a_sequel():
    pairs = np.array([[0, 1], [2, 3]])
    assert prequel_share(table([[0, 1], [1], [2, 3], [3, 0]]), pairs) == 0.5
    assert prequel_share(table([[0], [2]]), pairs) == 0


def test_a_table_is_equal_to_itself_in_every_measure():
    first = table([[0, 1, 2], [1, 4]])
    same = synthetic_fidelity(first, first, np.array([[0, 1]]))
    assert same.popularity == pytest.approx(1)
    assert (same.lengths, same.histogram, same.prequels) == (0, 0, 0)


def test_the_measures_equal_values_computed_by_hand():
    first = table([[0, 1], [0, 2]], [np.array([8, 8]), np.array([9, 9])])
    other = table([[0, 1], [0, 1, 2]], [np.array([8, 8]), np.array([8, 9, 9])])
    fidelity = synthetic_fidelity(first, other, np.array([[0, 1], [1, 2]]))
    assert fidelity.lengths == 0.5  # one of two people has three titles rather than two
    assert fidelity.histogram == pytest.approx(0.1)  # (.5, .5) against (.6, .4)
    assert fidelity.prequels == pytest.approx(abs(1 / 2 - 3 / 3))


def test_list_similarity_is_the_largest_jaccard_similarity():
    real = table([[0, 1, 2, 3], [4, 5], [6, 7, 8, 9]])
    drawn = table([[0, 1, 2, 9], [4, 5], [0, 6, 7, 8, 9]])
    similarity = max_list_similarity(drawn, real, min_length=3)
    np.testing.assert_allclose(similarity, [3 / 5, 0, 4 / 5])


@pytest.fixture(scope="module")
def shipped():
    return read_ratings(demo_ratings_path())


def test_the_shipped_file_is_complete_small_and_marked_as_synthetic(shipped):
    path = demo_ratings_path()
    assert path.stat().st_size < 2 * 2**20
    assert "Synthetic" in pl.read_parquet_metadata(path)["about"]
    assert shipped.report.dropped == {}
    people = shipped.interactions
    assert 4_000 <= len(people.users) <= 6_000
    assert 450_000 <= len(people) <= 700_000
    assert set(np.unique(people.ratings)) == set(range(1, 11))


def test_all_anime_of_the_shipped_community_are_in_the_shipped_catalogue(shipped):
    catalogue = Catalogue.load(catalogue_path())
    assert (catalogue.ids.find(shipped.interactions.items.ids) >= 0).all()


@pytest.mark.usefixtures("real_data")
def test_the_shipped_community_is_similar_to_real_users(shipped):
    real, _ = real_people()
    fidelity = synthetic_fidelity(
        shipped.interactions.with_items(real.items), real, sequel_pairs(real.items)
    )
    assert fidelity.popularity >= THRESHOLDS["popularity"][0]
    for name in ("lengths", "histogram", "prequels"):
        assert getattr(fidelity, name) <= THRESHOLDS[name][0], name
