"""Dates of ratings: every format of the known exports; other texts are unknown dates."""

import numpy as np
import pytest

from recsys.data.ratings_file import has_dates, read_ratings

DAY = (np.datetime64("2016-03-28") - np.datetime64("1970-01-01")).astype(int)


@pytest.mark.parametrize(
    "moment",
    ["2016-03-28", "2016-03-28 23:59:00", "2016-03-28T01:02:03Z", str(DAY * 86_400 + 5),
     str(1000 * (DAY * 86_400 + 5)), f"{DAY * 86_400}.0"],
)  # fmt: skip
def test_a_moment_is_read_as_its_day(tmp_path, moment):
    path = tmp_path / "ratings.csv"
    path.write_text(f"user,anime_id,rating,timestamp\na,1,8,{moment}\nb,2,9,\n")
    file = read_ratings(path)
    assert file.days.ratings[0] == DAY
    assert np.isnan(file.days.ratings[1])
    assert file.interactions.ratings.tolist() == [8, 9]


def test_days_have_the_order_of_the_ratings_and_the_last_of_a_pair_wins(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(
        "user,anime_id,rating,my_last_updated\n"
        "b,7,5,2020-01-05\na,9,8,2020-01-03\na,2,7,2020-01-02\nb,7,6,2020-01-09\n"
    )
    file = read_ratings(path)
    first = (np.datetime64("2020-01-01") - np.datetime64("1970-01-01")).astype(int)
    assert file.interactions.ratings.tolist() == [7, 8, 6]
    assert (file.days.ratings - first).tolist() == [1, 2, 8]
    assert file.days.columns.tolist() == file.interactions.columns.tolist()


@pytest.mark.parametrize("moment", ["", "soon", "0", "-5", "0000-00-00 00:00:00"])
def test_what_says_no_day_is_no_day_and_a_file_without_any_has_none(tmp_path, moment):
    path = tmp_path / "ratings.csv"
    path.write_text(f"user,anime_id,rating,date\na,1,8,{moment}\n")
    assert read_ratings(path).days is None


@pytest.mark.parametrize(
    ("text", "dated"),
    [("user,anime_id,rating,date\na,1,8,2020-01-01\n", True),
     ("user,anime_id,rating\na,1,8\n", False), ("1 5 7 9\n2 4\n", False)],
)  # fmt: skip
def test_the_head_of_a_file_says_whether_there_are_dates(tmp_path, text, dated):
    path = tmp_path / "ratings.csv"
    path.write_text(text)
    assert has_dates(path) is dated
    assert has_dates(tmp_path) is False
