"""No page parses a file twice in a rerun, nor a file that did not change since the last one."""

import json
import shutil

import pytest
from file_reads import count_reads
from runs_on_disk import ended, lines, made

from pages.shared.resources import recommender_of
from recsys.jobs.evaluation_job import EvaluationConfig, EvaluationJob
from recsys.jobs.lock import acquire_lock, release_lock
from recsys.jobs.run_registry import RunRegistry
from recsys.jobs.status import JobStatus, write_status
from recsys.models.checkpoint_card import card_checksum
from recsys.paths import default_checkpoint, demo_ratings_path
from recsys.serving.model_registry import ModelRegistry

pytestmark = pytest.mark.slow  # reruns each page with many runs on disk

RUNS = 20
VIEWS = {
    "map": [{}],
    "evaluation": [{}, {"show": "On me"}, {"show": "Another split"}],
    "training": [{"view": view} for view in ("Watch", "New run", "All runs", "Models")],
}
CASES = [(page, query) for page, queries in VIEWS.items() for query in queries]


@pytest.fixture
def local(store, tmp_path, monkeypatch):
    """A local folder with twenty finished runs, each with a model, and the shipped model."""
    shipped = tmp_path / "shipped"
    shutil.copytree(default_checkpoint(), shipped)
    monkeypatch.setenv("ANIME_CHECKPOINT", str(shipped))
    card = json.loads((shipped / "card.json").read_text())
    for number in range(RUNS):
        run = made(
            [*lines(20), *lines(20, "final"), ended("finished", reason="all steps are done")],
            name=f"Run {number}",
        )
        run.checkpoint.mkdir()
        card["name"] = f"Model {number}"
        card["seal"] = card_checksum(card)
        (run.checkpoint / "card.json").write_text(json.dumps(card))
    recommender_of(shipped)  # the server loads it as it starts
    registry = ModelRegistry.default()
    registry.folder.mkdir(exist_ok=True)
    (registry.folder / "in_use.json").write_text(json.dumps({"chosen": ["", ""]}))
    return tmp_path


@pytest.mark.parametrize(("page", "query"), CASES, ids=[f"{p} {q}" for p, q in CASES])
def test_a_file_is_parsed_once_and_again_only_when_it_changed(show, store, local, page, query):
    profile = store.create("Me").id
    store.rate_many(profile, {1: 9, 5114: 10, 9253: 8, 457: 9})
    app = show(profile=profile, **query)
    app.switch_page(f"{page}/page.py")
    with count_reads(local) as reads:
        app.run()
    assert not app.exception
    assert {path: count for path, count in reads.items() if count > 1} == {}
    with count_reads(local) as reads:
        app.run()
    assert not app.exception
    parsed = {path for path in reads if path.endswith((".json", ".jsonl"))}
    assert parsed <= {"models/in_use.json"}  # it depends on which models are still there
    assert {path: count for path, count in reads.items() if count > 1} == {}


@pytest.mark.parametrize("held_by", ["run", "evaluation"])
@pytest.mark.parametrize(("page", "query"), CASES, ids=[f"{p} {q}" for p, q in CASES])
def test_while_a_job_is_running_a_file_is_parsed_once(show, store, local, page, query, held_by):
    run = made(lines(20), name="Running")
    config = EvaluationConfig(
        checkpoint=local / "shipped", name="Small", places=(local / "shipped",),
        ratings=demo_ratings_path(), data="Demo community",
    )  # fmt: skip
    jobs = [EvaluationJob(local / "evaluations" / name) for name in ("ended", "other")]
    for job in jobs:
        job.path.mkdir(parents=True)
        (job.path / "order.json").write_text(config.model_dump_json())
        write_status(job.status_path, JobStatus("Tuning", 0.4))
    lock = acquire_lock(
        RunRegistry.default().path, [run.path if held_by == "run" else jobs[1].path]
    )
    try:
        app = show(profile=store.create("Me").id, **query)
        app.switch_page(f"{page}/page.py")
        for _ in range(2):
            with count_reads(local) as reads:
                app.run()
            assert not app.exception
            assert {path: count for path, count in reads.items() if count > 1} == {}
        if page != "map":
            assert reads["runs/.lock.json"] == 1
    finally:
        release_lock(lock)


def test_the_map_sees_a_run_that_was_renamed_and_one_that_went_on(show, local):
    app = show("map")
    assert len(app.selectbox(key="map-model").options) == RUNS + 1
    added = made([*lines(20), ended("finished", reason="all steps are done")], name="Another")
    card = json.loads((local / "shipped" / "card.json").read_text())
    card["name"] = "Another model"
    card["seal"] = card_checksum(card)
    added.checkpoint.mkdir()
    (added.checkpoint / "card.json").write_text(json.dumps(card))
    assert "Another model" in app.run().selectbox(key="map-model").options
