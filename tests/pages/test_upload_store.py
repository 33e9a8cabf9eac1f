"""Uploads: stored once by content, hashed once per file, and pruned unless a run uses them."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from file_reads import unreadable
from streamlit.testing.v1 import AppTest

from pages.shared import upload_store
from pages.shared.upload_store import prune_uploads, store_upload
from recsys.config import load_settings
from recsys.errors import DataError
from recsys.jobs.evaluation_job import EvaluationConfig, EvaluationJob
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_registry import RunRegistry

PICKER = """
import streamlit as st

from pages.shared.data_picker import draw_data_picker
from pages.shared.error_boundary import error_boundary

with error_boundary():
    source = draw_data_picker()
    st.caption(f"{source.path.name if source else None}")
"""


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch):
    """The folder of uploads."""
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path))
    return tmp_path / "uploads"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def aged(folder, name, age, size=1):
    """Make a file that is some seconds old."""
    path = folder / name
    path.write_bytes(b"x" * size)
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def test_the_same_content_is_stored_once_and_another_apart(uploads):
    first = store_upload("My ratings.csv.GZ", b"a")
    assert store_upload("My ratings.csv.GZ", b"a") == first
    second = store_upload("My ratings.csv.GZ", b"b")
    assert first.read_bytes() == b"a"
    assert second.read_bytes() == b"b"
    assert first.name.startswith("my-ratings-")
    assert first.name.endswith(".csv.gz")
    assert names(uploads) == sorted([first.name, second.name])


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "..\\..\\passwd.csv", "passwd.x/../../y.csv", "..", "/", ""]
)
def test_a_name_that_is_a_path_stays_in_the_folder(uploads, name):
    path = store_upload(name, b"a")
    assert path.parent == uploads
    assert names(uploads) == [path.name]
    assert path.suffix in {".csv", ".unnamed", ""}


def test_a_failed_write_is_one_sentence(monkeypatch):
    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload_store, "write_bytes", fail)
    with pytest.raises(DataError, match=r"a\.csv could not be stored \(No space left on device\)"):
        store_upload("a.csv", b"a")


def test_the_oldest_files_beyond_the_count_are_removed(uploads, monkeypatch):
    monkeypatch.setattr(upload_store, "MAX_FILES", 2)
    uploads.mkdir()
    for age in range(1, 5):
        aged(uploads, f"{age}.csv", 100 * age)
    prune_uploads(uploads, [uploads / "4.csv"])
    assert names(uploads) == ["1.csv", "2.csv", "4.csv"]


def test_the_oldest_files_beyond_the_bytes_are_removed(uploads, monkeypatch):
    monkeypatch.setattr(upload_store, "MAX_BYTES", 250)
    uploads.mkdir()
    for age in range(1, 5):
        aged(uploads, f"{age}.csv", 100 * age, size=100)
    prune_uploads(uploads, [])
    assert names(uploads) == ["1.csv", "2.csv"]


def test_an_old_temporary_file_is_removed_and_a_new_one_is_not(uploads):
    uploads.mkdir()
    aged(uploads, ".a.tmp-1.csv", 2 * upload_store.LEFTOVER_AGE)
    aged(uploads, ".b.tmp-2.csv", 1)
    prune_uploads(uploads, [])
    assert names(uploads) == [".b.tmp-2.csv"]


def test_a_new_upload_prunes_but_keeps_itself_and_files_of_runs(uploads, monkeypatch):
    monkeypatch.setattr(upload_store, "MAX_FILES", 1)
    uploads.mkdir()
    used = aged(uploads, "used.csv", 500)
    aged(uploads, "old.csv", 400)
    recent = aged(uploads, "recent.csv", 300)
    run = SimpleNamespace(config=lambda: SimpleNamespace(ratings=used))
    registry = SimpleNamespace(runs=lambda: [run], deleted=lambda: None)
    monkeypatch.setattr(upload_store.RunRegistry, "default", lambda: registry)
    new = store_upload("new.csv", b"a")
    assert names(uploads) == sorted([used.name, recent.name, new.name])


def test_an_upload_is_hashed_once_and_not_on_each_rerun(uploads, monkeypatch):
    stored = []

    def count(name, data):
        stored.append(name)
        return store_upload(name, data)

    monkeypatch.setattr("pages.shared.data_picker.store_upload", count)
    app = AppTest.from_string(PICKER).run()
    app.segmented_control(key="source").set_value("Upload").run()
    assert app.caption[0].value == "None"
    app.file_uploader(key="ratings-file").upload("a.csv", b"user,anime_id\n1,1\n").run()
    for _ in range(3):
        app.run()
    assert stored == ["a.csv"]
    (name,) = names(uploads)
    assert app.caption[0].value == name
    (uploads / name).unlink()
    app.run()
    assert stored == ["a.csv", "a.csv"]
    assert names(uploads) == [name]


def reference(run_of, ratings, *, deleted=False):
    """Make a run or an evaluation whose ratings are an upload."""
    if run_of == "evaluation":
        job = EvaluationJob(ratings.parent.parent / "evaluations" / "job")
        job.path.mkdir(parents=True)
        config = EvaluationConfig(
            checkpoint=ratings.parent, name="Small", places=(ratings.parent,), ratings=ratings,
            data="Mine",
        )  # fmt: skip
        (job.path / "order.json").write_text(config.model_dump_json())
        return job.path / "order.json"
    config = RunConfig(
        ratings=ratings, data="Mine", preset="quick", settings=load_settings("quick")
    )
    registry = RunRegistry.default()
    run = registry.create(config, RunMetadata(name="Mine"))
    if deleted:
        registry.delete(run)
    return run.path / "run.json"


@pytest.mark.parametrize(
    ("kind", "deleted"), [("run", True), ("run", False), ("evaluation", False)]
)
def test_ratings_of_jobs_and_of_the_deleted_run_are_kept(uploads, monkeypatch, kind, deleted):
    monkeypatch.setattr(upload_store, "MAX_FILES", 0)
    uploads.mkdir()
    used = aged(uploads, "used.csv", 500)
    aged(uploads, "old.csv", 400)
    reference(kind, used, deleted=deleted)
    new = store_upload("new.csv", b"a")
    assert names(uploads) == sorted([used.name, new.name])


@pytest.mark.parametrize("kind", ["run", "evaluation"])
def test_while_a_configuration_cannot_be_read_nothing_is_pruned(uploads, monkeypatch, kind):
    monkeypatch.setattr(upload_store, "MAX_FILES", 0)
    uploads.mkdir()
    used = aged(uploads, "used.csv", 500)
    file = reference(kind, used)
    with unreadable(monkeypatch, file):
        new = store_upload("new.csv", b"a")
    assert names(uploads) == sorted([used.name, new.name])
