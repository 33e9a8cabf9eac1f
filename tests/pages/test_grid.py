"""Python side of the card grid: the data sent to the browser, and the events it returns."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.shared.grid import (
    ACTIONS,
    Card,
    CardEvent,
    EmptyState,
    Notice,
    Reason,
    card_grid,
    read_events,
)
from pages.shared.grid import component as grid_component
from pages.shared.grid.card import initials, safe_cover
from recsys.errors import ProfileError
from recsys.logging_setup import log_file_path

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
)


def click(**changed: object) -> dict[str, object]:
    return {"action": "rate", "anime_id": 1, "value": 8, "sequence": 5} | changed


class FakeBrowser:
    """Replaces the browser element: keeps the drawn data, and lets a test send events."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session: dict[str, object] = {}
        self.drawn: dict[str, object] = {}
        monkeypatch.setattr(grid_component, "st", SimpleNamespace(session_state=self.session))
        monkeypatch.setattr(grid_component, "_renderer", lambda: self.draw)

    def draw(self, *, key: str, data: dict[str, object], on_events_change: object) -> None:
        self.key, self.callback = key, on_events_change
        self.version, self.drawn = data["version"], json.loads(data["text"])

    def send(self, payload: object) -> None:
        self.session[self.key] = {"events": payload}
        self.callback()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> FakeBrowser:
    return FakeBrowser(monkeypatch)


def test_a_card_becomes_plain_json_with_text_for_every_figure() -> None:
    card = Card(
        1,
        "Cowboy Bebop",
        score=8.75,
        hue=725,
        because=(Reason("Mushishi", 33.6), Reason("Planetes", 0.42)),
        against=(Reason("Naruto", -7.2),),
    )
    sent = json.loads(json.dumps(card.payload()))
    assert (sent["id"], sent["title"], sent["score"], sent["hue"]) == (1, "Cowboy Bebop", "8.8", 5)
    assert sent["because"] == [
        {"label": "Mushishi", "text": "34 %", "share": 0.336},
        {"label": "Planetes", "text": "0.4 %", "share": 0.004},
    ]
    assert sent["against"] == [{"label": "Naruto", "text": "−7 %", "share": 0.072}]


def test_the_text_of_a_reason_replaces_the_percentage_and_there_is_no_bar_without_one() -> None:
    assert Reason("many people", text="a little").payload() == {
        "label": "many people",
        "text": "a little",
        "share": 0.0,
    }
    assert Reason("all of it", 250).payload()["share"] == 1.0


@pytest.mark.parametrize(
    ("title", "letters"),
    [
        ("Cowboy Bebop", "CB"),
        ("toradora!", "T"),
        ("Kimi no Na wa.", "KN"),
        ("葬送のフリーレン", "葬"),
        ("ソードアート アリシゼーション", "ソ"),
        (".hack//Sign the World", "TW"),
        ("???", "?"),
        ("", ""),
    ],
)
def test_a_drawn_cover_carries_the_initials_of_the_title(title: str, letters: str) -> None:
    assert initials(title) == letters


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://example.org/a.jpg",
        "javascript:alert(1)",
        "data:image/svg+xml,<svg>",
        "//example.org/a.jpg",
        "https:///a.jpg",
        "https://user@example.org/a.jpg",
        "https://[::1/a.jpg",
        "https://example.org/a\n.jpg",
    ],
)
def test_only_https_pictures_are_drawn(url: str | None) -> None:
    assert safe_cover(url) is None


def test_an_address_cannot_end_the_style_it_is_written_into() -> None:
    plain = safe_cover("https://example.org/a.jpg?x=1")
    assert plain == "https://example.org/a.jpg?x=1"
    encoded = safe_cover("https://example.org/a\") ; background: url('b\\<c>(d)")
    assert encoded is not None
    assert not set(encoded) & set("\"'()\\<> ")


@given(st.text(max_size=40))
def test_no_path_brings_a_quote_or_a_bracket_through(path: str) -> None:
    url = safe_cover(f"https://example.org/{path}")
    assert url is None or not set(url) & set("\"'()\\<> \n")


def test_clicks_are_read_in_order_each_once_and_only_new_ones() -> None:
    payload = [click(sequence=9), click(sequence=7), click(sequence=9), click(sequence=3)]
    assert [event.sequence for event in read_events(payload, after=3)] == [7, 9]


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "rate"])
def test_every_action_is_read(action: str) -> None:
    payload = [click(action=action, value=None)]
    assert read_events(payload) == (CardEvent(action, 1, None, 5),)


@pytest.mark.parametrize(
    "bad",
    [
        click(value=11),
        click(value=0),
        click(value=7.5),
        click(value="8"),
        click(value=True),
        click(value=None),
        click(action="drop table"),
        click(action=["rate"]),
        click(action="hide"),
        click(anime_id="1"),
        click(anime_id=None),
        click(sequence=None),
        click(sequence="5"),
        "rate",
        None,
    ],
)
def test_an_invalid_event_is_ignored_and_the_others_are_read(bad: object) -> None:
    good = click(sequence=6)
    assert read_events([bad, good]) == (CardEvent("rate", 1, 8, 6),)


@given(json_values)
def test_no_message_from_a_browser_breaks_the_page(payload: object) -> None:
    assert read_events(payload) == () or isinstance(payload, list)


def test_a_click_reaches_the_page_before_it_draws_and_is_returned_once(
    browser: FakeBrowser,
) -> None:
    received: list[CardEvent] = []

    def draw() -> CardEvent | None:
        return card_grid([Card(1, "A")], key="list", on_event=received.append)

    assert draw() is None
    browser.send([click()])
    assert received == [CardEvent("rate", 1, 8, 5)]
    assert draw() == received[0]
    assert browser.drawn["handled"] == 5
    assert draw() is None


def test_a_click_sent_twice_is_handled_once_and_two_together_are_both_handled(
    browser: FakeBrowser,
) -> None:
    received: list[CardEvent] = []
    card_grid([Card(1, "A")], key="list", on_event=received.append)
    browser.send([click()])
    browser.send([click(), click(action="hide", value=None, sequence=6)])
    assert [event.sequence for event in received] == [5, 6]


def test_an_error_is_shown_under_the_cards_and_later_clicks_are_handled(
    browser: FakeBrowser,
) -> None:
    received: list[int] = []

    def refuse_first(event: CardEvent) -> None:
        received.append(event.sequence)
        if event.sequence == 5:
            raise ProfileError("The profile is gone; nothing was changed.")

    card_grid([Card(1, "A")], key="list", on_event=refuse_first)
    browser.send([click(), click(sequence=6)])
    card_grid([Card(1, "A")], key="list", on_event=refuse_first)
    assert received == [5, 6]
    assert browser.drawn["notice"] == {
        "text": "The profile is gone; nothing was changed.",
        "id": None,
        "problem": True,
    }
    card_grid([Card(1, "A")], key="list", on_event=refuse_first)
    assert browser.drawn["notice"] is None


def test_an_unexpected_error_is_one_sentence_under_the_cards_and_is_logged(
    browser: FakeBrowser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path))

    def fail(_event: CardEvent) -> None:
        raise OSError(28, "No space left on device")

    card_grid([Card(1, "A")], key="list", on_event=fail)
    browser.send([click()])
    card_grid([Card(1, "A")], key="list", on_event=fail)
    assert browser.drawn["notice"]["text"].startswith("Something went wrong (error ")
    assert browser.drawn["notice"]["problem"]
    assert "No space left on device" in log_file_path(tmp_path).read_text()


def test_the_version_changes_with_what_is_drawn_and_only_then(browser: FakeBrowser) -> None:
    def version(*cards: Card, **more: object) -> object:
        card_grid(cards, key="list", **more)
        return browser.version

    first = version(Card(1, "A"))
    assert version(Card(1, "A")) == first
    assert version(Card(1, "A", rating=9)) != first
    assert version(Card(1, "A"), notice=Notice("Hidden: B.", 2)) != first
    browser.send([click()])
    assert version(Card(1, "A")) != first


def test_an_empty_list_says_what_to_do(browser: FakeBrowser) -> None:
    card_grid([], key="list", empty=EmptyState("No match", "Remove a filter."))
    assert browser.drawn["empty"] == {"title": "No match", "sentence": "Remove a filter."}


PAGE = """
import streamlit

from pages.shared.grid import Card, card_grid
from pages.shared.theme import apply_theme

apply_theme()
streamlit.title("Before")
card_grid([Card(1, "<b>A</b>")], key="list")
card_grid([], key="none", mode="rate")
streamlit.caption("After")
"""


def test_the_grid_draws_under_apptest() -> None:
    app = AppTest.from_string(PAGE).run()
    assert not app.exception
    assert app.caption[0].value == "After"
    assert not app.run().exception
