"""The catalogue: what is read is what was given, and a file that is not one says so."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.catalogue import Catalogue
from recsys.data.catalogue_schema import TYPES, Anime, schema
from recsys.data.genres import DEMOGRAPHICS, GENRES, THEMES, sort_tags

BEBOP = Anime(
    anime_id=1,
    title="Cowboy Bebop",
    title_english="Cowboy Bebop",
    title_japanese="カウボーイビバップ",
    type="TV",
    year=1998,
    season="spring",
    episodes=26,
    duration_minutes=24,
    genres=("Action", "Sci-Fi"),
    themes=("Space",),
    demographics=("Seinen",),
    studios=("Sunrise",),
    source="Original",
    score=8.75,
    scored_by=1_006_637,
    members=1_948_111,
    age_class="R",
    is_adult=False,
    cover_url="https://example.org/bebop.webp",
    franchise=1,
)


@pytest.fixture
def kaggle():
    """A table as a reader of other people's files hands it over."""
    return pl.DataFrame(
        {
            "anime_id": [7, 3, 5, 9],
            "title": ["Kaze no Uta 2nd Season", "Kaze no Uta", "Yoru", "Hiru"],
            "genres": [["Shounen", "Police"], ["Sci-Fi", "Space"], ["Hentai"], ["Western"]],
            "type": ["TV", "TV Special", "OVA", "Hologram"],
            "episodes": [12, None, 1, 2],
            "score": [7.25, None, 5.0, None],
            "members": [100, 2_000, None, 4],
        }
    )


@pytest.fixture
def catalogue(kaggle):
    return Catalogue.from_frame(kaggle)


def file_of(tmp_path, catalogue):
    path = tmp_path / "catalogue.parquet"
    catalogue.save(path)
    return path


def test_all_facts_survive_saving_and_loading(tmp_path):
    row = {name: getattr(BEBOP, name) for name in Anime.__slots__}
    made = Catalogue.from_frame(pl.DataFrame([row], schema=schema()))
    assert Catalogue.load(file_of(tmp_path, made)).get(1) == BEBOP


def test_the_same_facts_give_the_same_bytes_and_fingerprint(tmp_path, kaggle):
    first, second = Catalogue.from_frame(kaggle), Catalogue.from_frame(kaggle.clone())
    assert file_of(tmp_path, first).read_bytes() == file_of(tmp_path, second).read_bytes()
    assert first.fingerprint == second.fingerprint


@pytest.mark.parametrize("column", ["title", "genres", "score", "episodes", "members"])
def test_another_fact_gives_another_fingerprint(kaggle, column):
    turned = kaggle.with_columns(pl.col(column).reverse())
    assert Catalogue.from_frame(turned).fingerprint != Catalogue.from_frame(kaggle).fingerprint


def test_the_fingerprint_distinguishes_unknown_from_empty_and_lists_from_their_concatenation():
    def fingerprint_of(members, genres):
        facts = {"anime_id": [1, 2], "title": ["a", "b"], "members": members, "genres": genres}
        return Catalogue.from_frame(pl.DataFrame(facts)).fingerprint

    first = fingerprint_of([None, 1], [["Action"], ["Comedy", "Drama"]])
    assert first != fingerprint_of([0, 1], [["Action"], ["Comedy", "Drama"]])
    assert first != fingerprint_of([None, 1], [["Action", "Comedy"], ["Drama"]])


def test_columns_equal_the_rows_and_mark_unknown_values(catalogue):
    assert catalogue.ids.ids.tolist() == [7, 3, 5, 9]
    assert catalogue.episodes.tolist() == [12, 0, 1, 2]
    assert catalogue.members.tolist() == [100, 2_000, 0, 4]
    np.testing.assert_array_equal(catalogue.score, np.float32([7.25, np.nan, 5.0, np.nan]))
    assert catalogue.year.tolist() == [0, 0, 0, 0]
    types = [None if code < 0 else catalogue.type_names[code] for code in catalogue.type_code]
    assert types == ["TV", "Special", "OVA", None]


def test_columns_cannot_be_changed(catalogue):
    for name in ("year", "members", "score", "episodes", "is_adult", "franchise", "type_code"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(catalogue, name)[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        catalogue.genre_mask[0, 0] = True
    with pytest.raises(AttributeError):
        catalogue.members = catalogue.members


def test_an_anime_states_unknown_facts_as_none(catalogue):
    anime = catalogue.get(9)
    assert (anime.year, anime.score, anime.type, anime.title_english) == (None, None, None, None)
    assert anime.studios == ()


def test_names_of_older_sources_are_mapped_to_the_vocabulary(catalogue):
    assert catalogue.get(7).themes == ("Detective",)
    assert catalogue.get(7).demographics == ("Shounen",)
    assert catalogue.get(3).genres == ("Sci-Fi",)
    assert catalogue.get(3).themes == ("Space",)


def test_an_unknown_genre_stays_a_genre_and_can_be_filtered(catalogue):
    assert catalogue.get(9).genres == ("Western",)
    assert catalogue.genre_names[-1] == "Western"
    assert catalogue.genre_mask[3].nonzero()[0].tolist() == [len(catalogue.genre_names) - 1]


def test_pornography_is_adult_whether_genre_or_age_class_says_so():
    frame = pl.DataFrame(
        {
            "anime_id": [1, 2, 3, 4],
            "title": ["a", "b", "c", "d"],
            "genres": [["Hentai"], [], [], ["Drama"]],
            "age_class": [None, "Rx", None, "R+"],
            "is_adult": [None, None, True, None],
        }
    )
    assert Catalogue.from_frame(frame).is_adult.tolist() == [True, True, True, False]


def test_franchises_are_derived_from_titles_where_a_table_has_none(catalogue):
    assert catalogue.franchise.tolist() == [3, 3, 5, 9]


def test_given_franchises_are_kept(kaggle):
    given_numbers = kaggle.with_columns(franchise=pl.Series([7, 3, 3, 3]))
    assert Catalogue.from_frame(given_numbers).franchise.tolist() == [7, 3, 3, 3]


@given(
    st.lists(
        st.lists(st.sampled_from([*GENRES, *THEMES, *DEMOGRAPHICS, "Western"]), max_size=5),
        min_size=1,
        max_size=8,
    )
)
def test_the_genre_mask_equals_the_tags_of_each_anime(lists):
    frame = pl.DataFrame(
        {
            "anime_id": range(len(lists)),
            "title": [f"T{i} x" for i in range(len(lists))],
            "genres": pl.Series(lists, dtype=pl.List(pl.String)),
        }
    )
    catalogue = Catalogue.from_frame(frame)
    assert len(set(catalogue.genre_names)) == len(catalogue.genre_names)
    for row, names in enumerate(lists):
        masked = {n for n, on in zip(catalogue.genre_names, catalogue.genre_mask[row]) if on}  # noqa: B905
        card = catalogue.anime(row)
        assert masked == set(names) == {*card.genres, *card.themes, *card.demographics}


@given(st.lists(st.sampled_from([*GENRES, *THEMES, *DEMOGRAPHICS, "Magic", "Yuri", "Soap"])))
def test_sorting_tags_twice_changes_nothing(names):
    tags = sort_tags(names)
    assert sort_tags([*tags.genres, *tags.themes, *tags.demographics, *tags.unknown]) == tags


def test_known_ids_have_a_row_and_unknown_ids_minus_one(catalogue):
    assert catalogue.rows([5, 8, 7]).tolist() == [2, -1, 0]
    assert catalogue.get(8) is None
    with pytest.raises(IndexError):
        catalogue.anime(-1)


def test_types_are_the_ones_that_filters_offer():
    assert Catalogue.type_names == TYPES
