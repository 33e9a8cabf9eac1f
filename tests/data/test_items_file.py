"""Items files: known exports become a catalogue; other files are refused with the reason."""

import gzip

import polars as pl
import pytest

from recsys.data.catalogue import Catalogue
from recsys.data.items_file import read_catalogue, read_items
from recsys.errors import DataError

COOPER = """anime_id,name,genre,type,episodes,rating,members
32281,Kimi no Na wa.,"Drama, Romance, School",Movie,1,9.37,200630
28977,Gintama&deg;,"Action, Comedy",TV,Unknown,9.25,114262
28977,Gintama again,Comedy,TV,51,9.25,114262
12,,Action,TV,1,5,10
x,No id,Action,TV,1,5,10
"""
HERNAN = """MAL_ID,Name,Score,Genres,English name,Type,Episodes,Rating,Members
1,Cowboy Bebop,8.78,"Action, Sci-Fi",Cowboy Bebop,TV,26,R - 17+,1251960
2,Unknown Tale,Unknown,Unknown,Unknown,Unknown,Unknown,Unknown,12
"""


def test_a_known_export_becomes_a_catalogue_and_every_dropped_row_is_counted(tmp_path):
    path = tmp_path / "anime.csv"
    path.write_text(COOPER)
    frame, report = read_items(path)
    assert frame["anime_id"].to_list() == [32281, 28977]
    assert report.dropped == {"unreadable": 1, "no_title": 1, "duplicate_anime": 1}
    assert (report.read, report.used) == (5, 2)
    catalogue = read_catalogue(path)
    film, series = catalogue.get(32281), catalogue.get(28977)
    assert (film.title, film.type, film.episodes) == ("Kimi no Na wa.", "Movie", 1)
    assert film.genres == ("Drama", "Romance")
    assert film.themes == ("School",)
    assert (series.title, series.episodes) == ("Gintama°", None)


def test_words_for_unknown_are_null(tmp_path):
    path = tmp_path / "anime.csv.gz"
    path.write_bytes(gzip.compress(HERNAN.encode()))
    catalogue = read_catalogue(path)
    assert catalogue.get(1).score == pytest.approx(8.78, abs=1e-5)
    unknown = catalogue.get(2)
    assert (unknown.score, unknown.episodes, unknown.genres) == (None, None, ())


def test_the_shipped_catalogue_is_opened_unchanged(tmp_path, shipped):
    assert read_catalogue(tmp_path / "c.parquet").fingerprint == shipped.fingerprint


@pytest.fixture
def shipped(tmp_path):
    frame = pl.DataFrame({"anime_id": [3, 1], "title": ["Kaze", "Yoru"]})
    catalogue = Catalogue.from_frame(frame)
    catalogue.save(tmp_path / "c.parquet")
    return catalogue


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PAR1 and then nothing", "is damaged"),
        (b"user_id,anime_id,rating\n1,2,3\n", "describes no anime"),
        (b"anime_id,title\n,\n", "No row of"),
    ],
)
def test_a_file_without_anime_is_refused_with_the_reason(tmp_path, content, words):
    path = tmp_path / "some.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as error:
        read_catalogue(path)
    assert str(path) in str(error.value)


def test_a_parquet_file_of_ratings_is_refused(tmp_path):
    path = tmp_path / "ratings.parquet"
    pl.DataFrame({"user_id": [1], "anime_id": [2], "rating": [3]}).write_parquet(path)
    with pytest.raises(DataError, match="describes no anime"):
        read_catalogue(path)


def test_a_missing_file_is_reported_as_missing(tmp_path):
    with pytest.raises(DataError, match="no catalogue at"):
        read_catalogue(tmp_path / "nowhere.csv")
