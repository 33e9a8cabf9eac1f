"""Evaluation jobs: the full evaluation in a process of its own, with the same results."""

import json
import signal
import subprocess

import numpy as np
import pytest

from recsys.cli.app import main
from recsys.config import load_settings
from recsys.data.catalogue import Catalogue
from recsys.data.ratings_file import read_ratings
from recsys.errors import TrainingError
from recsys.evaluation.results_io import load_evaluations
from recsys.jobs import evaluation_job
from recsys.jobs.evaluation_executor import execute_evaluation
from recsys.jobs.evaluation_job import (
    EvaluationConfig,
    EvaluationJob,
    start_evaluation,
)
from recsys.jobs.lock import acquire_lock, release_lock
from recsys.models.checkpoint import save_checkpoint
from recsys.models.checkpoint_folder import EVALUATIONS
from recsys.paths import ROOT, catalogue_path
from recsys.training.pipeline import TrainingPipeline
from tests.evaluation.test_protocols import people
from tests.jobs.runs import WORKER, environment, wait_until

pytestmark = pytest.mark.slow  # each test trains and evaluates a model

OVERRIDES = {
    "model": {"dimension": 8},
    "training": {"epochs": 6, "evaluate_every": 2, "batch": 64, "patience": 0},
}


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    """A file of people with two tastes, over anime that the catalogue knows, each with a day."""
    table = people(300, 0)
    known = Catalogue.load(catalogue_path())
    ids = known.ids.ids[np.argsort(-known.members)][: len(table.items)]
    rng = np.random.default_rng(0)
    lines = ["user,anime_id,rating,date"]
    for row, column, rating in zip(table.rows, table.columns, table.ratings, strict=True):
        lines.append(f"u{row},{ids[column]},{rating:.0f},2020-01-{rng.integers(1, 29):02d}")
    path = tmp_path_factory.mktemp("data") / "ratings.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def model(ratings, tmp_path):
    """A checkpoint that learned from everybody."""
    settings = load_settings("quick", overrides=OVERRIDES)
    fit = TrainingPipeline(read_ratings(ratings).interactions, settings, name="Small", epochs=3)
    for _ in fit.run():
        pass
    save_checkpoint(tmp_path / "model", fit.checkpoint(items_only=True, half=True))
    return tmp_path / "model"


@pytest.fixture
def local(tmp_path, monkeypatch):
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path / "local"))
    return tmp_path / "local"


def config(model, ratings, **more):
    return EvaluationConfig(
        checkpoint=model, name="Small", places=(model,), ratings=ratings, data="two tastes",
        catalogue=catalogue_path(), **more,
    )  # fmt: skip


def job_of(folder, asked):
    folder.mkdir(parents=True)
    (folder / "order.json").write_text(asked.model_dump_json())
    return EvaluationJob(folder)


def test_the_worker_and_the_terminal_store_the_same_results(
    model, ratings, local, monkeypatch, capsys
):
    job = job_of(local / "evaluations" / "one", config(model, ratings))
    command = [*WORKER, "evaluate", str(job.path)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(local), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert not job.path.exists()
    by_worker = (model / EVALUATIONS).read_bytes()
    (model / EVALUATIONS).unlink()

    def terminal(*words):
        monkeypatch.setattr("sys.argv", ["recsys", "evaluate", "--full", "--json", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        return json.loads(capsys.readouterr().out)

    monkeypatch.setattr(
        "recsys.cli.evaluate_full.default_threads", lambda: 1
    )  # as in the worker: equal bits
    wanted = ("--checkpoint", str(model), "--ratings", str(ratings))
    printed = terminal(*wanted)
    ours = json.loads((model / EVALUATIONS).read_bytes())["evaluations"]
    theirs = json.loads(by_worker)["evaluations"]
    assert printed["evaluations"] == ours
    (mine,), (others,) = ours, theirs
    for first_figure, other in zip(mine["figures"], others["figures"], strict=True):
        assert first_figure == other
    # a second time nothing is measured, and without ratings what is kept is shown
    monkeypatch.setattr("recsys.training.retrain.evaluate_recipe", None)
    assert terminal(*wanted)["evaluations"] == ours
    assert terminal("--checkpoint", str(model))["evaluations"] == ours


def test_a_job_that_is_asked_to_stop_leaves_nothing(model, ratings, local):
    job = job_of(local / "evaluations" / "one", config(model, ratings))
    job.stop()
    assert execute_evaluation(job) is False
    assert not job.path.exists()
    assert load_evaluations(model) == []


def test_a_job_that_fails_says_why_and_stays_until_it_is_dismissed(model, ratings, local):
    job = job_of(local / "evaluations" / "one", config(model, ratings.with_name("gone.csv")))
    assert execute_evaluation(job) is False
    assert "There is no file" in job.status().error
    assert EvaluationJob.all() == [job]
    job.dismiss()
    assert EvaluationJob.all() == []
    torn = job_of(local / "evaluations" / "two", config(model, ratings))
    (torn.path / "order.json").write_text("{")
    assert execute_evaluation(torn) is False
    assert "cannot be read" in torn.status().error


def test_a_removed_copy_does_not_keep_the_others_from_their_results(model, ratings, local):
    gone = model.with_name("gone")
    both = config(model, ratings).model_copy(update={"places": (gone, model)})
    assert execute_evaluation(job_of(local / "evaluations" / "one", both)) is True
    assert len(load_evaluations(model)) == 1
    alone = config(model, ratings).model_copy(update={"places": (gone,)})
    job = job_of(local / "evaluations" / "two", alone)
    assert execute_evaluation(job) is False
    assert "no card.json" in job.status().error


def test_an_unexpected_error_is_recorded_and_raised(model, ratings, local, monkeypatch):
    job = job_of(local / "evaluations" / "one", config(model, ratings))
    monkeypatch.setattr("recsys.jobs.evaluation_executor.evaluate_recipe", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        execute_evaluation(job)
    assert "ZeroDivisionError" in job.status().error


@pytest.mark.worker
def test_started_from_the_page_it_holds_the_lock_and_ends_by_itself(model, ratings, local):
    job = start_evaluation(config(model, ratings))
    assert job.is_alive()
    with pytest.raises(TrainingError, match="is running"):
        start_evaluation(config(model, ratings))
    wait_until(lambda: not job.is_alive(), 120)
    assert len(load_evaluations(model)) == 1
    assert EvaluationJob.all() == []


@pytest.mark.worker
def test_a_signal_is_a_wish_to_stop(model, ratings, local):
    job = job_of(local / "evaluations" / "one", config(model, ratings))
    command = [*WORKER, "evaluate", str(job.path)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(local)) as worker:
        wait_until((job.path / "standing.json").exists)
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
    assert not job.path.exists()
    assert load_evaluations(model) == []


def test_a_folder_that_cannot_be_written_is_reported_before_anything_starts(
    model, ratings, local, monkeypatch
):
    monkeypatch.setattr(evaluation_job.os, "access", lambda *_: False)
    with pytest.raises(TrainingError, match="could not be stored; nothing"):
        start_evaluation(config(model, ratings))
    assert EvaluationJob.all() == []


def test_a_training_at_work_keeps_a_measuring_from_its_start(model, ratings, local):
    lock = acquire_lock(local / "runs", [])
    try:
        with pytest.raises(TrainingError, match="is running"):
            start_evaluation(config(model, ratings))
    finally:
        release_lock(lock)
    assert EvaluationJob.all() == []
