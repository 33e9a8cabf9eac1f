"""Franchises: titles of one series are grouped, other titles of the same name are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from recsys.data.franchise import SAME_STORY, franchises
from recsys.data.title_parsing import normalize_title, series_name


def joined(*titles, **facts):
    """Return whether all titles have the same franchise number."""
    return len(set(franchises(np.arange(1, len(titles) + 1), titles, **facts).tolist())) == 1


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Shingeki no Kyojin Season 3 Part 2", "shingeki no kyojin"),
        ("Shingeki no Kyojin: The Final Season - Kanketsu-hen", "shingeki no kyojin"),
        ("Kimetsu no Yaiba Movie: Mugen Ressha-hen", "kimetsu no yaiba"),
        ("Jujutsu Kaisen 2nd Season", "jujutsu kaisen"),
        ("[Oshi no Ko] Final Season", "oshi no ko"),
        ("Spy x Family Season 2", "spy x family"),
        ("Overlord IV", "overlord"),
        ("Mob Psycho 100 III", "mob psycho 100"),
        ("Enen no Shouboutai: Ni no Shou", "enen no shouboutai"),
        ("Haikyuu!! (OVA)", "haikyuu"),
        ("86 Part 2", "86"),
        ("K-On!!", "k on"),
        ("Fate/Zero", "fate"),
        ("Movie", "movie"),
        ("???", ""),
    ],
)
def test_a_title_names_its_series(title, stem):
    assert series_name(title).stem == stem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ｆｕｌｌｍｅｔａｌ　Alchemist", "fullmetal alchemist"),
        ("Pokémon: L'Ascension", "pokemon lascension"),
        ("Lucky☆Star", "lucky star"),
        ("ガンダム", "ガンダム"),
        ("ｶﾞﾝﾀﾞﾑ", "ガンダム"),
        ("THE iDOLM@STER", "the idolmaster"),
        (" \u3000!?", ""),
    ],
)
def test_normalized_titles_have_no_case_width_accents_or_punctuation(text, words):
    assert normalize_title(text) == words


@given(st.text())
def test_normalizing_twice_changes_nothing(text):
    assert normalize_title(normalize_title(text)) == normalize_title(text)


@pytest.mark.parametrize(
    "titles",
    [
        ("Vinland Saga", "Vinland Saga Season 2"),
        ("Mushoku Tensei: Isekai", "Mushoku Tensei II: Isekai", "Mushoku Tensei III: Isekai"),
        ("Dragon Ball", "Dragon Ball Z", "Dragon Ball Super: Broly"),
        ("Kidou Senshi Gundam: Suisei no Majo", "Gundam Build Divers"),
        ("Boruto: Naruto Next Generations", "Naruto", "Boruto: Two"),
        ("Fate/Zero", "Fate/stay night Movie: Heaven's Feel", "Fate/Grand Order: Babylonia"),
        ("One Piece", "One Piece Film: Red"),
    ],
)
def test_names_of_one_series_are_joined(titles):
    assert joined(*titles)


@pytest.mark.parametrize(
    "titles",
    [
        ("Kimi no Na wa.", "Kimi ni Todoke"),
        ("Mononoke", "Mononoke Hime"),
        ("Monster", "Monster Musume no Iru Nichijou"),
        ("Bokura no", "Bokura no Nanokakan Sensou"),
        ("Kaguya-hime", "Kaguya-hime no Monogatari"),
        ("Kikou Souseiki Mospeada: Love, Live Alive", "Love Live! School Idol Project"),
        ("Panpaka Pants", "Crayon Shin-chan x Panpaka Pants"),
        ("Digimon Adventure", "Ponkotsu Quest x Digimon"),
    ],
)
def test_names_that_only_look_alike_are_not_joined(titles):
    assert not joined(*titles)


def test_one_word_is_joined_only_where_the_japanese_titles_agree():
    assert joined("Berserk", "Berserk (2016)", japanese=["ベルセルク", "ベルセルク"])
    assert not joined("Hinamatsuri", "Hinamatsuri (OVA)", japanese=["ヒナまつり", "ひなまつり"])
    assert joined("Gintama", "Gintama Movie", japanese=["銀魂", "劇場版 銀魂"])


def test_a_season_is_joined_whatever_its_japanese_title():
    assert joined("Shy", "Shy 2nd Season", japanese=["SHY", "シャイ 東京奪還編"])


def test_a_much_better_known_title_is_another_work():
    titles = ("High Score", "High Score Girl")
    assert joined(*titles, members=[500_000, 400_000])
    assert not joined(*titles, members=[8_000, 400_000])


def test_a_subtitle_after_a_famous_word_needs_no_japanese_title():
    titles, japanese = ("Clannad", "Clannad: Tomoyo-hen"), ["CLANNAD", "-クラナド- 智代編"]
    assert joined(*titles, japanese=japanese, members=[1_000_000, 200_000])
    assert not joined(*titles, japanese=japanese, members=[1_000, 200])


def test_english_titles_group_series_with_long_japanese_names():
    titles = ("Kono Subarashii Sekai ni Shukufuku wo!", "Kono Subarashii Sekai ni Bakuen wo!")
    english = ["Wonderful World: Blessing", "Wonderful World: Explosion"]
    assert not joined(*titles)
    assert joined(*titles, english=english)


def test_translations_that_happen_to_be_equal_are_not_joined():
    titles = ("Koi wa Ameagari no You ni", "Rakugakisama")
    assert not joined(*titles, english=["After the Rain", "After the Rain"])


def test_songs_and_adverts_are_joined_by_relations_only():
    titles, types = ("Guren no Yumiya", "Guren no Yumiya 2nd Season"), ["TV", "Music"]
    assert not joined(*titles, types=types)
    assert joined(*titles, types=types, relations=[(1, 2, "sequel")])


@pytest.mark.parametrize("kind", ["other", "character", "alternative_setting"])
def test_loose_relations_join_nothing(kind):
    assert not joined("Aaa", "Bbb", relations=[(1, 2, kind)])


def test_a_side_story_of_two_series_joins_the_better_known_one_only():
    titles = ("Conan", "Conan 2nd Season", "Lupin", "Lupin 2nd Season", "The Meeting")
    relations = [(1, 5, "side_story"), (5, 3, "parent_story")]
    numbers = franchises(np.arange(1, 6), titles, members=[9, 9, 5, 5, 1], relations=relations)
    assert numbers.tolist() == [1, 1, 3, 3, 1]


def test_a_side_story_that_is_grouped_by_name_stays_in_that_group():
    titles = ("Conan", "Lupin", "Lupin Specials")
    numbers = franchises(
        np.array([1, 2, 3]), titles, relations=[(1, 3, "side_story"), (2, 3, "side_story")]
    )
    assert numbers.tolist() == [1, 2, 2]


EDGES = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 14), st.sampled_from(sorted(SAME_STORY))),
    max_size=25,
)


@given(EDGES)
def test_relations_alone_give_the_connected_components(edges):
    ids = np.arange(100, 115)
    related = [(100 + x, 100 + y, kind) for x, y, kind in edges]
    numbers = franchises(ids, ["?"] * ids.size, relations=[*related, (1, 2, "sequel")])
    graph = coo_array(
        (np.ones(len(edges)), ([x for x, _, _ in edges], [y for _, y, _ in edges])), shape=(15, 15)
    )
    _, labels = connected_components(graph, directed=False)
    expected = [ids[labels == label].min() for label in labels]
    assert numbers.tolist() == expected


@given(st.lists(st.text(max_size=12), min_size=1, max_size=20))
def test_any_titles_get_numbers_that_are_ids_of_their_own_group(titles):
    ids = np.arange(len(titles), 0, -1)
    numbers = franchises(ids, titles)
    assert set(numbers) <= set(ids.tolist())
    for number in set(numbers.tolist()):
        assert number == ids[numbers == number].min()
