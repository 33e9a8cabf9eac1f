"""A running app and a browser for the journeys."""

import pytest

from scripts.browse import browser, serving


@pytest.fixture(scope="session")
def chromium():
    with browser() as opened:
        yield opened


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as running:
        yield running
