"""The page Map in each of its states."""

import shutil

import pytest
from drawn import grid, texts

from recsys.places import default_checkpoint

PAGE = "map"
LIKES = {1: 9, 5114: 10, 9253: 8, 457: 9}


@pytest.fixture
def profile(store):
    made = store.create("Me")
    store.rate_many(made.id, LIKES)
    return made.id


def test_it_draws(show, profile):
    app = show(PAGE, profile=profile)
    assert not app.exception, app.exception
    print(texts(app))
