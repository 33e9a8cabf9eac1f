"""A stored table opens as what it was, memory-mapped, or says in a sentence why it cannot."""

import numpy as np
import pytest

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.memmap import open_interactions, save_interactions
from recsys.data.ratings_file import read_ratings
from recsys.errors import DataError


def made(users):
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(rng.random((5, 9)) < 0.5)
    ratings = rng.integers(1, 11, rows.size).astype(np.float32)
    ratings[0] = np.nan
    return Interactions.from_rows(IdMap(users), IdMap(np.arange(9) * 10), rows, columns, ratings)


@pytest.mark.parametrize("users", [[1, 2, 3, 7, 9], ["ann", "bob", "eve", "zoë", "李"]])
def test_a_table_comes_back_as_it_was_without_being_read(tmp_path, users):
    table = made(users)
    save_interactions(tmp_path / "stored", table)
    again = open_interactions(tmp_path / "stored")
    assert again.fingerprint() == table.fingerprint()
    assert isinstance(again.columns.base, np.memmap) or isinstance(again.columns, np.memmap)


def test_a_stored_table_stands_in_for_the_file(tmp_path):
    table = made([1, 2, 3, 7, 9])
    save_interactions(tmp_path / "stored", table)
    assert read_ratings(tmp_path / "stored").interactions.fingerprint() == table.fingerprint()
    some = read_ratings(tmp_path / "stored", catalogue_ids=np.array([0, 30, 50]))
    assert some.interactions.items.ids.tolist() == [0, 30, 50]
    assert some.report.dropped["not_in_catalogue"] == len(table) - len(some.interactions)


def test_what_is_there_is_never_written_over(tmp_path):
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(DataError, match="not empty"):
        save_interactions(tmp_path, made([1, 2, 3, 7, 9]))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("spoil", ["gone", "torn", "short", "other"])
def test_a_torn_table_is_refused_in_a_sentence(tmp_path, spoil):
    folder = tmp_path / "stored"
    save_interactions(folder, made([1, 2, 3, 7, 9]))
    if spoil == "gone":
        (folder / "columns.npy").unlink()
    elif spoil == "torn":
        (folder / "starts.npy").write_bytes((folder / "starts.npy").read_bytes()[:90])
    elif spoil == "short":
        np.save(folder / "ratings.npy", np.ones(3, np.float32))
    else:
        (folder / "interactions.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match="torn"):
        open_interactions(folder)
