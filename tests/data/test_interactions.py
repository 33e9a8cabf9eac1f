"""Interactions compared with plain sets of pairs; damaged arrays are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.csr_validation import check_rows
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import DataError

triples = st.lists(
    st.tuples(st.integers(0, 7), st.integers(10, 18), st.integers(1, 10)), max_size=60
)


def build(rows):
    users, items, ratings = (np.array(part, dtype=np.int64) for part in zip(*rows, strict=True))
    return Interactions.from_ids(users, items, ratings)


def pairs(table):
    return {
        (int(u), int(i)): float(r)
        for u, i, r in zip(
            table.users.ids[table.rows], table.items.ids[table.columns], table.ratings, strict=True
        )
    }


@given(triples.filter(bool))
def test_one_entry_a_pair_and_the_last_one_wins(rows):
    table = build(rows)
    assert pairs(table) == {(u, i): r for u, i, r in rows}
    for user in range(len(table.users)):
        columns = table.columns[table.user_slice(user)]
        assert (np.diff(columns) > 0).all()
    assert table.user_degrees.sum() == table.item_degrees.sum() == len(table)


@given(triples.filter(bool), st.integers(1, 5))
def test_the_core_is_what_a_plain_loop_finds(rows, least):
    left = {(u, i): r for u, i, r in rows}
    while True:
        users = {u for u, _ in left if sum(a == u for a, _ in left) >= least}
        items = {i for _, i in left if sum(b == i for _, b in left) >= least}
        smaller = {(u, i): r for (u, i), r in left.items() if u in users and i in items}
        if smaller == left:
            break
        left = smaller
    assert pairs(build(rows).core(least)) == left


@given(triples.filter(bool), st.sets(st.integers(10, 22)), st.sets(st.integers(0, 7)))
def test_other_columns_and_fewer_users_keep_exactly_their_entries(rows, items, users):
    table, before = build(rows), {(u, i): r for u, i, r in rows}
    moved = table.with_items(IdMap(sorted(items, reverse=True)))
    assert pairs(moved) == {(u, i): r for (u, i), r in before.items() if i in items}
    kept = table.with_users(np.isin(table.users.ids, sorted(users)))
    assert pairs(kept) == {(u, i): r for (u, i), r in before.items() if u in users}
    assert pairs(table.without_empty()) == before


@given(triples.filter(bool), st.lists(st.integers(0, 7), max_size=6))
def test_gather_gives_the_entries_of_each_user_in_turn(rows, wanted):
    table = build(rows)
    chosen = np.array([w % len(table.users) for w in wanted], dtype=np.int64)
    places, entries = table.gather(chosen)
    expected = [
        (place, int(c))
        for place, user in enumerate(chosen.tolist())
        for c in table.columns[table.user_slice(user)]
    ]
    assert list(zip(places.tolist(), table.columns[entries].tolist(), strict=True)) == expected


def test_likes_are_high_ratings_or_all_of_a_table_without_ratings():
    table = build([(1, 10, 6), (1, 11, 7), (2, 10, 10)])
    assert set(pairs(table.likes(7))) == {(1, 11), (2, 10)}
    plain = Interactions.from_ids(np.array([1, 2]), np.array([10, 11]))
    assert len(plain.likes(7)) == 2
    some = Interactions.from_ids(np.array([1, 2]), np.array([10, 11]), np.array([np.nan, 8]))
    assert len(some.likes(7)) == 1


def test_the_matrix_and_the_fingerprint_follow_the_data():
    table = build([(1, 10, 6), (2, 11, 7)])
    assert table.to_scipy().toarray().tolist() == [[1, 0], [0, 1]]
    assert table.fingerprint() == build([(2, 11, 7), (1, 10, 6)]).fingerprint()
    assert table.fingerprint() != build([(1, 10, 6), (2, 11, 8)]).fingerprint()


def test_arrays_that_do_not_fit_together_are_refused():
    users, items = IdMap([1]), IdMap([5])
    column, rating = np.array([3], dtype=np.int32), np.array([1], dtype=np.float32)
    with pytest.raises(DataError, match="damaged"):
        Interactions(users, items, np.array([0, 1]), column, rating)
    with pytest.raises(DataError, match="damaged"):
        Interactions(users, items, np.array([0, 2]), column, rating)


def test_a_table_cannot_be_changed():
    table = build([(1, 10, 6)])
    with pytest.raises(ValueError, match="read-only"):
        table.ratings[0] = 1


@pytest.mark.parametrize(
    ("rows", "columns"), [([0, -1], [0, 0]), ([0, 2], [0, 0]), ([0, 1], [0, -1]), ([0, 1], [0, 1])]
)
def test_rows_and_columns_out_of_range_are_refused(rows, columns):
    with pytest.raises(DataError, match="is outside 0 to"):
        Interactions.from_rows(IdMap([1, 2]), IdMap([5]), np.array(rows), np.array(columns))


@pytest.mark.parametrize("rating", [0, 10.5, -7, 500, np.inf])
def test_a_rating_outside_1_to_10_is_an_error(rating):
    with pytest.raises(DataError, match="is outside 1 to 10"):
        Interactions.from_ids(np.array([1, 2]), np.array([5, 5]), np.array([8.0, rating]))
    rows, columns = np.array([0, 1]), np.array([0, 0])
    with pytest.raises(DataError, match="is outside 1 to 10"):
        Interactions.from_rows(IdMap([1, 2]), IdMap([5]), rows, columns, np.array([8.0, rating]))


def test_a_table_of_other_values_and_pairs_without_a_rating_are_allowed():
    entries = (IdMap([1, 2]), IdMap([5]), np.array([0, 1]), np.array([0, 0]))
    unrated = Interactions.from_rows(*entries, np.array([8.0, np.nan]))
    assert np.isnan(unrated.ratings).tolist() == [False, True]
    days = Interactions.from_values(*entries, np.array([18_262.0, np.nan]))
    assert pairs(days.with_users(np.array([True, False]))) == {(1, 5): 18_262}


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(DataError, match="each rating needs one of each"):
        check_rows(np.array([0, 0]), np.array([0, 0]), np.ones(3), 1, 1)


def test_ids_must_be_integers_or_strings():
    with pytest.raises(DataError, match="integers or of strings"):
        Interactions.from_ids(np.array([0.5, 1.0]), np.array([5, 5]))
    names = np.array(["ann", "bob"], dtype=object)  # as pandas keeps them
    assert Interactions.from_ids(names, np.array([5, 5])).users.ids.tolist() == ["ann", "bob"]
