"""Stopping and resuming a run."""

import numpy as np
import pytest

from recsys.data.ratings_file import read_ratings
from recsys.jobs.run_executor import execute_run
from recsys.jobs.status import RunStatus
from recsys.models.baselines import quick_baselines
from recsys.models.checkpoint import load_checkpoint
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline
from tests.jobs.runs import EVERY, MANY, curves, history, journal_lines, status, stop_at, tensors
from tests.training.test_trainer import recipe

pytestmark = pytest.mark.slow  # each test trains a model in a run folder


@pytest.mark.parametrize("step", [1, 41, 100])
def test_a_stopped_run_keeps_the_best_model_and_resumes_bit_for_bit(new_run, unbroken, step):
    complete, _, _ = unbroken
    run = new_run("run", MANY, baselines=True, out=None)
    ended = execute_run(run, **stop_at(step))
    if step < 100:
        assert isinstance(ended, events.Cancelled)
        assert ended.step == step
        assert status(run) is RunStatus.stopped
        best = history(run).best
        assert ended.best_step == (best.step if best else 0)
        assert run.checkpoint.exists() == (step > EVERY)
        assert run.state.exists()
        if best:
            model = load_checkpoint(run.checkpoint)
            snapshot = load_checkpoint(run.snapshot(best.step))
            assert np.array_equal(model.layers.astype(np.float16), snapshot.layers)
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(complete)
    assert tensors(run.checkpoint) == tensors(complete.checkpoint)
    assert history(run).baselines.keys() == history(complete).baselines.keys()
    for method, line in history(complete).baselines.items():
        assert history(run).baselines[method]["metrics"] == line["metrics"]


def test_each_baseline_is_evaluated_once_however_often_a_run_is_stopped(new_run):
    run = new_run("run", MANY, baselines=True)
    for step in (3, 6, 30):
        execute_run(run, **stop_at(step))
    execute_run(run)
    assert [line["method"] for line in journal_lines(run, "compared")] == list(quick_baselines())


def test_the_cancel_marker_stops_a_run(new_run):
    run = new_run("run", MANY)
    ended = execute_run(run, on_event=lambda event, _: event.step == 30 and run.cancel.touch())
    assert isinstance(ended, events.Cancelled)
    assert ended.step == 30
    run.cancel.unlink()
    assert isinstance(execute_run(run), events.Finished)


def test_a_stop_in_the_final_part_keeps_the_best_model_of_the_search(new_run, unbroken):
    complete, _, _ = unbroken
    run = new_run("run", MANY, baselines=True)
    ended = execute_run(run, **stop_at(5, "final"))
    best = history(run).best.step
    assert isinstance(ended, events.Cancelled)
    assert journal_lines(run)[-1]["part"] == "final"
    assert ended.best_step == best == history(complete).best.step
    model = load_checkpoint(run.checkpoint)
    assert model.card["training"]["steps"] == best
    snapshot = load_checkpoint(run.snapshot(best))
    assert np.array_equal(model.layers.astype(np.float16), snapshot.layers)
    assert history(run).best_step == best
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(complete)
    assert tensors(run.checkpoint) == tensors(complete.checkpoint)


PATIENT = {**MANY, "learning_rate": 0.05, "patience": 3, "save_every": 10}  # stops before a save


def test_the_best_model_of_the_search_is_kept_when_found_between_two_saved_states(new_run):
    complete = new_run("complete", PATIENT)
    execute_run(complete)
    best = history(complete).best.step
    stopped = history(complete).parts["search"].done
    assert stopped < 100
    assert stopped % (10 * EVERY)  # it ended early, after an evaluation that saves nothing
    run = new_run("run", PATIENT)
    ended = execute_run(run, **stop_at(1, "final"))
    assert ended.best_step == best
    model, snapshot = load_checkpoint(run.checkpoint), load_checkpoint(run.snapshot(best))
    assert np.array_equal(model.layers.astype(np.float16), snapshot.layers)
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(complete)
    assert tensors(run.checkpoint) == tensors(complete.checkpoint)


def test_a_pipeline_without_a_state_file_keeps_the_best_model_of_the_search(ratings):
    """The terminal without --state: a second training that ends early falls back on the first."""
    pipeline = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    best = None
    for event in pipeline.run(
        lambda: pipeline.part == "final" and pipeline.trainer.state.step == 2
    ):
        if isinstance(event, events.Evaluated) and event.best and pipeline.part == "search":
            best = pipeline.snapshot()
    assert isinstance(event, events.Cancelled)
    assert pipeline.part == "final"
    kept = pipeline.checkpoint(half=True)
    assert kept.card["training"]["steps"] == pipeline.kept_step == best.card["training"]["steps"]
    assert np.array_equal(kept.layers, best.layers)
