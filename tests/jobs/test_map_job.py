"""Map jobs: the map of a checkpoint or of a run, its copies, and failures."""

import shutil
import subprocess

import numpy as np
import polars as pl
import pytest

from recsys.config import load_settings
from recsys.embedding_map import load_map
from recsys.embedding_map.timeline import load_timeline
from recsys.jobs import map_job
from recsys.jobs.map_executor import compute_maps
from recsys.jobs.map_job import (
    checkpoint_seal,
    map_failure,
    map_job_running,
    record_map_failure,
    start_map_job,
)
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_folder import RunFolder
from recsys.models.checkpoint import load_checkpoint
from recsys.paths import ROOT, catalogue_path
from tests.embedding_map.small_models import halves, saved
from tests.jobs.runs import WORKER, wait_until

pytestmark = pytest.mark.worker  # most start a worker; all compute a map


@pytest.fixture
def run(tmp_path):
    """A run with a model, two snapshots, and the ratings that it learned from."""
    likes = halves()
    ratings = tmp_path / "ratings.csv"
    users, items = likes.rows, likes.items.ids[likes.columns]
    pl.DataFrame({"user": users, "item": items}).write_csv(ratings)
    config = RunConfig(
        ratings=ratings, data="halves", preset="quick", settings=load_settings("quick")
    )
    made = RunFolder.create(tmp_path / "runs" / "one", config, RunMetadata(name="One"))
    saved(made.checkpoint)
    for step, seed in ((10, 5), (20, 0)):
        saved(made.snapshot(step), seed=seed)
    return made


def test_in_a_runs_folder_the_map_has_fastrp_and_a_timeline_and_a_copy_has_the_map(run, tmp_path):
    shutil.copytree(run.checkpoint, tmp_path / "copy")
    embedding_map = compute_maps(run.checkpoint, None, catalogue_path(), copy_to=tmp_path / "copy")
    assert embedding_map.fastrp is not None
    model = load_checkpoint(run.checkpoint)
    timeline = load_timeline(run.path, embedding_map.items_sha256)
    assert timeline.steps.tolist() == [10, 20]
    for folder in (run.checkpoint, tmp_path / "copy"):
        assert np.array_equal(load_map(folder, model).umap_2d.points, embedding_map.umap_2d.points)
    again = {path: path.read_bytes() for path in run.path.rglob("*.safetensors")}
    compute_maps(run.checkpoint, None, catalogue_path())
    assert {path: path.read_bytes() for path in again} == again


def test_a_copy_made_later_gets_the_map_and_what_time_lacks_is_drawn_again(run, tmp_path):
    compute_maps(run.checkpoint, None, catalogue_path())
    shutil.copytree(run.checkpoint, tmp_path / "copy")
    (tmp_path / "copy" / "projection.safetensors").unlink()
    start_map_job(run.checkpoint, copy_to=tmp_path / "copy")
    assert not map_job_running(run.checkpoint)
    made, copied = (
        (folder / "projection.safetensors").read_bytes()
        for folder in (run.checkpoint, tmp_path / "copy")
    )
    assert made == copied
    (run.path / "timeline.safetensors").unlink()
    start_map_job(run.checkpoint)
    assert map_job_running(run.checkpoint)
    wait_until(lambda: not map_job_running(run.checkpoint), 120)
    assert (run.path / "timeline.safetensors").exists()


def test_where_the_ratings_are_gone_the_map_is_drawn_without_fastrp(run):
    run.config().ratings.unlink()
    shutil.rmtree(run.path / "snapshots")
    embedding_map = compute_maps(run.checkpoint, None, catalogue_path())
    assert embedding_map.fastrp is None
    assert load_timeline(run.path, embedding_map.items_sha256) is None


def test_a_process_draws_it_and_one_that_fails_says_why(run, tmp_path):
    few = tmp_path / "models" / "few"
    saved(few, items=20)
    done = subprocess.run([*WORKER, "map", str(few)], cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "has 20 items" in map_failure(few)
    start_map_job(few)
    assert map_failure(few) is None  # the new try has not failed yet
    wait_until(lambda: not map_job_running(few), 120)
    assert "has 20 items" in map_failure(few)
    assert not (few / "projection.safetensors").exists()


def finished_with_map(run):
    """Give a run the files of a map and of a map over time, without computing them."""
    (run.checkpoint / "projection.safetensors").write_bytes(b"map")
    (run.path / "timeline.safetensors").write_bytes(b"timeline")


def test_a_copy_with_another_model_gets_no_map(run, tmp_path):
    finished_with_map(run)
    shutil.copytree(run.checkpoint, tmp_path / "copy")
    (tmp_path / "copy" / "projection.safetensors").unlink()
    saved(tmp_path / "other", seed=9)
    for name in ("copy", "other"):
        start_map_job(run.checkpoint, copy_to=tmp_path / name)
    assert (tmp_path / "copy" / "projection.safetensors").read_bytes() == b"map"
    assert not (tmp_path / "other" / "projection.safetensors").exists()


def test_a_copy_that_cannot_be_written_does_not_prevent_the_map_over_time(
    run, tmp_path, monkeypatch
):
    finished_with_map(run)
    (run.path / "timeline.safetensors").unlink()
    shutil.copytree(run.checkpoint, tmp_path / "copy")
    (tmp_path / "copy" / "projection.safetensors").unlink()
    started = []
    monkeypatch.setattr(map_job, "launch_worker", lambda *jobs, **_options: started.append(jobs))

    def write_nothing(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(map_job, "write_bytes", write_nothing)
    start_map_job(run.checkpoint, copy_to=tmp_path / "copy")
    assert started == [("map", [run.checkpoint])]


def test_the_failure_of_a_replaced_checkpoint_is_not_shown(tmp_path):
    model = tmp_path / "model"
    saved(model)
    seal = checkpoint_seal(model)
    record_map_failure(model, "It has too few anime.", seal)
    assert map_failure(model) == "It has too few anime."
    saved(model, seed=9)
    assert map_failure(model) is None
    record_map_failure(model, "It was replaced.", seal)  # by a worker that started before
    assert map_failure(model) is None
