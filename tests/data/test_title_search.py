"""Search: what people type finds what they mean, and every title finds itself."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.catalogue import Catalogue
from recsys.data.title_parsing import normalize_title
from recsys.data.title_search import TitleIndex
from recsys.paths import catalogue_path

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def shipped():
    return Catalogue.load(catalogue_path())


@pytest.fixture(scope="module")
def shipped_index(shipped):
    return TitleIndex(shipped)


def index_of(*titles, members=None, adult=(), english=None):
    """Make an index of a few titles; the row of a title is its place."""
    count = len(titles)
    frame = {
        "anime_id": range(count),
        "title": titles,
        "title_english": english or [None] * count,
        "members": members or [1_000] * count,
        "is_adult": [i in adult for i in range(count)],
    }
    return TitleIndex(Catalogue.from_frame(pl.DataFrame(frame)))


@pytest.mark.parametrize(
    ("query", "anime_id"),
    [
        ("fullmetal alchemst", 121),
        ("steins gate", 9253),
        ("kimetsu", 38000),
        ("demon slayer", 38000),
        ("鬼滅", 38000),
        ("your name", 32281),
        ("kimi no na wa", 32281),
        ("進撃の巨人", 16498),
        ("aot", 16498),
        ("attack on titen", 16498),
        ("sousou no friren", 52991),
        ("frieren", 52991),
        ("spirited awya", 199),
        ("naruto", 20),
        ("haikyuu", 20583),
        ("oshi no ko", 52034),
        ("jojo", 14719),
        ("K-On", 5680),
        ("kon", 5680),
        ("onepiece", 21),
        ("Pokémon", 527),
        ("alchemist fullmetal", 5114),
        ("one pnuch man", 30276),
        ("violet evergarten", 33352),
        ("mob psyco", 32182),
        ("IDOLMASTER cinderella girls", 23587),
    ],
)
def test_typical_queries_find_the_intended_title(shipped, shipped_index, query, anime_id):
    first = shipped_index.search(query)[0]
    assert shipped.ids.ids[first] == anime_id, shipped.anime(first).title


def test_the_main_series_comes_before_its_films(shipped, shipped_index):
    titles = [shipped.anime(row).title for row in shipped_index.search("naruto", 5)]
    assert titles[:2] == ["Naruto", "Naruto: Shippuuden"]


@pytest.mark.parametrize("query", ["", "   ", "!?", "☆", "\n"])
def test_an_empty_query_has_no_results(shipped_index, query):
    assert shipped_index.search(query) == []


def test_an_unrelated_query_has_no_results(shipped_index):
    assert shipped_index.search("qqqxxzzvvkw") == []


def test_exact_comes_before_beginning_before_word_before_misspelt():
    index = index_of("Kazes no Uta", "Ao no Kaze", "Kaze Monogatari", "Kaze", "Kazu")
    assert index.search("kaze") == [3, 2, 0, 1, 4]


def test_equal_matches_are_sorted_by_members_and_adult_titles_come_last():
    index = index_of("Kaze Ao", "Kaze Aka", "Kaze Midori", members=[9, 90, 9_000], adult=[2])
    assert index.search("kaze") == [1, 0, 2]


def test_words_in_another_order_come_before_misspelt_ones():
    index = index_of("Kaze no Tani no Monogatari", "Monogatari Kazu")
    assert index.search("monogatari kaze") == [0, 1]


def test_a_misspelt_beginning_comes_before_a_misspelt_middle():
    titles = ("Sousou no Frieren wa Tabi wo Suru", "Boku to Sousou no Frieren wa Tabi")
    assert index_of(*titles, members=[1_000, 3_000]).search("sousou no frirren") == [0, 1]


@pytest.mark.parametrize(
    ("title", "query"), [("Sousou no Frieren", "frirren"), ("進撃の巨人", "巨人")]
)
def test_a_part_from_the_middle_is_enough(title, query):
    assert index_of("Kaze", title).search(query) == [1]


def test_every_name_of_an_anime_finds_it_once():
    index = index_of("Kimi no Na wa.", "Koe no Katachi", english=["Your Name.", "A Silent Voice"])
    assert index.search("your name") == [0]
    assert index.search("silent voice") == [1]


def test_the_number_of_results_is_at_most_the_limit(shipped_index):
    assert [len(shipped_index.search("the", limit)) for limit in (0, 1, 5, 30)] == [0, 1, 5, 30]


@given(st.text(max_size=30), st.integers(0, 20))
def test_any_query_gives_distinct_rows_within_the_limit(query, limit):
    index = index_of("Kaze no Uta", "進撃の巨人", "?", "Fate/Zero", members=[5, 4, 3, 2])
    rows = index.search(query, limit)
    assert len(rows) == len(set(rows)) <= limit
    assert set(rows) <= {0, 1, 3}


def sample_of_names(shipped, least_letters):
    """Draw names, of well and of little known titles alike, that are the only ones."""
    names = {}
    for column in ("title", "title_english", "title_japanese"):
        for row, name in enumerate(shipped.facts[column].to_list()):
            names.setdefault(normalize_title(name or ""), set()).add(row)
    only = sorted(
        (name, *rows)
        for name, rows in names.items()
        if len(rows) == 1 and len(name) >= least_letters
    )
    rng = np.random.default_rng(7)
    return [only[i] for i in rng.choice(len(only), 120, replace=False)]


def test_the_exact_title_is_the_first_result(shipped, shipped_index):
    for name, row in sample_of_names(shipped, 1):
        first = shipped_index.search(name, 3)
        assert row in first, name
        assert first[0] == row or normalize_title(shipped.anime(first[0]).title) == name


def misspelt(name, rng):
    """Change, drop, add or swap one letter."""
    place = int(rng.integers(0, len(name) - 1))
    letter = ALPHABET[int(rng.integers(len(ALPHABET)))]
    return [
        name[:place] + letter + name[place + 1 :],
        name[:place] + name[place + 1 :],
        name[:place] + letter + name[place:],
        name[:place] + name[place + 1] + name[place] + name[place + 2 :],
    ][int(rng.integers(4))]


def test_one_wrong_letter_in_a_long_name_still_finds_it(shipped, shipped_index):
    rng = np.random.default_rng(11)
    lost = []
    for name, row in sample_of_names(shipped, 8):
        if name.isascii() and row not in shipped_index.search(typed := misspelt(name, rng), 10):
            lost.append((name, typed))
    assert not lost
