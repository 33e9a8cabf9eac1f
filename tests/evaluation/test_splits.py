"""Splits by users and by time: nothing that is to be split is in the training ratings."""

import numpy as np
import pytest

from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.splits import BEFORE, split_ratings
from tests.evaluation.test_protocols import ITEMS, people

TABLE = people(120, 0)


def pairs(table):
    users, items = table.users.ids[table.rows], table.items.ids[table.columns]
    return {*zip(users.tolist(), items.tolist(), strict=True)}


def dated(table, seed=0, undated=0.0):
    """Give each entry a day; a part of them none."""
    rng = np.random.default_rng(seed)
    days = rng.integers(10_000, 11_000, len(table)).astype(np.float32)
    days[rng.random(len(table)) < undated] = np.nan
    return Interactions.from_values(table.users, table.items, table.rows, table.columns, days)


def test_test_users_are_not_in_the_training_ratings():
    split = split_ratings(TABLE, None, SplitSettings(seed=3), 7)
    assert list(split.query_sets) == ["3", "5", "10", "20"]
    test_users = split.query_sets["3"].given.users
    assert split.user_count == len(test_users) == 12
    assert (split.train.users.find(test_users.ids) < 0).all()
    assert len(split.train.users) == 108
    for given, query_set in split.query_sets.items():
        assert (query_set.given.user_degrees == int(given)).all()
        assert not pairs(query_set.given) & pairs(query_set.relevant)
        assert query_set.given.items == split.core.items
    assert (
        split_ratings(TABLE, None, SplitSettings(seed=4), 7).query_sets["3"].given.users
        != test_users
    )


def test_a_split_by_time_separates_earlier_from_later_ratings():
    days = dated(TABLE)
    split = split_ratings(TABLE, days, SplitSettings(by="time"), 7)
    query_set = split.query_sets[BEFORE]
    users, items = TABLE.users.ids[days.rows], TABLE.items.ids[days.columns]
    day = dict(zip(zip(users, items, strict=True), days.ratings.tolist(), strict=True))
    latest = max(day[pair] for pair in pairs(split.train))
    assert all(day[pair] > latest for pair in pairs(query_set.relevant))
    assert all(day[pair] <= latest for pair in pairs(query_set.given))
    assert len(split.train) == pytest.approx(0.9 * len(TABLE), rel=0.01)
    assert (query_set.relevant.ratings >= 7).all()
    assert (query_set.given.ratings < 7).any()  # dislikes are given too
    assert query_set.given.users == query_set.relevant.users
    assert (query_set.relevant.user_degrees >= 5).all()


def test_entries_without_a_date_count_as_earlier():
    days = dated(TABLE, undated=0.3)
    split = split_ratings(TABLE, days, SplitSettings(by="time"), 7)
    undated = np.isnan(days.ratings)
    lost = pairs(TABLE.where(undated)) - pairs(split.train)
    assert not lost


def test_a_part_of_a_dated_table_can_be_split_again():
    """The training ratings are cut once more, to tune on."""
    days = dated(TABLE)
    outer = split_ratings(TABLE, days, SplitSettings(by="time"), 7)
    inner = split_ratings(outer.train, days, SplitSettings(by="time"), 7)
    assert pairs(inner.train) < pairs(outer.train)
    assert len(inner.train) == pytest.approx(0.9 * len(outer.train), rel=0.01)


def test_fewer_anime_than_a_list_is_long_is_an_error():
    few = TABLE.with_items(TABLE.items.take(np.arange(15)))
    with pytest.raises(DataError, match="lists of 20 need more"):
        split_ratings(few, dated(few), SplitSettings(by="time"), 7)


def test_no_dates_too_few_likes_and_nobody_are_each_one_sentence():
    with pytest.raises(DataError, match="no dates"):
        split_ratings(TABLE, None, SplitSettings(by="time"), 7)
    with pytest.raises(DataError, match="no dates"):
        split_ratings(TABLE, dated(TABLE, undated=1.0), SplitSettings(by="time"), 7)
    few = TABLE.where(TABLE.columns < ITEMS // 5)
    with pytest.raises(DataError, match="nobody has 30 likes"):
        split_ratings(few, None, SplitSettings(), 7)
    with pytest.raises(DataError, match="Nobody has 5 likes before"):
        split_ratings(TABLE, dated(TABLE), SplitSettings(by="time", share=0.01), 7)
