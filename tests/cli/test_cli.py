"""The terminal: train, evaluate, recommend, check; every error one clear line, exit code 1."""

import json
import math

import numpy as np
import pytest

from recsys.cli.app import main
from recsys.data.catalogue import Catalogue
from recsys.models.baselines import quick_baselines
from recsys.models.checkpoint import load_checkpoint
from recsys.paths import catalogue_path, default_checkpoint
from recsys.profiles.store import ProfileStore

SMALL = '{"model": {"dimension": 8}, "training": {"epochs": 4, "evaluate_every": 1}}'


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr("sys.argv", ["recsys", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def ids():
    catalogue = Catalogue.load(catalogue_path())
    return catalogue.ids.ids[np.argsort(-catalogue.members)][:60]


def write_ratings(path, ids, people, seed, first=0):
    """Two tastes: even people like the first half of the anime, odd ones the second."""
    rng = np.random.default_rng(seed)
    lines = ["user,anime_id,rating"]
    for person in range(first, first + people):
        for number, anime in enumerate(ids):
            if rng.random() < 0.75:
                liked = (number < len(ids) // 2) == (person % 2 == 0)
                height = rng.integers(7, 11) if liked else rng.integers(1, 7)
                lines.append(f"u{person},{anime},{height}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def ratings(tmp_path, ids):
    return write_ratings(tmp_path / "ratings.csv", ids, 60, 0)


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(SMALL)
    return path


def test_train_then_recommend_then_evaluate(run, tmp_path, ratings, small, ids):
    out = tmp_path / "model"
    code, text, _ = run(
        "train", "--ratings", ratings, "--out", out, "--preset", "quick", "--settings", small,
        "--seed", 3, "--device", "cpu", "--with-users", "--json",
    )  # fmt: skip
    assert code == 0
    told = json.loads(text)
    assert told["card"]["data"]["users"] == 60
    checkpoint = load_checkpoint(out)
    assert checkpoint.settings.training.seed == 3
    assert len(checkpoint.users) == 60

    code, text, _ = run(
        "recommend", "--checkpoint", out, "--user", "u0", "--ratings", ratings, "--json", "--top", 4
    )
    assert code == 0
    listed = json.loads(text)["recommendations"]
    for one in listed:
        assert set(one) == {"anime_id", "title", "genres", "score", "because"}
        assert math.isclose(sum(p["share"] for p in one["because"]), one["score"], abs_tol=1e-4)


METHODS = {"lightgcn", *quick_baselines()}


@pytest.fixture
def many(ids):
    """Enough anime that a person of one taste has 30 likes."""
    catalogue = Catalogue.load(catalogue_path())
    return catalogue.ids.ids[np.argsort(-catalogue.members)][:110]


@pytest.fixture
def trained(run, tmp_path, small, many):
    path = write_ratings(tmp_path / "train.csv", many, 60, 0)
    out = tmp_path / "model"
    code, _, error = run(
        "train", "--ratings", path, "--out", out, "--preset", "quick", "--settings", small,
        "--catalogue", catalogue_path(), "--device", "cpu",
    )  # fmt: skip
    assert code == 0, error
    return path, out


def test_evaluate_new_people_beats_popularity_where_taste_exists(run, tmp_path, trained, many):
    path, out = trained
    test = write_ratings(tmp_path / "test.csv", many, 20, 1, first=1000)
    words = (
        "evaluate", "--checkpoint", out, "--protocol", "new-people", "--train", path,
        "--test", test, "--given", "3,5", "--like-at", 7, "--seed", 0,
    )  # fmt: skip
    code, text, error = run(*words, "--json")
    assert code == 0, error
    report = json.loads(text)
    assert report["people"] == 20
    assert set(report["methods"]) == METHODS
    for n in ("3", "5"):
        own, popular = (report["methods"][name][n] for name in ("lightgcn", "popularity"))
        assert own["capped_recall@20"] > popular["capped_recall@20"] + 0.1
        assert own["recall@20"] <= own["capped_recall@20"]
        assert 0 < own["ndcg@20"] <= 1
    code, text, _ = run(*words)
    assert code == 0
    assert f"{report['methods']['ease']['5']['capped_recall@20']:.4f}" in text
    assert "never trained on" in text


@pytest.mark.slow
def test_project_stores_a_map_and_a_second_time_changes_no_byte(run, trained):
    _, out = trained
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    code, text, error = run("project", "--checkpoint", out, "--json")
    assert code == 0, error
    assert json.loads(text)["anime"] == len(load_checkpoint(out).items)
    after = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(after) - set(before) == {"projection.safetensors"}
    assert all(after[name] == data for name, data in before.items())
    code, text, error = run("project", "--checkpoint", out)
    assert code == 0
    assert "of the 15 nearest neighbours of each title" in text
    assert {path.name: path.read_bytes() for path in out.iterdir()} == after


def test_evaluate_held_out_ranks_all_but_what_was_trained_on(run, tmp_path, trained, many):
    path, out = trained
    rows = path.read_text().splitlines()
    kept, held = tmp_path / "kept.csv", tmp_path / "held.csv"
    kept.write_text("\n".join(row for n, row in enumerate(rows) if n % 5 or not n) + "\n")
    held.write_text("\n".join([rows[0], *rows[5::5]]) + "\n")
    words = (
        "evaluate",
        "--checkpoint",
        out,
        "--protocol",
        "held-out",
        "--train",
        kept,
        "--test",
        held,
    )
    code, text, error = run(*words, "--json")
    assert code == 0, error
    report = json.loads(text)
    assert set(report["methods"]) == METHODS
    assert report["people"] == 60
    assert report["methods"]["lightgcn"]["recall@20"] > report["methods"]["popularity"]["recall@20"]
    code, text, _ = run(*words)
    assert code == 0
    assert "Recall@20" in text


def test_a_sample_of_the_anime_trains_on_fewer(run, tmp_path, ratings, small):
    code, text, error = run(
        "train", "--ratings", ratings, "--out", tmp_path / "m", "--preset", "quick",
        "--settings", small, "--sample-items", ".4", "--device", "cpu", "--json", "--threads", 1,
    )  # fmt: skip
    assert code == 0, error
    assert json.loads(text)["card"]["data"]["anime"] == 24


def test_items_only_leaves_people_out_and_validation_refits(run, tmp_path, ratings, small):
    out = tmp_path / "model"
    code, _, error = run(
        "train", "--ratings", ratings, "--out", out, "--preset", "quick", "--settings", small,
        "--validation", ".2", "--items-only", "--device", "cpu",
    )  # fmt: skip
    assert code == 0, error
    checkpoint = load_checkpoint(out)
    assert checkpoint.users is None
    found = checkpoint.card["training"]["validation"]
    assert 0 < found["ndcg@20"] <= 1
    assert found["best_epoch"] <= 4


def test_liked_ids_give_titles_genres_and_reasons_that_sum_to_the_score(run):
    code, text, _ = run("recommend", "--liked", "1,5114,9253", "--top", "5", "--json")
    assert code == 0
    listed = json.loads(text)["recommendations"]
    assert len(listed) == 5
    assert not {one["anime_id"] for one in listed} & {1, 5114, 9253}
    for one in listed:
        assert one["title"]
        assert one["genres"]
        assert math.isclose(sum(p["share"] for p in one["because"]), one["score"], abs_tol=1e-4)
        rated = {p["anime_id"] for p in one["because"]}
        assert rated >= {1, 5114, 9253}
        extra = [p for p in one["because"] if p["anime_id"] is None]
        assert [p["term"] for p in extra] == ["everybody"]


def test_a_profile_by_name_gets_its_list(run, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'p.sqlite'}"
    monkeypatch.setenv("ANIME_PROFILES_URL", url)
    with ProfileStore.open(url) as store:
        profile = store.create("Ada")
        store.rate(profile.id, 1, 9)
        store.mark(profile.id, 5, "seen")
    code, text, _ = run("recommend", "--profile", "ada", "--top", "30", "--json")
    assert code == 0
    listed = {one["anime_id"] for one in json.loads(text)["recommendations"]}
    assert len(listed) == 30
    assert not listed & {1, 5}
    code, _, error = run("recommend", "--profile", "bob")
    assert code == 1
    assert "Ada" in error


def test_the_table_for_people_names_the_model_and_the_reasons(run):
    code, text, _ = run("recommend", "--liked", "1", "--top", "3")
    assert code == 0
    assert "Because" in text
    assert "%" in text


def one_line(error):
    assert "Traceback" not in error
    assert error.startswith("Error: ")
    return error


def test_errors_are_one_clear_line_with_exit_code_1(run, tmp_path, ratings):
    png = tmp_path / "picture.csv"
    png.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    torn = tmp_path / "torn"
    torn.mkdir()
    for name in ("card.json", "items.safetensors"):
        (torn / name).write_bytes((default_checkpoint() / name).read_bytes())
    data = bytearray((torn / "items.safetensors").read_bytes())
    data[len(data) // 2] ^= 1
    (torn / "items.safetensors").write_bytes(bytes(data))
    wrong = [
        (("train", "--ratings", tmp_path / "none.csv", "--out", tmp_path / "m"), "none.csv"),
        (("train", "--ratings", png, "--out", tmp_path / "m"), "picture.csv"),
        (("train", "--ratings", empty, "--out", tmp_path / "m"), "empty.csv"),
        (("train", "--ratings", ratings, "--out", tmp_path / "m", "--preset", "huge"), "huge"),
        (("train", "--ratings", ratings, "--out", tmp_path / "m", "--validation", "2"), "share"),
        (("train", "--ratings", ratings, "--out", tmp_path / "m", "--device", "abacus"), "abacus"),
        (("train", "--ratings", ratings, "--out", empty / "m"), "cannot be written"),
        (("train", "--ratings", ratings, "--out", empty), "cannot be written"),
        (("train", "--ratings", ratings, "--out", tmp_path), "other files"),
        (("recommend", "--checkpoint", torn, "--liked", "1"), "items.safetensors"),
        (("recommend", "--checkpoint", tmp_path / "nothing", "--liked", "1"), "nothing"),
        (("recommend", "--liked", "1", "--user", "x"), "exactly one"),
        (("recommend", "--liked", "987654321"), "987654321"),
        (("recommend", "--user", "x"), "--ratings"),
        (("recommend", "--user", "nobody", "--ratings", ratings), "nobody"),
        (("recommend", "--liked", "1", "--catalogue", png), "picture.csv"),
        (("data", "check", tmp_path / "nowhere"), "nowhere"),
    ]
    for words, named in wrong:
        code, _, error = run(*words)
        assert code == 1, words
        assert named in one_line(error), (words, error)
    assert not (tmp_path / "m").exists()


def test_errors_for_machines_are_json(run, tmp_path):
    code, out, error = run("recommend", "--checkpoint", tmp_path / "x", "--liked", "1", "--json")
    assert code == 1
    assert out == ""
    assert "x" in json.loads(error)["error"]


def test_a_wrong_option_exits_with_its_own_code_and_names_it(run):
    code, _, error = run("recommend", "--liked", "1,two")
    assert code == 2
    assert "--liked" in error
    assert run("evaluate", "--protocol", "mine", "--train", "a", "--test", "b")[0] == 2


def test_data_check_counts_what_cannot_be_used(run, tmp_path, ratings):
    with ratings.open("a") as file:
        file.write("u1,1,11\nu1,1,oops\n")
    code, text, _ = run("data", "check", tmp_path, "--json")
    assert code == 0
    assert json.loads(text)
    code, text, _ = run("data", "check", tmp_path)
    assert code == 0
    assert "ratings" in text


def test_a_stored_table_trains_the_model_of_its_file(run, tmp_path, ratings, small):
    code, out, _ = run("data", "store", ratings, tmp_path / "stored")
    assert code == 0
    assert "memory-mapped" in out
    for source, place in ((ratings, "one"), (tmp_path / "stored", "two")):
        code, _, err = run(
            "train", "--ratings", source, "--out", tmp_path / place, "--settings", small
        )
        assert code == 0, err
    one, two = (load_checkpoint(tmp_path / place) for place in ("one", "two"))
    assert np.array_equal(one.layers, two.layers)
    code, _, err = run("data", "store", ratings, tmp_path / "stored")
    assert code == 1
    assert "not empty" in err


def test_a_run_with_a_state_goes_on_from_it(run, tmp_path, ratings, small):
    words = ["train", "--ratings", ratings, "--settings", small, "--validation", "0.2", "--json"]
    state = tmp_path / "run.state"
    for place in ("one", "two"):
        code, _, err = run(*words, "--out", tmp_path / place, "--state", state)
        assert code == 0, err
    assert state.exists()
    assert (tmp_path / "run.state.refit").exists()
    one, two = (load_checkpoint(tmp_path / place) for place in ("one", "two"))
    assert np.array_equal(one.layers, two.layers)
    # other settings than the state was made with: it is kept, and said
    code, _, err = run(*words, "--out", tmp_path / "one", "--state", state, "--seed", "9")
    assert code == 1
    assert "other data or settings" in err
