"""Rerun cache: each value is read once per rerun, and never from an earlier rerun."""

from __future__ import annotations

from collections import Counter

import pytest
from drawn import grid, texts
from sqlalchemy import Engine, event
from streamlit.testing.v1 import AppTest

from pages.shared.rerun_cache import once_per_rerun, rerun_cache
from recsys.serving.model_registry import ModelRegistry

CALLS = Counter()


@once_per_rerun
def read(name):
    CALLS[name] += 1
    if name == "broken":
        raise OSError
    return CALLS[name]


@pytest.fixture(autouse=True)
def _no_calls():
    CALLS.clear()


def test_a_value_is_read_once_inside_the_cache_and_again_in_the_next():
    with rerun_cache():
        assert [read("a"), read("a"), read("b")] == [1, 1, 1]
    with rerun_cache():
        assert read("a") == 2


def test_outside_the_cache_every_call_reads():
    assert [read("a"), read("a")] == [1, 2]


def test_an_exception_ends_the_cache_and_is_not_kept():
    with rerun_cache():
        for _ in range(2):
            with pytest.raises(OSError):  # noqa: PT011 - raised bare above
                read("broken")
    assert CALLS["broken"] == 2
    with pytest.raises(OSError), rerun_cache():  # noqa: PT011
        read("broken")
    assert [read("a"), read("a")] == [1, 2]


CLICK = """
from pages.shared.card_actions import apply_event
from pages.shared.grid import CardEvent

apply_event(CardEvent({action!r}, 1, {value!r}, 1))
"""


@pytest.fixture
def reads(monkeypatch):
    """Counts of database transactions and of look-ups of the active model."""
    counts = Counter()

    def begin(_connection):
        counts["transactions"] += 1

    read_history = ModelRegistry._history  # both in_use() and history() read it

    def counted(registry):
        counts["model"] += 1
        return read_history(registry)

    monkeypatch.setattr(ModelRegistry, "_history", counted)
    event.listen(Engine, "begin", begin)
    yield counts
    event.remove(Engine, "begin", begin)


def click(profile, action, value=None):
    """Run the callback of a click on a card, and return its session."""
    app = AppTest.from_string(CLICK.format(action=action, value=value))
    if profile:
        app.query_params["profile"] = profile
    app.run()
    assert not app.exception
    return app


def rerun(app, clicked):
    """Run the page as Streamlit does after the callback: in the same session."""
    for key in ("last_click", "profile"):
        if key in clicked.session_state:
            app.session_state[key] = clicked.session_state[key]
    app.run()
    assert not app.exception


@pytest.fixture(params=["profile/page.py", "recommendations/page.py"])
def page(request, show, store):
    """A page in the frame that shows a profile with ratings, and the profile's id."""
    profile = store.create("Me").id
    store.rate_many(profile, {5114: 10, 9253: 9})
    app = show(profile=profile)
    return app.switch_page(request.param).run(), profile


@pytest.mark.parametrize(
    ("action", "value"), [("rate", 9), ("hide", None), ("seen", None), ("forget", None)]
)
def test_a_click_takes_three_transactions_and_one_look_up_of_the_model(
    page, store, reads, action, value
):
    app, profile = page
    store.rate(profile, 1, 5)
    reads.clear()
    rerun(app, click(profile, action, value))
    assert reads == {"transactions": 3, "model": 1}
    key = "suggested" if grid(app, "suggested") else "list"
    assert "Cowboy Bebop" in grid(app, key)["notice"]["text"]


def test_the_first_click_of_a_visitor_takes_four_transactions(show, store, reads):
    app = show()
    reads.clear()
    clicked = click(None, "rate", 9)
    rerun(app, clicked)
    assert reads == {"transactions": 4, "model": 1}
    assert app.title[0].value == "My profile"
    (profile,) = store.profiles()
    assert [entry.rating for entry in store.entries(profile.id)] == [9]


def test_every_page_looks_the_model_up_once(page, reads):
    app, _profile = page
    reads.clear()
    app.run()
    assert reads["model"] == 1
    assert "**Model** LightGCN" in texts(app)
