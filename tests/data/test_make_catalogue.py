"""The script that builds the catalogue: which source a fact comes from, and parsing."""

import polars as pl
import pytest

from recsys.data.catalogue import Catalogue
from scripts.make_catalogue import clean_text, compile_catalogue, parse_minutes

BASE = pl.DataFrame(
    {
        "anime_id": [1, 2],
        "Name": ["Kaze no Uta", "Yoru"],
        "Score": ["7.5", None],
        "Genres": ["Police, Shounen", "Dementia, School"],
        "Type": ["TV", "OVA"],
        "Episodes": ["12", "3"],
        "Members": ["500", "40"],
    }
)
TEXT = pl.String
COLLECTION = {
    "anime_id": ([2, 1, 3, 4], pl.Int32),
    "title": (["Yoru &amp; Hiru", "Kaze no Uta", "Kaze no Uta 2nd Season", "Asa"], TEXT),
    "title_english": ([None, "Song of the Wind", None, "Unknown"], TEXT),
    "title_japanese": ([None, "風の歌", "風の歌 第2期", None], TEXT),
    "type": ([None, "TV", "TV", "TV"], TEXT),
    "episodes": ([None, 13, 0, None], pl.Int32),
    "genres": ([None, "Action|Mecha", "Hentai", "Science Fiction|Soap"], TEXT),
    "themes": ([None, None, "School", "Shounen"], TEXT),
    "score": ([None, 7.75, None, 8.0], pl.Float32),
    "scored_by": ([None, 90, None, 10], pl.Int32),
    "members": ([None, 800, 10, 1_000], pl.Int32),
    "favorites": ([None, None, None, None], pl.Int32),
    "year": ([None, 2010, 2024, 2023], pl.Int32),
    "season": ([None, "fall", None, None], TEXT),
    "studios": (["Sunrise|Bones", None, None, None], TEXT),
    "source": (["Manga", None, None, None], TEXT),
    "duration": (["1 hr. 2 min. per ep.", None, None, None], TEXT),
    "age_rating": (["Rx - Hentai", "PG-13 - Teens 13 or older", None, None], TEXT),
    "image_url": (["https://elsewhere.example/x.jpg", None, None, None], TEXT),
    "is_adult": ([False, False, False, False], pl.Boolean),
    "demographics": ([None, None, None, None], TEXT),
    "score_anilist": ([None, None, 6.5, 7.0], pl.Float32),
    "members_anilist": ([None, 900, 333, 400], pl.Int32),
}


@pytest.fixture
def made():
    collection = pl.DataFrame(
        {name: pl.Series(values, dtype=kind) for name, (values, kind) in COLLECTION.items()}
    )
    return Catalogue.from_frame(compile_catalogue(BASE, collection, [(2, 4, "sequel")]))


def test_rows_are_sorted_by_id(made):
    assert made.ids.ids.tolist() == [1, 2, 3, 4]


def test_the_newer_fact_is_used_and_the_older_where_it_is_missing(made):
    wind, night = made.get(1), made.get(2)
    assert (wind.episodes, wind.score, wind.genres, wind.themes) == (
        13, 7.75, ("Action",), ("Mecha",),
    )  # fmt: skip
    assert wind.demographics == ("Shounen",)
    assert (night.type, night.episodes, night.members) == ("OVA", 3, 40)
    assert (night.genres, night.themes) == (("Avant Garde",), ("School",))
    assert night.title == "Yoru & Hiru"


def test_unknown_facts_are_null(made):
    assert made.get(3).episodes is None
    assert made.get(4).title_english is None
    assert made.get(2).cover_url is None


def test_facts_are_parsed(made):
    night = made.get(2)
    assert (night.duration_minutes, night.studios, night.age_class) == (
        62,
        ("Sunrise", "Bones"),
        "Rx",
    )


def test_an_anime_is_adult_where_any_source_marks_it(made):
    assert made.is_adult.tolist() == [False, True, True, False]


def test_members_of_recent_titles_are_estimated_where_they_were_counted_too_early(made):
    # 2.5 members for each on AniList, from the one recent title that was counted late enough
    assert made.members.tolist() == [800, 40, 830, 1_000]


def test_the_score_is_anilists_where_no_other_is_known(made):
    assert made.get(3).score == 6.5


def test_franchises_come_from_names_and_relations(made):
    assert made.franchise.tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("24 min. per ep.", 24),
        ("1 hr. 55 min.", 115),
        ("2 hr.", 120),
        ("31 sec.", 1),
        ("7 sec. per ep.", 1),
        ("Unknown", None),
        (None, None),
    ],
)
def test_durations_are_minutes(duration, expected):
    assert parse_minutes(duration) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Gift &quot;Eternal&quot;", 'Gift "Eternal"'),
        ("  a \u3000 b ", "a b"),
        ("no\u200cKuni", "noKuni"),
        ("Unknown", None),
        (None, None),
    ],
)
def test_html_and_spaces_are_cleaned(value, expected):
    assert clean_text(value) == expected
