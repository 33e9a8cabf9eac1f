"""Catalogue files that are damaged or of another format are refused with one clear sentence."""

import numpy as np
import polars as pl
import pytest

from recsys.data.catalogue import Catalogue
from recsys.errors import DataError


@pytest.fixture
def table():
    return pl.DataFrame(
        {
            "anime_id": [7, 3, 5],
            "title": ["Kaze no Uta 2nd Season", "Kaze no Uta", "Yoru"],
            "genres": [["Action"], ["Sci-Fi", "Space"], ["Drama"]],
            "score": [7.25, None, 5.0],
        }
    )


@pytest.fixture
def catalogue(table):
    return Catalogue.from_frame(table)


def one_sentence(error):
    text = str(error.value)
    return text.endswith(".") and "\n" not in text and "Traceback" not in text


def test_a_missing_file_is_reported_as_missing(tmp_path):
    with pytest.raises(DataError, match=r"no catalogue at .*elsewhere") as error:
        Catalogue.load(tmp_path / "elsewhere.parquet")
    assert one_sentence(error)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"anime_id,title\n1,Cowboy Bebop\n", "is not a catalogue"),
        (b"PAR1", "is damaged"),
        (b"PAR1" + bytes(200), "is damaged"),
    ],
)
def test_a_file_that_is_not_a_catalogue_is_refused_with_one_sentence(tmp_path, content, words):
    path = tmp_path / "catalogue.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as error:
        Catalogue.load(path)
    assert one_sentence(error)
    assert str(path) in str(error.value)


def test_another_parquet_file_is_refused_and_its_first_wrong_column_named(tmp_path, table):
    path = tmp_path / "ratings.parquet"
    table.write_parquet(path)
    with pytest.raises(DataError, match="'anime_id' is missing or of another type") as error:
        Catalogue.load(path)
    assert one_sentence(error)


@pytest.mark.parametrize("name", ["anime_id", "title", "is_adult", "franchise", "genres"])
def test_a_row_without_a_required_value_is_refused(tmp_path, catalogue, name):
    path = tmp_path / "catalogue.parquet"
    holed = pl.when(pl.col("anime_id") != 5).then(name).alias(name)
    catalogue.facts.with_columns(holed).write_parquet(path)
    with pytest.raises(DataError, match=f"a row has no {name}") as error:
        Catalogue.load(path)
    assert one_sentence(error)


def test_an_id_that_occurs_twice_is_refused(table):
    with pytest.raises(DataError, match="The id 7 occurs twice"):
        Catalogue.from_frame(pl.concat([table, table[:1]]))


def test_a_table_without_rows_is_refused(table):
    with pytest.raises(DataError, match="holds no anime"):
        Catalogue.from_frame(table[:0])


def test_a_file_cut_short_is_refused(tmp_path, catalogue):
    path = tmp_path / "catalogue.parquet"
    catalogue.save(path)
    content = path.read_bytes()
    for length in np.linspace(1, len(content) - 1, 12).astype(int):
        path.write_bytes(content[:length])
        with pytest.raises(DataError):
            Catalogue.load(path)


def test_a_changed_bit_is_refused_or_has_no_effect(tmp_path, catalogue):
    path = tmp_path / "catalogue.parquet"
    catalogue.save(path)
    content = path.read_bytes()
    refused = 0
    for position in np.linspace(4, len(content) - 1, 60).astype(int):
        flipped = bytearray(content)
        flipped[position] ^= 1 << (position % 8)
        path.write_bytes(flipped)
        try:
            assert Catalogue.load(path).fingerprint == catalogue.fingerprint
        except DataError:
            refused += 1
    assert refused > 20
