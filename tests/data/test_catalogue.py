"""The catalogue: what is read is what was given, and a file that is not one says so."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.catalogue import Catalogue
from recsys.data.facts import TYPES, Anime, schema
from recsys.data.genres import DEMOGRAPHICS, GENRES, THEMES, sort_tags
from recsys.errors import DataError

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


def test_all_facts_of_an_anime_survive_the_way_through_a_file(tmp_path):
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


def test_columns_hold_what_the_rows_say_and_mark_what_is_unknown(catalogue):
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


def test_names_of_older_sources_are_sorted_into_the_vocabulary(catalogue):
    assert catalogue.get(7).themes == ("Detective",)
    assert catalogue.get(7).demographics == ("Shounen",)
    assert catalogue.get(3).genres == ("Sci-Fi",)
    assert catalogue.get(3).themes == ("Space",)


def test_a_genre_that_the_vocabulary_lacks_stays_a_genre_and_can_be_filtered(catalogue):
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


def test_franchises_are_told_from_titles_where_a_table_has_none(catalogue):
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
def test_the_mask_says_what_the_cards_say(lists):
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


def test_ids_are_found_and_unknown_ones_are_told(catalogue):
    assert catalogue.rows([5, 8, 7]).tolist() == [2, -1, 0]
    assert catalogue.get(8) is None
    with pytest.raises(IndexError):
        catalogue.anime(-1)


def one_sentence(error):
    text = str(error.value)
    return text.endswith(".") and "\n" not in text and "Traceback" not in text


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(DataError, match="no catalogue at .*elsewhere") as error:
        Catalogue.load(tmp_path / "elsewhere.parquet")
    assert one_sentence(error)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"anime_id,title\n1,Cowboy Bebop\n", "is no catalogue"),
        (b"PAR1", "is torn"),
        (b"PAR1" + bytes(200), "is torn"),
    ],
)
def test_a_file_that_is_none_is_refused_with_one_sentence(tmp_path, content, words):
    path = tmp_path / "catalogue.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as error:
        Catalogue.load(path)
    assert one_sentence(error)
    assert str(path) in str(error.value)


def test_another_parquet_file_is_refused_by_the_first_column_that_is_wrong(tmp_path, kaggle):
    path = tmp_path / "ratings.parquet"
    kaggle.write_parquet(path)
    with pytest.raises(DataError, match="'anime_id' is missing or of another type") as error:
        Catalogue.load(path)
    assert one_sentence(error)


@pytest.mark.parametrize("name", ["anime_id", "title", "is_adult", "franchise", "genres"])
def test_a_row_that_lacks_what_every_row_has_is_refused(tmp_path, catalogue, name):
    path = tmp_path / "catalogue.parquet"
    holed = pl.when(pl.col("anime_id") != 5).then(name).alias(name)
    catalogue.facts.with_columns(holed).write_parquet(path)
    with pytest.raises(DataError, match=f"a row has no {name}") as error:
        Catalogue.load(path)
    assert one_sentence(error)


def test_an_id_that_occurs_twice_is_refused(kaggle):
    with pytest.raises(DataError, match="The id 7 occurs twice"):
        Catalogue.from_frame(pl.concat([kaggle, kaggle[:1]]))


def test_a_table_without_rows_is_refused(kaggle):
    with pytest.raises(DataError, match="holds no anime"):
        Catalogue.from_frame(kaggle[:0])


def test_a_file_cut_short_is_refused(tmp_path, catalogue):
    path = file_of(tmp_path, catalogue)
    whole = path.read_bytes()
    for kept in np.linspace(1, len(whole) - 1, 12).astype(int):
        path.write_bytes(whole[:kept])
        with pytest.raises(DataError):
            Catalogue.load(path)


def test_a_flipped_bit_is_refused_or_changes_nothing(tmp_path, catalogue):
    path = file_of(tmp_path, catalogue)
    whole = path.read_bytes()
    refused = 0
    for place in np.linspace(4, len(whole) - 1, 60).astype(int):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        try:
            assert Catalogue.load(path).fingerprint == catalogue.fingerprint
        except DataError:
            refused += 1
    assert refused > 20


def test_types_are_the_ones_that_filters_offer():
    assert Catalogue.type_names == TYPES
