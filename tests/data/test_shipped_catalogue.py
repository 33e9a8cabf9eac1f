"""The shipped catalogue: complete, within the vocabulary, and correct in samples."""

import numpy as np
import polars as pl
import pytest

from recsys.data.catalogue import Catalogue
from recsys.data.catalogue_schema import TYPES, schema
from recsys.data.genres import DEMOGRAPHICS, GENRES, THEMES
from recsys.paths import catalogue_path


@pytest.fixture(scope="module")
def shipped():
    return Catalogue.load(catalogue_path())


def test_the_file_is_small_and_has_only_the_columns_of_the_schema():
    assert catalogue_path().stat().st_size <= 4 * 2**20
    columns = pl.read_parquet_schema(catalogue_path())
    assert list(columns) == list(schema())
    assert not {"synopsis", "description", "rating", "user"} & set(columns)


def test_every_anime_occurs_once(shipped):
    ids = shipped.ids.ids
    assert len(shipped) >= 26_000
    assert np.unique(ids).size == ids.size
    assert (np.diff(ids) > 0).all()


def test_no_text_is_as_long_as_a_synopsis(shipped):
    names = ("title", "title_english", "title_japanese", "source", "cover_url")
    longest = shipped.facts.select(pl.col(names).str.len_chars().max()).row(0)
    assert max(longest) <= 250


def test_the_vocabulary_is_closed(shipped):
    assert set(shipped.genre_names) <= {*GENRES, *THEMES, *DEMOGRAPHICS}
    for column, known in (("genres", GENRES), ("themes", THEMES), ("demographics", DEMOGRAPHICS)):
        assert set(shipped.facts[column].explode().drop_nulls()) <= set(known)
    assert set(shipped.facts["type"].drop_nulls()) == set(TYPES)
    assert set(shipped.facts["season"].drop_nulls()) == {"winter", "spring", "summer", "fall"}
    ages = set(shipped.facts["age_class"].drop_nulls())
    assert ages == {"G", "PG", "PG-13", "R", "R+", "Rx"}


def test_nearly_all_well_known_titles_have_all_facts(shipped):
    known = shipped.members >= 10_000
    genres = [i for i, name in enumerate(shipped.genre_names) if name in GENRES]
    assert shipped.genre_mask[known][:, genres].any(1).mean() >= 0.98
    assert (shipped.type_code[known] >= 0).mean() >= 0.98
    assert (shipped.year[known] > 0).mean() >= 0.98


def test_values_lie_in_their_ranges(shipped):
    score = shipped.score[~np.isnan(shipped.score)]
    assert ((score >= 1) & (score <= 10)).all()
    year = shipped.year[shipped.year > 0]
    assert ((year >= 1900) & (year <= 2035)).all()
    for name in ("episodes", "duration_minutes", "members", "scored_by"):
        assert shipped.facts[name].drop_nulls().min() > 0


def test_adult_follows_from_genre_or_age_class(shipped):
    hentai = shipped.genre_mask[:, shipped.genre_names.index("Hentai")]
    assert shipped.is_adult[hentai].all()
    assert shipped.is_adult[(shipped.facts["age_class"] == "Rx").fill_null(value=False)].all()
    assert shipped.is_adult.mean() < 0.1


def test_texts_have_no_html_or_double_spaces(shipped):
    texts = shipped.facts.select(pl.col(pl.String))
    for column in texts:
        values = column.drop_nulls()
        assert not values.str.contains(r"&(?:#\d+|amp|quot|lt|gt|#039);").any(), column.name
        assert (values == values.str.strip_chars()).all(), column.name
        assert not values.is_in(["", "Unknown", "UNKNOWN", "nan"]).any(), column.name


def test_covers_are_addresses_of_two_known_hosts(shipped):
    hosts = set(shipped.facts["cover_url"].drop_nulls().str.extract(r"^https://([^/]+)/"))
    assert hosts == {"cdn.myanimelist.net", "media.kitsu.app"}


FRANCHISES = {
    "Attack on Titan": (16498, 40028, 51535),
    "Demon Slayer": (38000, 47778, 55701),
    "Jujutsu Kaisen": (40748, 51009, 57658),
    "Mushoku Tensei": (39535, 51179),
    "Oshi no Ko": (52034, 60058),
    "Spy x Family": (50265, 53888),
    "Re:Zero": (31240, 61316),
    "Bleach": (269, 41467),
    "Fate": (356, 10087, 55830),
    "Gundam": (80, 49828),
    "One Piece": (21, 50410),
    "Pokemon": (527, 53876),
    "Naruto and Boruto": (20, 1735, 34566),
    "Dragon Ball": (223, 813, 56894),
    "Index and Railgun": (4654, 38481),
    "K-On!": (5680, 7791),
}
APART = {
    "Conan, Lupin": (235, 1412),
    "Shin-chan, Doraemon": (966, 2471),
    "Shin-chan, Panpaka Pants": (966, 32842),
    "Evangelion, Vinland Saga": (30, 37521),
    "Steins;Gate, Robotics;Notes": (9253, 13599),
    "Monster, Monster Musume": (19, 30307),
    "K, K-On!": (14467, 5680),
    "Mononoke, Princess Mononoke": (2246, 164),
    "Bokura no, Bokura no Nanokakan Sensou": (1690, 37828),
    "Shangri-La, Shangri-La Frontier": (5220, 52347),
}


@pytest.mark.parametrize("name", FRANCHISES)
def test_a_franchise_has_all_its_titles(shipped, name):
    rows = shipped.rows(FRANCHISES[name])
    assert (rows >= 0).all()
    assert np.unique(shipped.franchise[rows]).size == 1


@pytest.mark.parametrize("names", APART)
def test_different_worlds_have_different_numbers(shipped, names):
    rows = shipped.rows(APART[names])
    assert (rows >= 0).all()
    assert np.unique(shipped.franchise[rows]).size == 2


def test_no_franchise_is_too_large(shipped):
    _, sizes = np.unique(shipped.franchise, return_counts=True)
    assert sizes.max() <= 200
    assert (shipped.franchise <= shipped.ids.ids).all()
