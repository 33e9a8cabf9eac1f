"""Cutting ratings by people and by time: nothing of what is to be found can be learned."""

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
    return Interactions.from_rows(table.users, table.items, table.rows, table.columns, days)


def test_people_who_are_asked_are_not_learned_from():
    found = split_ratings(TABLE, None, SplitSettings(seed=3), 7)
    assert list(found.asked) == ["3", "5", "10", "20"]
    asked = found.asked["3"].given.users
    assert found.people == len(asked) == 12
    assert (found.train.users.find(asked.ids) < 0).all()
    assert len(found.train.users) == 108
    for given, case in found.asked.items():
        assert (case.given.user_degrees == int(given)).all()
        assert not pairs(case.given) & pairs(case.relevant)
        assert case.given.items == found.core.items
    assert split_ratings(TABLE, None, SplitSettings(seed=4), 7).asked["3"].given.users != asked


def test_time_parts_what_was_said_before_a_moment_from_what_came_after():
    when = dated(TABLE)
    found = split_ratings(TABLE, when, SplitSettings(by="time"), 7)
    case = found.asked[BEFORE]
    users, items = TABLE.users.ids[when.rows], TABLE.items.ids[when.columns]
    day = dict(zip(zip(users, items, strict=True), when.ratings.tolist(), strict=True))
    latest = max(day[pair] for pair in pairs(found.train))
    assert all(day[pair] > latest for pair in pairs(case.relevant))
    assert all(day[pair] <= latest for pair in pairs(case.given))
    assert len(found.train) == pytest.approx(0.9 * len(TABLE), rel=0.01)
    assert (case.relevant.ratings >= 7).all()
    assert (case.given.ratings < 7).any()  # dislikes are told too
    assert case.given.users == case.relevant.users
    assert (case.relevant.user_degrees >= 5).all()


def test_what_has_no_date_counts_as_before():
    when = dated(TABLE, undated=0.3)
    found = split_ratings(TABLE, when, SplitSettings(by="time"), 7)
    undated = np.isnan(when.ratings)
    lost = pairs(TABLE.where(undated)) - pairs(found.train)
    assert not lost


def test_the_days_of_a_part_of_a_table_are_found_again():
    """The training ratings are cut once more, to tune on."""
    when = dated(TABLE)
    outer = split_ratings(TABLE, when, SplitSettings(by="time"), 7)
    inner = split_ratings(outer.train, when, SplitSettings(by="time"), 7)
    assert pairs(inner.train) < pairs(outer.train)
    assert len(inner.train) == pytest.approx(0.9 * len(outer.train), rel=0.01)


def test_fewer_anime_than_a_list_has_places_are_said():
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
