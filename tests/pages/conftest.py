"""Pages run without a browser, each test with a database of its own."""

import pytest
from streamlit.testing.v1 import AppTest

from recsys.paths import ROOT
from recsys.profiles.store import ProfileStore


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The database that the page under test will use."""
    url = f"sqlite:///{tmp_path / 'profiles.sqlite'}"
    monkeypatch.setenv("ANIME_PROFILES_URL", url)
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path))
    with ProfileStore.open(url) as opened:
        yield opened


@pytest.fixture
def show(store):
    """Run a page (``frame`` is the whole first page) with a query string and look at it."""

    def run(page="frame", **query):
        name = "frame.py" if page == "frame" else f"{page}/page.py"
        app = AppTest.from_file(ROOT / "pages" / name, default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return run
