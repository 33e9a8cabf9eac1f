"""Stored tables: saved and opened unchanged; a damaged table is refused before a kernel uses it."""

import json

import numpy as np
import pytest

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.memmap import open_interactions, save_interactions
from recsys.data.ratings_file import read_ratings
from recsys.errors import DataError


def make_table(users):
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(rng.random((5, 9)) < 0.5)
    ratings = rng.integers(1, 11, rows.size).astype(np.float32)
    ratings[0] = np.nan
    return Interactions.from_rows(IdMap(users), IdMap(np.arange(9) * 10), rows, columns, ratings)


@pytest.mark.parametrize("users", [[1, 2, 3, 7, 9], ["ann", "bob", "eve", "zoë", "李"]])
def test_a_table_is_opened_unchanged_and_memory_mapped(tmp_path, users):
    table = make_table(users)
    save_interactions(tmp_path / "stored", table)
    again = open_interactions(tmp_path / "stored")
    assert again.fingerprint() == table.fingerprint()
    assert isinstance(again.columns.base, np.memmap) or isinstance(again.columns, np.memmap)


def test_a_stored_table_can_be_read_like_a_ratings_file(tmp_path):
    table = make_table([1, 2, 3, 7, 9])
    save_interactions(tmp_path / "stored", table)
    assert read_ratings(tmp_path / "stored").interactions.fingerprint() == table.fingerprint()
    some = read_ratings(tmp_path / "stored", catalogue_ids=np.array([0, 30, 50]))
    assert some.interactions.items.ids.tolist() == [0, 30, 50]
    assert some.report.dropped["not_in_catalogue"] == len(table) - len(some.interactions)


def test_a_folder_that_is_not_empty_is_left_unchanged(tmp_path):
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(DataError, match="not empty"):
        save_interactions(tmp_path, make_table([1, 2, 3, 7, 9]))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("damage", ["missing", "truncated", "short", "summary"])
def test_a_table_with_a_missing_or_truncated_file_is_refused(tmp_path, damage):
    folder = tmp_path / "stored"
    save_interactions(folder, make_table([1, 2, 3, 7, 9]))
    if damage == "missing":
        (folder / "columns.npy").unlink()
    elif damage == "truncated":
        (folder / "starts.npy").write_bytes((folder / "starts.npy").read_bytes()[:90])
    elif damage == "short":
        np.save(folder / "ratings.npy", np.ones(3, np.float32))
    else:
        (folder / "interactions.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        open_interactions(folder)


def test_an_empty_folder_is_filled(tmp_path):
    table = make_table([1, 2, 3, 7, 9])
    save_interactions(tmp_path, table)
    assert open_interactions(tmp_path).fingerprint() == table.fingerprint()


def test_a_save_that_fails_leaves_no_folder_that_a_reader_could_open(tmp_path, monkeypatch):
    seen = []

    def full(path, _array):
        seen.append((tmp_path / "stored").exists())
        if path.name == "users.npy":
            raise OSError(28, "No space left on device")
        path.touch()

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DataError, match="No space left on device"):
        save_interactions(tmp_path / "stored", make_table([1, 2, 3, 7, 9]))
    assert seen == [False] * 4
    assert list(tmp_path.iterdir()) == []


# three users with 2, 2 and 1 of four items; each case replaces one array
SOUND = {
    "starts": np.array([0, 2, 4, 5]),
    "columns": np.array([0, 3, 1, 2, 0], np.int32),
    "ratings": np.array([1, 10, 7, 8, np.nan], np.float32),
    "users": np.array([4, 5, 6]),
    "items": np.array([10, 20, 30, 40]),
}
DAMAGES = {
    "unsorted items of a user": ("columns", np.array([3, 0, 1, 2, 0], np.int32)),
    "an item twice in a user": ("columns", np.array([0, 3, 2, 2, 0], np.int32)),
    "a negative item": ("columns", np.array([-1, 3, 1, 2, 0], np.int32)),
    "an item past the last": ("columns", np.array([0, 4, 1, 2, 0], np.int32)),
    "64-bit items": ("columns", np.array([0, 3, 1, 2, 0], np.int64)),
    "items as a matrix": ("columns", np.zeros((5, 1), np.int32)),
    "starts that descend": ("starts", np.array([0, 4, 2, 5])),
    "a negative start": ("starts", np.array([0, -2, 4, 5])),
    "a first start above zero": ("starts", np.array([1, 2, 4, 5])),
    "a last start past the end": ("starts", np.array([0, 2, 4, 6])),
    "too few starts": ("starts", np.array([0, 2, 5])),
    "starts that are not whole": ("starts", np.array([0, 2, 4, 5], np.float64)),
    "a rating above 10": ("ratings", np.array([1, 10.5, 7, 8, 9], np.float32)),
    "a rating below 1": ("ratings", np.array([0, 10, 7, 8, 9], np.float32)),
    "an infinite rating": ("ratings", np.array([1, 10, np.inf, 8, 9], np.float32)),
    "64-bit ratings": ("ratings", np.array([1, 10, 7, 8, 9], np.float64)),
    "a user twice": ("users", np.array([4, 4, 6])),
    "users that are not whole": ("users", np.array([4.5, 5, 6])),
    "items as a matrix of ids": ("items", np.arange(8).reshape(4, 2)),
}


def store_arrays(folder, arrays):
    folder.mkdir()
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    summary = {"users": 3, "items": 4, "entries": 5}
    (folder / "interactions.json").write_text(json.dumps(summary), encoding="utf-8")


def test_a_sound_table_made_of_arrays_opens(tmp_path):
    store_arrays(tmp_path / "stored", SOUND)
    assert len(open_interactions(tmp_path / "stored")) == 5


@pytest.mark.parametrize("block", [1, 2, 100])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_arrays_are_refused_when_the_table_is_opened(tmp_path, monkeypatch, damage, block):
    monkeypatch.setattr("recsys.data.csr_validation.BLOCK", block)
    name, array = DAMAGES[damage]
    store_arrays(tmp_path / "stored", SOUND | {name: array})
    with pytest.raises(DataError, match=r"stored.* Make it again: python -m recsys data store\."):
        open_interactions(tmp_path / "stored")


def test_a_user_without_entries_is_no_damage(tmp_path):
    store_arrays(
        tmp_path / "stored",
        SOUND
        | {"starts": np.array([0, 0, 4, 5])}
        | {"columns": np.array([0, 1, 2, 3, 0], np.int32)},
    )
    assert open_interactions(tmp_path / "stored").user_degrees.tolist() == [0, 4, 1]
