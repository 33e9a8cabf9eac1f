"""The page Map in each of its states."""

import base64
import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from drawn import grid, shown, texts
from runs_on_disk import ended, lines, made
from streamlit.testing.v1 import AppTest

from pages.map.label_placement import HEIGHT, WIDTH_OF_LETTER, place_labels
from pages.map.map_state import selection_of
from pages.map.point_colours import assign_colours
from recsys.data.items_file import read_catalogue
from recsys.embedding_map import load_map
from recsys.embedding_map.timeline import TIMELINE, Timeline, save_timeline
from recsys.jobs.lock import acquire_lock, release_lock
from recsys.jobs.map_job import record_map_failure
from recsys.models.checkpoint import load_checkpoint
from recsys.models.checkpoint_card import card_checksum
from recsys.paths import ROOT, catalogue_path, default_checkpoint
from recsys.serving.model_registry import ModelRegistry

pytestmark = pytest.mark.slow  # each test draws thousands of titles

PAGE = "map"
SHIPPED = default_checkpoint()  # before a test moves it
LIKES = {1: 9, 5114: 10, 9253: 8, 457: 9}


@pytest.fixture
def profile(store):
    made = store.create("Me")
    store.rate_many(made.id, LIKES)
    return made.id


def chart(app):
    [drawn] = app.get("plotly_chart")
    return json.loads(drawn.proto.spec)


def named(app, name):
    return next((one for one in chart(app)["data"] if one.get("name") == name), None)


def numbers(value):
    if isinstance(value, dict):
        return np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
    return np.array(value)


def me(app):
    one = named(app, "Me")
    return float(numbers(one["x"])[0]), float(numbers(one["y"])[0])


def test_all_titles_names_my_stars_my_place_and_my_list_are_on_it(show, profile):
    app = show(PAGE, profile=profile)
    assert not app.exception
    spec = chart(app)
    mine = {"My ratings", "My list", "Me", "reasons for my list"}
    ground = [one for one in spec["data"] if one["name"] not in mine]
    assert {one["type"] for one in spec["data"]} == {"scattergl"}  # SVG would lie below
    assert sum(len(numbers(one["x"])) for one in ground) == 6331 - 315
    assert len(numbers(named(app, "My ratings")["x"])) == len(LIKES)
    assert len(numbers(named(app, "My list")["x"])) == 24
    assert named(app, "reasons for my list")
    assert len(spec["layout"]["annotations"]) >= 10
    assert "315 adult titles are hidden" in texts(app)
    assert "trustworthiness" in texts(app)


def test_a_rating_moves_my_dot_at_once_and_shows_from_where(show, store, profile):
    app = show(PAGE, profile=profile)
    before = me(app)
    assert named(app, "how I moved") is None
    store.rate(profile, 2001, 10)
    app.run()
    assert me(app) != before
    moved = named(app, "how I moved")
    assert numbers(moved["x"])[0] == pytest.approx(before[0], abs=1e-5)


def test_without_a_profile_there_is_a_map_and_nobody_on_it(show):
    app = show(PAGE)
    assert not app.exception
    assert named(app, "Me") is None


def test_search_flies_to_a_title_and_shows_both_kinds_of_neighbours(show, profile):
    app = show(PAGE, profile=profile)
    whole = chart(app)["layout"]["xaxis"]["range"]
    app.text_input(key="map-query").set_value("steins gate").run()
    assert [card["id"] for card in grid(app, "map-card")["cards"]] == [9253]
    near = chart(app)["layout"]["xaxis"]["range"]
    assert near[1] - near[0] < (whole[1] - whole[0]) / 3
    assert len(numbers(named(app, "Nearest in the full space")["x"])) == 15
    assert len(numbers(named(app, "Nearest on this map")["x"])) == 15
    assert "true neighbours" in texts(app)


def test_search_for_nothing_that_exists_says_so(show):
    app = show(PAGE)
    app.text_input(key="map-query").set_value("qqqqzzzzxxxx").run()
    assert "No title on this map matches" in texts(app)


@pytest.mark.parametrize("wrong", ["abc", "999999999", "-1", "<b>", "²"])
def test_a_wrong_title_in_the_url_is_no_title(show, wrong):
    app = show(PAGE, title=wrong)
    assert not app.exception
    assert grid(app, "map-card") is None


@pytest.mark.parametrize("picture", ["3-D", "PCA", "Layers"])
@pytest.mark.parametrize("colour", ["Genre", "Year"])
def test_every_picture_and_colour_draws(show, profile, picture, colour):
    app = show(PAGE, profile=profile, picture=picture, colour=colour, fade="true")
    assert not app.exception
    mine = {"My ratings", "My list", "Me", "reasons for my list"}
    ground = [trace for trace in chart(app)["data"] if trace["name"] not in mine]
    assert sum(len(numbers(trace["x"])) for trace in ground) == 6331 - 315
    assert {trace["type"] for trace in ground} == {"scatter3d" if picture == "3-D" else "scattergl"}
    names = [trace["name"] for trace in ground]
    if colour == "Genre":
        assert names[0] == "Everything else"
        assert {"Action", "Romance", "Sci-Fi"} < set(names)
    else:
        assert names == ["Unknown", "Year"]
        years = numbers(ground[1]["marker"]["color"])
        assert years.min() == 1985
        assert years.max() > 2020
    if picture != "3-D":  # faded: titles that lost their neighbours are more transparent
        opacity = numbers(ground[-1]["marker"]["opacity"])
        assert opacity.min() < 0.3
        assert opacity.max() == 1.0


def test_the_layer_slider_morphs_between_layers(show, profile):
    app = show(PAGE, profile=profile, picture="Layers")
    places = []
    for step in (0.0, 0.5, 1.0):
        app.select_slider(key="layer").set_value(step).run()
        places.append(me(app))
    middle = [(a + b) / 2 for a, b in zip(places[0], places[2], strict=True)]
    assert places[0] != places[2]
    assert places[1] == pytest.approx(middle, abs=1e-3)
    assert "mean cosine of random pairs" in texts(app)


@pytest.mark.parametrize("what", ["Table", "Recommend from here", "Rate these"])
def test_an_area_has_a_table_a_list_and_titles_to_rate(show, profile, what):
    app = show(PAGE, profile=profile)
    ids = [int(one) for one in numbers(named(app, "My list")["customdata"]).ravel()]
    app.session_state["map-region"] = (*ids, 9253)
    app.run()
    app.segmented_control(key="map-area").set_value(what).run()
    assert not app.exception
    assert "25 titles in this region" in texts(app)
    assert "Mean score" in texts(app)
    if what == "Table":
        assert len(app.dataframe[0].value) == 25
    else:
        key = "map-list" if what == "Recommend from here" else "map-rate"
        cards = grid(app, key)["cards"]
        assert len(cards) == 12
        assert {card["id"] for card in cards} <= set(ids)


def test_a_model_without_a_map_offers_to_draw_it_and_says_why_one_failed(
    show, tmp_path, monkeypatch
):
    bare = tmp_path / "bare"
    shutil.copytree(default_checkpoint(), bare)
    (bare / "projection.safetensors").unlink()
    monkeypatch.setenv("ANIME_CHECKPOINT", str(bare))
    started = []
    monkeypatch.setattr("recsys.jobs.map_job.start_map_job", lambda *given: started.append(given))
    app = show(PAGE)
    assert not app.exception
    assert "has no map yet" in texts(app)
    assert f"python -m recsys project --checkpoint {bare}" in texts(app)
    next(one for one in app.button if one.label == "Compute the map").click().run()
    assert started == [(bare, None)]
    record_map_failure(bare, "It knows 9 anime.", None)
    assert "last computation failed: It knows 9 anime." in texts(app.run())


PROBE = """
from types import SimpleNamespace

from pages.map.layout_quality import _draw_genre_probe

name = "![x](https://example.org/x.png)"
probe = SimpleNamespace(macro_f1={name: 0.5}, majority=0.1, always=0.2, genres=3, titles=9)
_draw_genre_probe(SimpleNamespace(genre_probe=probe, fastrp=None))
"""


def test_markup_in_the_names_of_a_genre_probe_is_shown_as_text():
    app = AppTest.from_string(PROBE).run()
    assert not app.exception
    assert "![x]" not in app.markdown[0].value
    assert "| ![x](https://example.org/x.png) | 0.500 |" in shown(app.markdown[0].value)


# ---- another model, its training, and FastRP


@pytest.fixture
def run(store):
    """A run whose model is the one that ships, with a map over time of two steps."""
    made_run = made([*lines(40), *lines(40, "final"), ended("finished", reason="all is done")])
    shutil.copytree(SHIPPED, made_run.checkpoint)
    card = json.loads((made_run.checkpoint / "card.json").read_text())
    card["name"] = "Evening model"
    card["seal"] = card_checksum(card)
    (made_run.checkpoint / "card.json").write_text(json.dumps(card))
    finished = load_map(SHIPPED, load_checkpoint(SHIPPED))
    early = replace(finished.umap_2d, points=finished.umap_2d.points * np.float32(0.5))
    save_timeline(
        made_run.path,
        Timeline(np.array([10, 40]), (early, finished.umap_2d), finished.items_sha256),
    )
    return made_run


def test_a_runs_model_can_be_looked_at_and_answers_nobody(show, run, profile):
    app = show(PAGE, profile=profile)
    names = app.selectbox(key="map-model").options
    assert names == ["LightGCN for new people · in use", "Evening model"]
    pictures = app.segmented_control(key="picture").options
    assert "Training" not in pictures
    app.selectbox(key="map-model").select("Evening model").run()
    assert not app.exception
    pictures = app.segmented_control(key="picture").options
    assert "Training" in pictures
    assert len(numbers(named(app, "My list")["x"])) == 24
    assert ModelRegistry.default().in_use() == SHIPPED  # it makes no recommendations elsewhere


def test_a_slider_over_the_training_lays_the_titles_where_they_were(show, run, profile):
    app = show(PAGE, profile=profile)
    app.selectbox(key="map-model").select("Evening model").run()
    app.segmented_control(key="picture").set_value("Training").run()
    assert not app.exception
    late = me(app)
    assert "The picture of step 40 keeps" in texts(app)
    app.select_slider(key="frame").set_value(10).run()
    assert "The picture of step 10 keeps" in texts(app)
    assert me(app) == pytest.approx((late[0] / 2, late[1] / 2), abs=1e-4)


def test_a_torn_map_over_time_is_a_sentence(show, run, profile):
    (run.path / TIMELINE).write_bytes(b"torn")
    app = show(PAGE, profile=profile)
    app.selectbox(key="map-model").select("Evening model").run()
    assert not app.exception
    assert "is damaged" in texts(app)
    assert me(app)  # the map itself stands


def test_fastrp_is_another_picture_that_says_what_it_is(show, profile):
    app = show(PAGE, profile=profile, picture="FastRP")
    assert not app.exception
    told = texts(app)
    assert "This picture of FastRP keeps" in told
    shared = load_map(SHIPPED, load_checkpoint(SHIPPED)).fastrp.shared_neighbors
    assert f"it shares {shared:.0%} of the model" in told


def test_what_embeddings_know_of_genres_stands_beside_the_majority(show):
    told = texts(show(PAGE))
    genres = load_map(SHIPPED, load_checkpoint(SHIPPED)).genre_probe
    assert f"| **the model’s embedding** | {genres.macro_f1['embedding']:.3f} |" in told
    assert f"| FastRP | {genres.macro_f1['fastrp']:.3f} |" in told
    assert f"| always guessing the majority | {genres.majority:.3f} |" in told
    assert genres.macro_f1["embedding"] > genres.always > genres.majority


def test_the_page_never_imports_umap():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "app = AppTest.from_file('pages/map/page.py', default_timeout=60).run(); "
        "assert not app.exception; sys.exit('umap' in sys.modules or 'torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_what_the_browser_sends_is_read_with_care():
    points = [{"customdata": 5}, {"customdata": [7]}, {"customdata": "x"}, {}, {"customdata": 5}]
    assert selection_of({"selection": {"points": points, "box": [], "lasso": [{}]}}) == (
        [5, 7],
        True,
    )
    assert selection_of({"selection": {"points": [{"customdata": [3.0]}]}}) == ([3], False)
    assert selection_of({}) == ([], False)


def test_no_name_covers_another():
    random = np.random.default_rng(0)
    texts_ = [f"Genre · Theme {n}" for n in range(40)]
    places = [tuple(place) for place in random.uniform(0, 10, (40, 2)).tolist()]
    me = places[0]
    found = place_labels(texts_, places, wide=70.0, narrow=30.0, across=(0.0, 10.0), free=[me])
    for scale, placed in ((70.0, found), (30.0, [one for one in found if one.narrow])):
        assert placed
        for n, one in enumerate(placed):
            for other in placed[:n]:
                across = abs(one.x * scale + one.right - other.x * scale - other.right)
                up = abs(one.y * scale + one.up - other.y * scale - other.up)
                wide = WIDTH_OF_LETTER * (len(one.text) + len(other.text)) / 2
                assert across >= wide or up >= HEIGHT - 1e-6
            half = WIDTH_OF_LETTER * len(one.text) / 2  # nor does one cover me
            aside = abs(one.x * scale + one.right - me[0] * scale)
            assert aside >= half or abs(one.y * scale + one.up - me[1] * scale) >= HEIGHT / 2
    for one in found:  # nor is it cut off, at a desk or on a phone
        half = WIDTH_OF_LETTER * len(one.text) / 2
        for scale in (70.0, 30.0) if one.narrow else (70.0,):
            assert half <= one.x * scale + one.right <= 10 * scale - half


def test_groups_of_one_colour_lie_apart():
    places = np.array([[0.0, 0], [10, 0], [0.1, 0], [10.1, 0]])
    found = assign_colours(places, 2)
    assert found[0] != found[2]
    assert found[1] != found[3]


def test_a_map_on_its_way_is_waited_for(show, store, tmp_path, monkeypatch):
    place = tmp_path / "models" / "mine"
    shutil.copytree(default_checkpoint(), place)
    (place / "projection.safetensors").unlink()
    monkeypatch.setenv("ANIME_CHECKPOINT", str(place))
    assert "has no map yet" in texts(show(PAGE))
    lock = acquire_lock(place.parent, [place])
    assert "is being computed" in texts(show(PAGE))
    release_lock(lock)


def test_where_the_chosen_model_is_broken_the_map_of_the_one_that_answers_is_shown(
    show, profile, tmp_path
):
    facts = read_catalogue(catalogue_path())
    shutil.copytree(SHIPPED, tmp_path / "another")
    card = json.loads((tmp_path / "another" / "card.json").read_text())
    card["name"] = "Another"
    card["seal"] = card_checksum(card)
    (tmp_path / "another" / "card.json").write_text(json.dumps(card))
    (tmp_path / "another" / "projection.safetensors").unlink()
    place = ModelRegistry.default().use(tmp_path / "another", facts)
    (place / "items.safetensors").write_bytes(b"torn")
    app = show(PAGE, profile=profile)
    assert not app.exception
    assert len(chart(app)["data"]) > 3
    assert "no map yet" not in texts(app)
