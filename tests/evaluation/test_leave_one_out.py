"""Leave-one-out: a withheld like has the rank that it has on the list of the other ratings."""

import math

import pytest
from hypothesis import given, settings

from recsys.data.catalogue import Catalogue
from recsys.errors import DataError
from recsys.evaluation.leave_one_out import leave_one_out
from recsys.paths import catalogue_path
from recsys.serving.filters import Filters
from recsys.serving.fold_in import to_numpy
from tests.serving.test_recommender import ITEMS, made_recommender, profiles

CATALOGUE = Catalogue.load(catalogue_path())
RECOMMENDER = made_recommender(CATALOGUE)
IDS = CATALOGUE.ids.ids[:ITEMS].tolist()


def listed(ratings, without):
    """Return the complete list that is served to a user who did not rate one title."""
    others = {item: rating for item, rating in ratings.items() if item != without}
    filters = Filters(adult=True, one_per_franchise=False)
    return [entry.item_id for entry in RECOMMENDER.recommend(others, ITEMS, filters=filters)]


@settings(max_examples=15)
@given(profiles(IDS[:40]))
def test_the_rank_is_that_on_the_list_of_the_other_ratings(ratings):
    ratings = {item: rating for item, rating in ratings.items() if not math.isnan(rating)}
    results = leave_one_out(RECOMMENDER, ratings, adult=True)
    likes = {item for item, rating in ratings.items() if rating >= 7}
    assert {result.anime_id for result in results} == likes
    assert [result.rank for result in results] == sorted(result.rank for result in results)
    for result in results[:3]:
        served = listed(ratings, result.anime_id)
        assert served[result.rank - 1] == result.anime_id
        assert result.among == len(served)


def test_popularity_ranks_by_likes_among_the_same_titles():
    ratings = {IDS[0]: 9.0, IDS[1]: 8.0, IDS[2]: 3.0}
    degree = to_numpy(RECOMMENDER.item_factors.log_degrees)
    for result in leave_one_out(RECOMMENDER, ratings, adult=True):
        row = int(RECOMMENDER.items.find([result.anime_id])[0])
        rated = set(RECOMMENDER.items.find(list(ratings)).tolist())
        above = [
            i for i in range(ITEMS) if i not in rated and RECOMMENDER.showable[i]
            and degree[i] > degree[row]
        ]  # fmt: skip
        assert result.popularity == len(above) + 1


def test_adult_titles_are_ranked_only_on_request_and_unknown_titles_are_left_out():
    ratings = {IDS[0]: 9.0, IDS[1]: 8.0, 9_999_999: 10.0}
    without, with_them = (
        leave_one_out(RECOMMENDER, ratings, adult=adult) for adult in (False, True)
    )
    assert {result.anime_id for result in without} == {IDS[0], IDS[1]}
    adult = int(RECOMMENDER.catalogue.is_adult[:ITEMS].sum())
    assert with_them[0].among - without[0].among == adult
    assert leave_one_out(RECOMMENDER, {}) == []


@pytest.mark.parametrize("rating", [0, 11, -3.5, True])
def test_a_rating_outside_1_to_10_is_refused(rating):
    with pytest.raises(DataError, match="must be a number from 1 to 10"):
        leave_one_out(RECOMMENDER, {IDS[0]: 9.0, IDS[1]: rating})


def test_a_single_like_is_ranked_by_popularity_alone():
    """Without it nothing is rated, so the served list is the one of popular titles."""
    (result,) = leave_one_out(RECOMMENDER, {IDS[5]: 9.0}, adult=True)
    degree = to_numpy(RECOMMENDER.item_factors.log_degrees)
    row = int(RECOMMENDER.items.find([IDS[5]])[0])
    more_popular = int((degree[RECOMMENDER.showable] > degree[row]).sum())
    assert result.rank == result.popularity == more_popular + 1
    served = listed({}, None)
    assert served.index(IDS[5]) >= more_popular
    assert all(degree[RECOMMENDER.items.find([item])[0]] > degree[row]
               for item in served[:more_popular])  # fmt: skip
