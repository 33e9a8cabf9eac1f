"""Error boundary: one sentence with an error id on the page, the traceback in the log."""

from __future__ import annotations

import ast
import re

import pytest
from drawn import texts
from streamlit.testing.v1 import AppTest

from recsys.errors import ProfileError
from recsys.logging_setup import log_file_path
from recsys.paths import ROOT

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
    assert SENTENCE.search(app.error[0].value)
    assert len(app.error) == 1
    assert not app.exception
    assert "**Model** LightGCN" in texts(app)
    assert "AttributeError" in log.read_text()


def test_the_same_error_in_several_parts_of_a_page_is_shown_once(show, monkeypatch, log):
    def unreadable():
        raise ProfileError("The profiles could not be read; nothing was changed.")

    monkeypatch.setattr("pages.shared.session.profile_store", unreadable)
    app = show(profile="some-id")
    assert not app.exception
    assert [error.value for error in app.error] == [
        "The profiles could not be read; nothing was changed."
    ]
    assert app.query_params["profile"] == "some-id"
    assert not log.exists()


STREAMLIT_ACTIONS = {"ignore", "rerun"}  # values that name no function


def callbacks(tree):
    """Yield the names of functions that are passed to widgets as callbacks."""
    for call in ast.walk(tree):
        for keyword in call.keywords if isinstance(call, ast.Call) else []:
            if keyword.arg in {"on_click", "on_change", "on_select", "on_submit"}:
                value = keyword.value
                if not (isinstance(value, ast.Constant) and value.value in STREAMLIT_ACTIONS):
                    yield ast.unparse(value).rpartition(".")[2]


def test_every_widget_callback_is_guarded():
    trees = {path: ast.parse(path.read_text()) for path in (ROOT / "pages").rglob("*.py")}
    functions = [
        (path, node)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    used, unguarded = 0, []
    for path, tree in trees.items():
        for name in callbacks(tree):
            own = [node for file, node in functions if node.name == name and file == path]
            definitions = own or [node for _, node in functions if node.name == name]
            used += 1
            decorators = [[ast.unparse(d) for d in node.decorator_list] for node in definitions]
            if not decorators or any("guard_callback" not in names for names in decorators):
                unguarded.append(f"{path.name}: {name}")
    assert used > 20
    assert unguarded == []


def test_a_log_file_that_cannot_be_written_is_not_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path / "file"))
    app = AppTest.from_string(PAGE.format(error="RuntimeError('secret detail')")).run()
    message = app.error[0].value
    assert SENTENCE.search(message)
    assert "app.log" not in message
    assert "standard error" in message
