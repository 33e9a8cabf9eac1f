"""On me: each like left out stands where the list of the other ratings has it."""

import math

import pytest
from hypothesis import given, settings

from recsys.data.catalogue import Catalogue
from recsys.evaluation.leave_one_out import leave_one_out
from recsys.paths import catalogue_path
from recsys.serving.filters import Filters
from recsys.serving.fold_in import to_numpy
from tests.serving.test_recommender import ITEMS, made_recommender, profiles

CATALOGUE = Catalogue.load(catalogue_path())
RECOMMENDER = made_recommender(CATALOGUE)
IDS = CATALOGUE.ids.ids[:ITEMS].tolist()


def listed(ratings, without):
    """Return the whole list that is served to somebody who never rated one title."""
    others = {one: height for one, height in ratings.items() if one != without}
    filters = Filters(adult=True, one_per_franchise=False)
    found = RECOMMENDER.recommend(others, ITEMS, filters=filters)
    return [entry.item_id for entry in found]


@settings(max_examples=15)
@given(profiles(IDS[:40]))
def test_the_rank_is_the_place_on_the_list_of_all_that_is_left(ratings):
    ratings = {one: height for one, height in ratings.items() if not math.isnan(height)}
    found = leave_one_out(RECOMMENDER, ratings, adult=True)
    likes = {one for one, height in ratings.items() if height >= 7}
    assert {one.anime_id for one in found} == likes
    assert [one.rank for one in found] == sorted(one.rank for one in found)
    for one in found[:3]:
        places = listed(ratings, one.anime_id)
        assert places[one.rank - 1] == one.anime_id
        assert one.among == len(places)


def test_popularity_ranks_by_likes_among_the_same_titles():
    ratings = {IDS[0]: 9.0, IDS[1]: 8.0, IDS[2]: 3.0}
    degree = to_numpy(RECOMMENDER.item_factors.log_degrees)
    for one in leave_one_out(RECOMMENDER, ratings, adult=True):
        row = int(RECOMMENDER.items.find([one.anime_id])[0])
        rated = set(RECOMMENDER.items.find(list(ratings)).tolist())
        above = [
            i for i in range(ITEMS) if i not in rated and RECOMMENDER.showable[i]
            and degree[i] > degree[row]
        ]  # fmt: skip
        assert one.popularity == len(above) + 1


def test_adult_titles_are_ranked_only_where_asked_and_the_unknown_are_passed_over():
    ratings = {IDS[0]: 9.0, IDS[1]: 8.0, 9_999_999: 10.0}
    without, with_them = (
        leave_one_out(RECOMMENDER, ratings, adult=adult) for adult in (False, True)
    )
    assert {one.anime_id for one in without} == {IDS[0], IDS[1]}
    adult = int(RECOMMENDER.catalogue.is_adult[:ITEMS].sum())
    assert with_them[0].among - without[0].among == adult
    assert leave_one_out(RECOMMENDER, {}) == []


def test_a_single_like_is_looked_for_by_popularity_alone():
    (only,) = leave_one_out(RECOMMENDER, {IDS[5]: 9.0}, adult=True)
    assert only.rank == only.popularity == pytest.approx(only.rank)
