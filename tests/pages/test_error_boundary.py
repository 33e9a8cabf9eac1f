"""Error boundary: one sentence with an error id on the page, the traceback in the log."""

from __future__ import annotations

import re

import pytest
from drawn import texts
from streamlit.testing.v1 import AppTest

from recsys.logging_setup import log_file_path

SENTENCE = re.compile(r"Something went wrong \(error ([0-9A-F]{4})\)")

PAGE = """
import streamlit as st

from pages.shared.error_boundary import error_boundary

st.title("Before")
with error_boundary():
    raise {error}
st.caption("After")
"""

CALLBACK = """
import streamlit as st

from pages.shared.error_boundary import guard_callback
from pages.shared.session import take_notices


@guard_callback
def press():
    raise {error}


for sentence in take_notices():
    st.warning(sentence)
st.button("Press", on_click=press)
"""

FRAGMENT = """
import streamlit as st

from pages.shared.error_boundary import error_boundary


@st.fragment
@error_boundary()
def part():
    raise {error}


part()
st.caption("After")
"""

UNEXPECTED = [
    "RuntimeError('secret detail')",
    "OSError(28, 'secret detail')",
    "__import__('zlib').error('secret detail')",
    "KeyError('secret detail')",
    "ValueError('secret detail')",
]


@pytest.fixture
def log(tmp_path, monkeypatch):
    """The log file of this test."""
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path))
    return log_file_path(tmp_path)


def assert_sentence_and_log(app, message, log):
    assert not app.exception
    error_id = SENTENCE.search(message).group(1)
    assert "secret detail" not in texts(app)
    assert "Traceback" not in texts(app)
    logged = log.read_text()
    assert f"error {error_id}" in logged
    assert "Traceback (most recent call last)" in logged
    assert "secret detail" in logged


@pytest.mark.parametrize("error", UNEXPECTED)
def test_an_unexpected_error_on_a_page_is_one_sentence_and_the_rest_is_drawn(error, log):
    app = AppTest.from_string(PAGE.format(error=error)).run()
    assert app.caption[0].value == "After"
    assert len(app.error) == 1
    assert_sentence_and_log(app, app.error[0].value, log)


@pytest.mark.parametrize("error", UNEXPECTED)
def test_an_unexpected_error_in_a_callback_is_one_sentence(error, log):
    app = AppTest.from_string(CALLBACK.format(error=error)).run()
    app.button[0].click().run()
    assert len(app.warning) == 1
    assert_sentence_and_log(app, app.warning[0].value, log)


def test_an_unexpected_error_in_a_fragment_is_one_sentence(log):
    app = AppTest.from_string(FRAGMENT.format(error=UNEXPECTED[0])).run()
    assert app.caption[0].value == "After"
    assert_sentence_and_log(app, app.error[0].value, log)


@pytest.mark.parametrize("source", [PAGE, CALLBACK, FRAGMENT])
def test_an_error_of_this_project_is_its_own_sentence_and_is_not_logged(source, log):
    error = "__import__('recsys.errors').errors.DataError('The file a.csv is empty.')"
    app = AppTest.from_string(source.format(error=error)).run()
    if app.button:
        app.button[0].click().run()
    (message,) = [*app.error, *app.warning]
    assert message.value == "The file a.csv is empty."
    assert not log.exists()


def test_each_error_has_an_id_of_its_own_and_the_log_names_the_session(log):
    app = AppTest.from_string(PAGE.format(error=UNEXPECTED[0])).run()
    first = SENTENCE.search(app.error[0].value).group(1)
    second = SENTENCE.search(app.run().error[0].value).group(1)
    assert first != second
    session = app.session_state["log_session"]
    assert log.read_text().count(f"[{session}] error ") == 2


def test_the_sentence_names_the_log_file(log):
    app = AppTest.from_string(CALLBACK.format(error=UNEXPECTED[0])).run()
    app.button[0].click().run()
    assert app.warning[0].value.endswith(f"the log has the details: {log}")


def test_a_page_that_raises_leaves_links_and_side_bar(show, monkeypatch, log):
    monkeypatch.setattr(
        "recsys.serving.elicitation.suggest_items_to_rate",
        lambda *_args, **_kwargs: [].missing,
    )
    app = show()
    assert_sentence = SENTENCE.search(app.error[0].value)
    assert assert_sentence
    assert not app.exception
    assert "**Model** LightGCN" in texts(app)
    assert "AttributeError" in log.read_text()
