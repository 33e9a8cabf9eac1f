"""The Profile page in each of its states."""

from types import SimpleNamespace

import pytest
from drawn import grid, texts
from streamlit.testing.v1 import AppTest

from pages.profile.example_profiles import EXAMPLES
from pages.shared.markdown import escape_markdown
from recsys.data.catalogue import Catalogue
from recsys.device import serving_device
from recsys.errors import ProfileError
from recsys.models.checkpoint import load_checkpoint
from recsys.paths import catalogue_path, default_checkpoint
from recsys.profiles.store import ProfileStore

BEBOP, ALCHEMIST = 1, 5114
UNDO = """
from datetime import UTC, datetime

from pages.shared.card_actions import undo_button
from recsys.profiles.store import Change, Entry, Profile

entry = Entry(1, "rated", 9, datetime.now(UTC))
undo_button(Profile("id", "Me", 1, 1, 1), Change((1,), (None,), (entry,)))
"""
MARKUP = ["![](https://example.invalid/x.png)", "**bold**", ":red[x]", "$x$", "[a](b)", "`c`"]


def button(app, label):
    return next(element for element in app.button if element.label.startswith(label))


def test_a_first_visit_shows_six_covers_and_examples_never_an_empty_table(show):
    app = show()
    assert not app.exception
    asked = grid(app, "suggested")["cards"]
    assert len(asked) == 6
    assert all(card["known"] and card["rating"] is None for card in asked)
    assert [element.label for element in app.button if "**" in element.label] == [
        f"**{example.name}**  \n{example.line}" for example in EXAMPLES
    ]
    assert "My ratings" not in texts(app)
    assert "profile" not in app.query_params


def test_the_side_bar_shows_model_quality_and_device(show):
    shown = texts(show())
    assert "**Model** LightGCN" in shown
    assert "of its top 20 are titles they like" in shown
    assert f"**Device** {serving_device().upper()}" in shown


def captions(app):
    """Return the Markdown source of the captions."""
    return "\n".join(element.value for element in app.caption)


def side_bar_with(show, monkeypatch, **facts):
    """Return the captions, as Markdown, of a page whose side bar shows a model with these facts."""
    model = {"name": "Model", "card": {}, "device": "cpu", "items": range(5)} | facts
    monkeypatch.setattr("pages.shared.sidebar.recommender", lambda: SimpleNamespace(**model))
    return captions(show())


def test_the_side_bar_names_an_accelerator(show, monkeypatch):
    assert "**Device** CUDA" in side_bar_with(show, monkeypatch, device="cuda")


@pytest.mark.parametrize("name", MARKUP)
def test_markup_in_the_name_of_a_model_is_shown_as_text(show, monkeypatch, name):
    shown = side_bar_with(show, monkeypatch, name=name)
    assert f"**Model** {escape_markdown(name)} · 5 anime" in shown
    assert name not in shown


@pytest.mark.parametrize("name", MARKUP)
def test_markup_in_the_name_of_a_profile_is_shown_as_text(show, store, name):
    profile = store.create(name)
    app = show(profile=profile.id)
    escaped = escape_markdown(name)
    assert app.title[0].value == escaped
    button(app, f"Delete “{escaped}”").click().run()
    assert button(app, f"Restore “{escaped}”")
    store.create(f"{name}2")
    button(app, "Restore").click().run()
    app.text_input(key=f"name-{profile.id}").set_value(f"{name}2").run()
    button(app, "Rename").click().run()
    assert escape_markdown(f"{name}2") in app.warning[0].value
    assert name not in app.warning[0].value


@pytest.mark.parametrize("title", MARKUP)
def test_markup_in_a_title_is_shown_as_text(monkeypatch, title):
    model = SimpleNamespace(catalogue={BEBOP: SimpleNamespace(title=title)})
    monkeypatch.setattr("pages.shared.card_actions.recommender", lambda: model)
    app = AppTest.from_string(UNDO).run()
    assert app.button[0].label == f"Undo: {escape_markdown(title)}, rated 9"


def test_markup_in_a_search_is_shown_as_text(show):
    app = show()
    app.text_input(key="query").set_value("![zzzzqqqq](xxxx)").run()
    assert escape_markdown("![zzzzqqqq](xxxx)") in captions(app)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_in_one_click_is_a_profile_with_ratings_the_model_knows(show, store, example):
    app = button(show(), f"**{example.name}**").click().run()
    assert not app.exception
    (profile,) = store.profiles()
    assert app.query_params["profile"] == profile.id
    assert app.title[0].value == example.name
    assert {entry.anime_id: entry.rating for entry in store.entries(profile.id)} == example.ratings
    known = load_checkpoint(default_checkpoint()).items
    catalogue = Catalogue.load(catalogue_path())
    assert all(id_ in known and catalogue.get(id_) for id_ in example.ratings)
    assert len(grid(app, "mine")["cards"]) == len(example.ratings)


def test_a_second_profile_of_an_example_gets_a_number(show, store):
    for _ in range(2):
        button(show(), "**Space opera**").click().run()
    assert {saved.name for saved in store.profiles()} == {"Space opera", "Space opera 2"}


def test_a_profile_of_the_url_comes_back_with_its_ratings_newest_first(show, store):
    profile = store.create("Me")
    store.rate(profile.id, BEBOP, 9)
    store.rate(profile.id, ALCHEMIST, 4)
    app = show(profile=profile.id)
    mine = grid(app, "mine")["cards"]
    assert [(card["id"], card["rating"]) for card in mine] == [(ALCHEMIST, 4), (BEBOP, 9)]
    asked = {card["id"] for card in grid(app, "suggested")["cards"]}
    assert not asked & {BEBOP, ALCHEMIST}


def test_ratings_can_be_ordered(show, store):
    profile = store.create("Me")
    store.rate_many(profile.id, {BEBOP: 2, ALCHEMIST: 10, 457: 6})
    app = show(profile=profile.id)

    def ordered(name):
        app.segmented_control(key="order").set_value(name).run()
        return [card["rating"] for card in grid(app, "mine")["cards"]]

    assert ordered("Highest") == [10, 6, 2]
    assert ordered("Lowest") == [2, 6, 10]


def test_an_entry_outside_the_catalogue_is_shown_and_kept(show, store):
    profile = store.create("Me")
    store.rate_many(profile.id, {BEBOP: 8, 9_999_999: 7})
    shown = {card["id"]: card for card in grid(show(profile=profile.id), "mine")["cards"]}
    assert shown[9_999_999]["rating"] == 7
    assert not shown[9_999_999]["known"]
    assert "saved" in shown[9_999_999]["line"]


def test_a_long_profile_shows_sixty_and_all_on_request(show, store):
    profile = store.create("Me")
    ids = Catalogue.load(catalogue_path()).ids.ids[:75].tolist()
    store.rate_many(profile.id, dict.fromkeys(ids, 7))
    app = show(profile=profile.id)
    assert len(grid(app, "mine")["cards"]) == 60
    app.toggle(key="all-mine").set_value(True).run()
    assert len(grid(app, "mine")["cards"]) == 75


def test_an_unknown_profile_is_one_sentence_and_a_first_visit(show):
    app = show(profile="nobody-here")
    assert not app.exception
    assert "nobody-here" in app.warning[0].value
    assert len(grid(app, "suggested")["cards"]) == 6
    assert "profile" not in app.query_params


def test_search_forgives_typos_and_marks_what_the_model_does_not_know(show):
    app = show()
    app.text_input(key="query").set_value("cowbou bebpo").run()
    found = grid(app, "found")["cards"]
    assert found[0]["title"] == "Cowboy Bebop"
    known = load_checkpoint(default_checkpoint()).items
    assert [card["known"] for card in found] == [card["id"] in known for card in found]


def test_a_search_that_finds_nothing_says_what_to_do(show):
    app = show()
    app.text_input(key="query").set_value("zzzzqqqqxxxx").run()
    assert "Try another title or language" in texts(app)


def test_rename_create_delete_and_restore(show, store):
    profile = store.create("Me")
    store.rate(profile.id, BEBOP, 9)
    app = show(profile=profile.id)
    app.text_input(key=f"name-{profile.id}").set_value("Myself").run()
    button(app, "Rename").click().run()
    assert app.title[0].value == "Myself"
    app.text_input(key="created_name").set_value("Another").run()
    button(app, "Create").click().run()
    assert app.title[0].value == "Another"
    other = app.query_params["profile"]
    assert app.text_input(key=f"name-{other}").value == "Another"
    app.selectbox(key="switch").set_value(profile.id).run()
    assert app.title[0].value == "Myself"
    button(app, "Delete").click().run()
    assert [saved.name for saved in store.profiles()] == ["Another"]
    button(app, "Restore").click().run()
    assert app.title[0].value == "Myself"
    assert [entry.rating for entry in store.entries(profile.id)] == [9]


def test_a_name_that_is_taken_is_refused_in_one_sentence(show, store):
    profile = store.create("Me")
    store.create("Other")
    app = show(profile=profile.id)
    app.text_input(key=f"name-{profile.id}").set_value("Other").run()
    button(app, "Rename").click().run()
    assert not app.exception
    assert "Other" in app.warning[0].value
    assert app.title[0].value == "Me"


def test_undo_names_the_last_change_and_reverts_it(show, store):
    profile = store.create("Me")
    store.rate(profile.id, BEBOP, 9)
    app = show(profile=profile.id)
    button(app, "Undo: Cowboy Bebop, rated 9").click().run()
    assert store.entries(profile.id) == []
    assert "No ratings yet." in texts(app)


@pytest.mark.parametrize(
    ("variable", "name", "words"),
    [
        ("ANIME_CHECKPOINT", "nothing", "no model to load"),
        ("ANIME_CATALOGUE", "nothing.parquet", "no catalogue at"),
    ],
)
def test_a_missing_file_is_one_sentence(show, monkeypatch, tmp_path, variable, name, words):
    monkeypatch.setenv(variable, str(tmp_path / name))
    app = show()
    assert not app.exception
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert "none is loaded" in texts(app)


def test_a_flipped_byte_of_the_model_is_one_sentence(show, monkeypatch, tmp_path):
    for file in default_checkpoint().iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = tmp_path / "items.safetensors"
    content = bytearray(tensors.read_bytes())
    content[len(content) // 2] ^= 1
    tensors.write_bytes(content)
    monkeypatch.setenv("ANIME_CHECKPOINT", str(tmp_path))
    app = show()
    assert not app.exception
    assert "items.safetensors" in app.error[0].value


def test_a_restore_that_fails_keeps_its_button(show, store, monkeypatch):
    profile = store.create("Me").id
    app = show(profile=profile)
    button(app, "Delete “Me”").click().run()

    def fail(*_arguments):
        raise ProfileError("The database is locked.")

    with monkeypatch.context() as patch:
        patch.setattr(ProfileStore, "restore", fail)
        button(app, "Restore").click().run()
    assert "The database is locked." in texts(app)
    button(app, "Restore").click().run()
    assert store.profile(profile).name == "Me"
