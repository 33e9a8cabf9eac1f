"""Ratings from data frames: the same rows and the same drop report as from a file."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from recsys.data.ratings_file import read_ratings
from recsys.errors import DataError

ROWS = {
    "user_id": [1, 1, 1, 1, 2, 2, 2],
    "anime_id": [5, 5, 6, 7, 5, 6, 999],
    "rating": [8, 9, 0, 11, None, 7.5, 3],
    "timestamp": ["2016-03-28", "2016-03-29", None, "2016-03-28", "2016-03-28", "2016-04-01", None],
}
DROPPED = {"duplicate": 1, "not_rated": 2, "out_of_range": 1, "not_in_catalogue": 1}
FRAMES = {
    "polars": lambda: pl.DataFrame(ROWS, strict=False),
    "lazy": lambda: pl.LazyFrame(ROWS, strict=False),
    "pandas": lambda: pd.DataFrame(ROWS),
    "pandas with an index": lambda: pd.DataFrame(ROWS, index=list("abcdefg")),
    "pandas with missing integers": lambda: pd.DataFrame(ROWS).astype({"anime_id": "Int64"}),
    "pandas of texts": lambda: pd.DataFrame(ROWS).astype({"user_id": str, "anime_id": str}),
    "pandas with dates": lambda: pd.DataFrame(
        ROWS | {"timestamp": pd.to_datetime(pd.Series(ROWS["timestamp"]))}
    ),
    "pandas of categories": lambda: pd.DataFrame(ROWS).astype({"user_id": "category"}),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_is_read_as_the_same_file_is(tmp_path, kind):
    frame = FRAMES[kind]()
    path = tmp_path / "ratings.csv"
    pl.DataFrame(ROWS, strict=False).write_csv(path)
    catalogue = np.array([5, 6, 7])
    from_frame, from_file = (read_ratings(s, catalogue_ids=catalogue) for s in (frame, path))
    assert from_frame.interactions.fingerprint() == from_file.interactions.fingerprint()
    assert from_frame.days.ratings.tolist() == from_file.days.ratings.tolist()
    assert from_frame.report.dropped == from_file.report.dropped == DROPPED
    assert from_frame.report.source == "data frame"
    assert from_frame.report.read == 7


def test_a_frame_is_left_unchanged():
    frame = pd.DataFrame(ROWS)
    before = frame.copy(deep=True)
    read_ratings(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_names_of_people_stay_names():
    frame = pd.DataFrame({"username": ["ann", "李"], "item": [5, 6]})
    table = read_ratings(frame).interactions
    assert table.users.ids.tolist() == ["ann", "李"]
    assert np.isnan(table.ratings).all()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (pd.DataFrame({"anime_id": [5]}), "The data frame has no column for the user"),
        (pl.DataFrame({"user": [5]}), "The data frame has no column for the anime"),
        (pd.DataFrame({"user": [1], "item": [5], "rating": [99]}), "No row of the data frame can"),
        (
            pd.DataFrame({"user": ["a"], "item": ["x"]}),
            "Most rows of the data frame cannot be read",
        ),
        (pd.DataFrame([[1, 2]], columns=["user", "user"]), "two columns of one name"),
        ({"user": [1], "item": [5]}, "not from a value of the type dict"),
        (None, "not from a value of the type NoneType"),
        (pl.DataFrame({"user": [[1], [2]], "item": [5, 6]}), "The data frame is damaged"),
    ],
)
def test_a_frame_that_cannot_be_used_is_one_sentence(source, message):
    with pytest.raises(DataError, match=message):
        read_ratings(source)


def test_a_path_may_be_a_text(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("user,item,rating\n1,5,8\n", encoding="utf-8")
    assert len(read_ratings(str(path)).interactions) == 1
