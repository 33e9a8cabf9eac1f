"""``train``: defaults equal those of the page, odd inputs are one sentence, drops are reported."""

import json

import numpy as np
import pytest
import typer

from recsys.cli.app import app, main
from recsys.jobs.run_config import RunConfig
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.models.checkpoint import load_checkpoint

SMALL = {"model": {"dimension": 4}, "training": {"epochs": 2, "evaluate_every": 1, "batch": 64}}


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path / "local"))

    def call(*words):
        monkeypatch.setattr("sys.argv", ["recsys", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, " ".join(captured.err.split())  # without line breaks

    return call


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL))
    return path


def write(path, rows):
    """Write (user, anime, rating) rows."""
    path.write_text("user_id,anime_id,rating\n" + "".join(f"{u},{a},{r}\n" for u, a, r in rows))
    return path


@pytest.fixture
def ratings(tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        (user, anime, rng.integers(6, 11))
        for user in range(30)
        for anime in rng.choice(40, 12, replace=False) + 1
    ]
    return write(tmp_path / "ratings.csv", rows)


def train(run, ratings, small, out, *words):
    return run(
        "train", "--ratings", ratings, "--out", out, "--preset", "quick", "--settings", small,
        "--device", "cpu", "--threads", 1, *words,
    )  # fmt: skip


OPTIONS = {"validation": "--validation", "refit": "--refit", "items_only": "--items-only"}


def test_the_defaults_are_those_of_a_run_and_are_printed_by_help():
    command = typer.main.get_command(app).commands["train"]
    options = {option.name: option for option in command.params}
    for field, flag in OPTIONS.items():
        assert options[field].default == RunConfig.model_fields[field].default
        assert flag in options[field].opts
        assert options[field].show_default
    assert RunConfig.model_fields["half"].default is True
    assert str(options["precision"].default) == "16"
    assert options["precision"].show_default


def test_with_and_without_a_run_folder_the_same_preset_gives_the_same_model(
    run, tmp_path, ratings, small
):
    code, _, error = train(run, ratings, small, tmp_path / "alone")
    assert code == 0, error
    code, _, error = train(
        run, ratings, small, tmp_path / "second", "--run-folder", tmp_path / "run"
    )
    assert code == 0, error
    alone, second = load_checkpoint(tmp_path / "alone"), load_checkpoint(tmp_path / "second")
    assert np.array_equal(alone.layers, second.layers)
    assert alone.users is None
    assert second.users is None
    assert alone.layers.dtype == second.layers.dtype
    config = RunFolder(tmp_path / "run").config()
    page = RunConfig(ratings=ratings, data="x", preset="quick", settings=config.settings)
    for field in ("validation", "refit", "items_only", "half", "baselines"):
        assert getattr(config, field) == getattr(page, field)


def test_options_change_what_the_checkpoint_holds(run, tmp_path, ratings, small):
    words = ("--with-users", "--precision", 32, "--no-refit", "--json")
    code, text, error = train(run, ratings, small, tmp_path / "model", *words)
    assert code == 0, error
    assert load_checkpoint(tmp_path / "model").users is not None
    assert json.loads(text)["card"]["training"]["validation"] is None  # no second training


ODD_VALUES = {
    "validation 1": (("--validation", 1), "--validation takes a share from 0 to below 1"),
    "validation nan": (("--validation", "nan"), "--validation takes a share from 0 to below 1"),
    "no thread": (("--threads", 0), "The option --threads cannot be 0"),
    "threads below zero": (("--threads", -2), "The option --threads cannot be -2"),
    "seed below zero": (("--seed", -1), "training.seed"),
    "sample of nothing": (("--sample-items", 0), "data.sample_items"),
    "sample nan": (("--sample-items", "nan"), "data.sample_items"),
    "a long name": (("--name", "x" * 200), "The option --name cannot be"),
    "preset": (("--preset", "../quick"), "There is no preset"),
    "device": (("--device", "abacus"), "abacus"),
}


@pytest.mark.parametrize("name", ODD_VALUES)
def test_an_odd_option_is_one_sentence_before_anything_starts(run, tmp_path, ratings, small, name):
    words, sentence = ODD_VALUES[name]
    code, _, error = train(run, ratings, small, tmp_path / "model", *words)
    assert code == 1
    assert sentence in error
    assert "Traceback" not in error
    assert not (tmp_path / "model").exists()


NOTHING_TO_COMPARE = {
    "All likes are of one anime (id 7)": [(1, 7, 9), (2, 7, 8), (3, 7, 10)],
    "All likes are by one user (5)": [(5, 1, 9), (5, 2, 8), (5, 3, 10), (5, 4, 2)],
    "Each of the 2 users likes each of the 3 anime": [
        (user, anime, 8) for user in (1, 2) for anime in (1, 2, 3)
    ],
}


@pytest.mark.parametrize("reason", NOTHING_TO_COMPARE)
@pytest.mark.parametrize("preset", ["quick", "paper"])
def test_ratings_without_any_negative_are_refused_before_the_start(
    run, tmp_path, small, reason, preset
):
    path = write(tmp_path / "few.csv", NOTHING_TO_COMPARE[reason])
    words = ("--preset", preset)
    code, _, error = train(run, path, small, tmp_path / "model", *words)
    assert code == 1
    assert reason in error
    assert "learning rate" not in error
    words = (*words, "--run-folder", tmp_path / "run")
    code, _, error = train(run, path, small, tmp_path / "model", *words)
    assert code == 1
    assert reason in error
    history = RunHistory.read(RunFolder(tmp_path / "run"))
    assert reason in history.ending["reason"]
    assert history.parts == {}  # no step was taken


def test_a_batch_without_a_usable_pair_trains_from_the_terminal(run, tmp_path, small):
    rows = [(1, anime, 8) for anime in range(1, 31)]  # this user likes every anime
    rows += [(user, anime, 9) for user in range(2, 6) for anime in range(user, user + 12)]
    path = write(tmp_path / "some.csv", rows)
    # every batch is one like, so those of user 1 have no usable pair
    small.write_text(json.dumps({**SMALL, "training": {"epochs": 1, "batch": 1}}))
    for words in ((), ("--run-folder", tmp_path / "run")):
        code, _, error = train(run, path, small, tmp_path / "model", "--preset", "paper", *words)
        assert code == 0, error
        assert "learning rate" not in error


def test_the_rows_that_were_dropped_are_reported_and_kept_with_the_run(run, tmp_path, small):
    rng = np.random.default_rng(0)
    rows = [
        (user, anime, rng.integers(6, 11))
        for user in range(20)
        for anime in rng.choice(30, 10, replace=False) + 1
    ]
    rows += [(user, 40 + user, 0) for user in range(9)]  # not rated
    path = write(tmp_path / "some.csv", rows)
    code, _, error = train(run, path, small, tmp_path / "model", "--run-folder", tmp_path / "run")
    assert code == 0, error
    assert "200 of 209 rows are in use" in error
    report = RunFolder(tmp_path / "run").drop_report()
    for sentence in report.sentences():
        # the terminal wraps long lines, also within a path
        assert "".join(sentence.split()) in "".join(error.split())
    assert (report.read, report.used, dict(report.dropped)) == (209, 200, {"not_rated": 9})
    code, text, _ = run("runs", "show", tmp_path / "run")
    assert "200 of 209 rows are in use" in text
    assert "9 rows" in text
    code, text, _ = run("runs", "show", tmp_path / "run", "--json")
    assert json.loads(text)["report"] == report.to_dict()


def test_a_run_of_an_earlier_version_has_no_drop_report(tmp_path):
    assert RunFolder(tmp_path).drop_report() is None
    (tmp_path / "ratings.json").write_text("[1]")
    assert RunFolder(tmp_path).drop_report() is None
