"""Runs from the terminal: train in a run folder, list, show, stop, resume; errors in one line."""

import json
import subprocess
import sys

import pytest

from recsys.jobs.lock import release_lock
from recsys.jobs.run_registry import RunRegistry
from recsys.models.baselines import quick_baselines
from recsys.paths import ROOT
from tests.jobs.runs import QUICK, environment, history, make_run, tensors, write_ratings

pytestmark = pytest.mark.worker

SMALL = {"model": {"dimension": 8}, "training": {"epochs": 12, "evaluate_every": 2, "patience": 0}}


def command(local, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "recsys", *map(str, arguments)], cwd=ROOT, env=environment(local),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    return write_ratings(tmp_path_factory.mktemp("data") / "ratings.csv")


@pytest.fixture(scope="module")
def trained(ratings, tmp_path_factory):
    """A run that the terminal has trained in a folder outside of the registry."""
    local = tmp_path_factory.mktemp("terminal")
    settings = local / "small.json"
    settings.write_text(json.dumps(SMALL))
    done = command(
        local, "train", "--ratings", ratings, "--out", local / "out", "--preset", "quick",
        "--settings", settings, "--validation", 0.25, "--threads", 1, "--run-folder",
        local / "elsewhere", "--name", "From the terminal", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return local, json.loads(done.stdout)


def refused(done, sentence):
    assert done.returncode == 1
    assert sentence in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_run_of_the_terminal_writes_its_folder_and_its_out(trained):
    local, printed = trained
    assert printed["checkpoint"] == str(local / "out")
    assert printed["standing"] == "finished"
    assert set(printed["baselines"]) == set(quick_baselines())
    assert printed["events"] > 10
    assert tensors(local / "out") == tensors(local / "elsewhere" / "checkpoint")


def test_it_is_among_the_runs_that_the_app_shows(trained):
    local, _ = trained
    assert [run.metadata().name for run in RunRegistry(local / "runs").runs()] == [
        "From the terminal"
    ]
    listed = json.loads(command(local, "runs", "list", "--json").stdout)["runs"]
    assert [summary["name"] for summary in listed] == ["From the terminal"]
    assert "From" in command(local, "runs", "list").stdout


def test_show_tells_where_the_model_is(trained):
    local, _ = trained
    printed = json.loads(command(local, "runs", "show", local / "elsewhere", "--json").stdout)
    assert printed["out"] == str(local / "out")
    assert printed["model"] == str(local / "elsewhere" / "checkpoint")
    assert "standing: finished" in command(local, "runs", "show", local / "elsewhere").stdout


def test_what_cannot_be_done_is_one_line(trained, ratings):
    local, _ = trained
    refused(command(local, "runs", "resume", local / "elsewhere"), "nothing left to do")
    refused(command(local, "runs", "stop", local / "elsewhere"), "nothing to stop")
    refused(command(local, "runs", "show", "nothing"), "There is no run 'nothing'")
    again = ("train", "--ratings", ratings, "--out", local / "out2", "--run-folder")
    refused(command(local, *again, local / "elsewhere"), "is not empty")
    state = (*again, local / "new", "--state", local / "state")
    refused(command(local, *state), "leave --state out")
    assert not (local / "new").exists()


def test_one_training_at_a_time_holds_in_the_terminal_too(tmp_path, ratings):
    registry = RunRegistry(tmp_path / "runs")
    lock = registry.acquire_lock([make_run(registry.path / "busy", ratings, QUICK)])
    again = ("train", "--ratings", ratings, "--out", tmp_path / "out", "--run-folder")
    refused(command(tmp_path, *again, tmp_path / "new"), "Another job is running (busy)")
    release_lock(lock)
    assert not (tmp_path / "new").exists()


def test_one_torn_order_hides_no_other_run(tmp_path, ratings):
    registry = RunRegistry(tmp_path / "runs")
    make_run(registry.path / "whole", ratings, QUICK, name="Whole")
    torn = make_run(registry.path / "torn", ratings, QUICK)
    (torn.path / "run.json").write_text("{")
    done = command(tmp_path, "runs", "list", "--json")
    assert [summary["name"] for summary in json.loads(done.stdout)["runs"]] == ["Whole"]
    assert "cannot be used" in done.stderr


def test_stop_leaves_a_marker_and_resume_goes_on(tmp_path, ratings):
    registry = RunRegistry(tmp_path / "runs")
    run = make_run(registry.path / "mine", ratings, QUICK)
    lock = registry.acquire_lock([run])
    assert command(tmp_path, "runs", "stop", "mine").returncode == 0
    assert run.cancel.exists()
    release_lock(lock)
    done = command(tmp_path, "runs", "resume", "mine", "--json")
    assert done.returncode == 0, done.stderr
    assert history(run).ending["event"] == "finished"
    assert json.loads(done.stdout)["checkpoint"] == str(run.checkpoint)
