"""Fixtures that run pages without a browser, each test with its own database."""

import pytest
from streamlit.testing.v1 import AppTest

from recsys.models.baselines import BASELINES
from recsys.models.popularity import Popularity
from recsys.paths import ROOT
from recsys.profiles.store import ProfileStore


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The profile store of the page under test."""
    url = f"sqlite:///{tmp_path / 'profiles.sqlite'}"
    monkeypatch.setenv("ANIME_PROFILES_URL", url)
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path))
    with ProfileStore.open(url) as opened:
        yield opened


class NewBaseline(Popularity):
    """A quick baseline that no page knows."""

    name = "new_baseline"
    label = "New <b>*baseline*</b>"


@pytest.fixture
def new_baseline(monkeypatch):
    """The registry holds one more baseline."""
    monkeypatch.setitem(BASELINES, NewBaseline.name, NewBaseline)
    return NewBaseline


@pytest.fixture
def show(store):
    """A function that runs a page with a query string; ``frame`` shows the first page."""

    def run(page="frame", **query):
        name = "frame.py" if page == "frame" else f"{page}/page.py"
        app = AppTest.from_file(ROOT / "pages" / name, default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return run
