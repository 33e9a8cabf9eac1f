"""Files that earlier versions wrote still open: checkpoints, runs, tables, profiles, choices."""

import shutil

import numpy as np
import pytest

from recsys.data.memmap import open_interactions
from recsys.embedding_map import load_map
from recsys.embedding_map.timeline import load_timeline
from recsys.evaluation.results_io import load_evaluations
from recsys.jobs.journal import read_lines
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.status import RunStatus
from recsys.models.checkpoint import load_checkpoint
from recsys.profiles.store import ProfileStore
from recsys.serving.model_registry import ModelRegistry
from tests.golden.commands import FOLDER, PROFILES

OLD = FOLDER / "old_formats"
RUN = "20261101-120000-golden"


@pytest.fixture
def old(tmp_path):
    """Copy the old files, so that no test writes into the repository."""
    return shutil.copytree(OLD, tmp_path / "old")


def test_a_checkpoint_with_its_evaluation_and_map_opens(old):
    checkpoint = load_checkpoint(old / "checkpoint")
    assert checkpoint.name == "Golden"
    assert checkpoint.layers.shape == (3, 160, 4)
    assert len(checkpoint.users) == 180
    (evaluation,) = load_evaluations(old / "checkpoint")
    values = {
        (row["method"], row["given"]): row["value"]
        for row in evaluation.rows
        if row["metric"] == "ndcg@20"
    }
    assert values["popularity", "3"] == pytest.approx(0.630647, abs=1e-9)
    assert len(load_map(old / "checkpoint", checkpoint)) == 160


def test_a_run_opens_with_its_curves_snapshots_and_timeline(old):
    run = RunFolder(old / "local" / "runs" / RUN)
    assert run.is_run()
    history = RunHistory()
    history.fold(read_lines(run.events)[0])
    assert history.status(alive=False) is RunStatus.finished
    assert history.curve.column("step").tolist() == [1.0, 2.0, 3.0, 4.0]
    assert set(history.baselines) == {"popularity", "item_knn", "ease"}
    assert run.snapshots() == [2, 4]
    finished = load_map(run.checkpoint, load_checkpoint(run.checkpoint))
    assert load_timeline(run.path, finished.items_sha256).steps.tolist() == [2, 4]


def test_a_stored_table_opens(old):
    table = open_interactions(old / "stored")
    assert len(table) == 9779
    assert np.asarray(table.ratings).min() >= 1


def test_profiles_open(tmp_path):
    database = tmp_path / "profiles.sqlite"
    shutil.copy(FOLDER / "profiles.sqlite", database)
    with ProfileStore.open(f"sqlite:///{database}") as store:
        profiles = {profile.name: profile for profile in store.profiles()}
        assert set(profiles) == set(PROFILES)
        entries = store.entries(profiles["Space opera"].id)
    ratings = {entry.anime_id: entry.rating for entry in entries if entry.rating is not None}
    assert ratings == {1: 10, 5: 9, 6: 8, 820: 10, 2001: 8, 30: 9, 205: 8, 47: 4}
    assert {e.anime_id: e.kind for e in entries if e.rating is None} == {
        32281: "seen",
        5114: "not_interested",
    }


def test_the_model_in_use_is_still_in_use(old):
    registry = ModelRegistry(old / "local" / "models", old / "checkpoint")
    assert registry.in_use().name == "golden-77ed6911"
