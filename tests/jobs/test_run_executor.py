"""A complete run in this process: its events, files, models and snapshots."""

from itertools import pairwise

import numpy as np
import pytest

from recsys.data.ratings_file import read_ratings
from recsys.jobs.run_executor import MAX_SNAPSHOTS, execute_run
from recsys.jobs.status import RunStatus
from recsys.models.baselines import quick_baselines
from recsys.models.checkpoint import load_checkpoint
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline
from tests.jobs.runs import EVERY, MANY, curves, history, journal_lines, status, tensors
from tests.training.test_trainer import recipe

pytestmark = pytest.mark.slow  # each test trains a model in a run folder


def test_the_events_of_a_run_are_in_order(unbroken):
    run, ended, received = unbroken
    assert isinstance(ended, events.Finished)
    kinds = [(line["event"], line["part"]) for line in journal_lines(run)]
    assert kinds[0] == ("started", "search")
    assert kinds[-1] == ("finished", "final")
    assert kinds.count(("progress", "search")) == 100
    assert kinds.count(("evaluated", "search")) == 25
    assert kinds.count(("progress", "final")) == ended.step
    middle = kinds.index(("finished", "search"))
    assert {part for _, part in kinds[:middle]} == {"search"}
    assert {part for _, part in kinds[middle + 1 :]} == {"final"}
    # the callback receives what the journal holds
    journal = [
        {name: value for name, value in line.items() if name not in {"at", "part"}}
        for line in journal_lines(run)
    ]
    assert [event.to_dict() for event, _ in received] == journal
    assert [part for _, part in received] == [line["part"] for line in journal_lines(run)]
    assert status(run) is RunStatus.finished


def test_a_finished_run_leaves_its_model_and_no_state(unbroken):
    run, _, _ = unbroken
    assert sorted(path.name for path in run.path.iterdir()) == [
        "checkpoint", "events.jsonl", "label.json", "ratings.json", "run.json", "snapshots",
    ]  # fmt: skip
    out = run.config().out
    assert tensors(run.checkpoint) == tensors(out)
    assert set(tensors(out)) == {"items.safetensors", "users.safetensors"}
    assert history(run).model(run) == run.checkpoint


def test_more_than_twenty_events_precede_the_end(new_run):
    run = new_run()
    execute_run(run)
    lines = journal_lines(run)
    ended = next(n for n, line in enumerate(lines) if line["event"] == "finished")
    assert ended > 20


def test_the_model_equals_that_of_the_pipeline_alone(unbroken, ratings):
    run, ended, _ = unbroken
    pipeline = TrainingPipeline(read_ratings(ratings).interactions, recipe(MANY), 0.25)
    for _ in pipeline.run():
        pass
    mine, theirs = pipeline.checkpoint(), load_checkpoint(run.checkpoint)
    assert ended.best_step == pipeline.kept_step == theirs.card["training"]["steps"]
    assert np.array_equal(mine.layers, theirs.layers)
    assert np.array_equal(mine.user_embeddings, theirs.user_embeddings)
    assert mine.users.ids.tolist() == theirs.users.ids.tolist()
    # a second training on everything takes as many passes as the first one's best
    validation = theirs.card["training"]["validation"]
    assert validation["best_step"] == history(run).best.step
    assert validation["ndcg@20"] == history(run).best.metrics["ndcg@20"]


def test_the_best_snapshot_is_kept_when_it_is_an_early_one(new_run, monkeypatch):
    heights = iter([0.1, 0.9, *([0.3] * 23)])  # the second of 25 evaluations is the best
    figures = lambda *_: {"precision@20": 0.1, "recall@20": 0.1, "ndcg@20": next(heights)}  # noqa: E731 - one line says it
    monkeypatch.setattr("recsys.training.trainer.validate", figures)
    run = new_run(training=MANY)
    execute_run(run)
    assert history(run).best.step == 2 * EVERY
    assert 2 * EVERY in run.snapshots()
    assert len(run.snapshots()) == MAX_SNAPSHOTS


def test_without_validation_there_is_one_training_on_all_likes(new_run):
    run = new_run(validation=0.0, baselines=True)
    ended = execute_run(run)
    assert isinstance(ended, events.Finished)
    assert set(curves(run)) == {"final"}
    assert history(run).baselines == {}  # there is nothing to compare on
    assert run.snapshots() == [4, 8, 12, 16, 20, 24]
    assert load_checkpoint(run.checkpoint).card["training"]["steps"] == 24


def test_without_refit_the_first_training_is_the_run(new_run, ratings):
    run = new_run(refit=False, baselines=True)
    ended = execute_run(run)
    assert set(curves(run)) == {"final"}
    assert ended.best_step == history(run).best.step
    assert set(history(run).baselines) == set(quick_baselines())
    kept = load_checkpoint(run.snapshot(ended.best_step))
    model = load_checkpoint(run.checkpoint)
    assert np.array_equal(kept.layers, model.layers.astype(np.float16))


def test_the_number_of_snapshots_is_bounded_and_the_best_is_kept(unbroken):
    run, _, _ = unbroken
    kept = run.snapshots()
    assert len(kept) == MAX_SNAPSHOTS
    assert history(run).best.step in kept
    assert kept[0] == EVERY
    assert kept[-2:] == [96, 100]
    # what lies between is spread over the run, not all at one end
    assert max(b - a for a, b in pairwise(kept)) <= 100 / 4
    for step in kept:
        snapshot = load_checkpoint(run.snapshot(step))
        assert snapshot.card["training"]["steps"] == step
        assert snapshot.users is None
        assert snapshot.layers.dtype == np.float16
        assert np.isfinite(snapshot.layers).all()
