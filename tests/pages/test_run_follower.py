"""Histories that sessions share are snapshots: what one session draws, no other changes."""

import json
import shutil
import sys
import threading

import pytest
from file_reads import unreadable
from runs_on_disk import ended, lines, made

from pages.shared.file_cache import cached_card
from pages.shared.run_follower import follow_all_runs, follow_run
from recsys.errors import CheckpointError, TrainingError
from recsys.jobs.run_config import RunMetadata
from recsys.paths import default_checkpoint

COLUMNS = ("step", "loss", "at")


def append(run, events):
    with run.events.open("a") as file:
        file.write("".join(json.dumps(event) + "\n" for event in events))


def lengths(history):
    return {len(history.curve.column(name)) for name in COLUMNS}


def test_a_history_that_was_handed_out_never_changes(store):
    started, *events = lines(60)
    run = made([started, *events[:20]])
    first = follow_run(run).history
    copy = first.snapshot()
    append(run, [*events[20:], ended("finished")])
    second = follow_run(run).history
    assert first == copy
    assert second.version == len(events) + 2
    assert second.curve.done == 60
    assert len(second.curve.evaluations) == 6
    assert len(first.curve.evaluations) == len(copy.curve.evaluations) < 6
    assert first.ending is None
    assert second.ending is not None


def test_an_unchanged_journal_gives_the_same_snapshot(store):
    run = made(lines(20))
    assert follow_run(run).history is follow_run(run).history


def test_while_one_thread_takes_in_events_others_read_columns_of_equal_length(store):
    started, *events = lines(4000, look_every=4000)
    run = made([started])
    unequal, done = [], threading.Event()

    def read():
        while not done.is_set():
            history = follow_run(run).history
            # without the lock that ``follow_run`` waits for
            checks = [lengths(history) for _ in range(50)]
            unequal.extend(check for check in checks if len(check) > 1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns in the middle of an event
    readers = [threading.Thread(target=read) for _ in range(2)]
    try:
        for reader in readers:
            reader.start()
        for start in range(0, len(events), 500):
            append(run, events[start : start + 500])
            follow_run(run)
    finally:
        done.set()
        for reader in readers:
            reader.join()
        sys.setswitchinterval(interval)
    assert unequal == []
    assert lengths(follow_run(run).history) == {4000}


def test_a_new_name_is_seen_at_once(store):
    run = made(lines(5), name="Old")
    assert follow_run(run).metadata.name == "Old"
    run.write_metadata(RunMetadata(name="Another"))
    assert follow_run(run).metadata.name == "Another"


def test_a_run_without_a_usable_configuration_is_left_out(store):
    run, other = made(lines(5)), made(lines(5))
    (run.path / "run.json").write_text("{")
    assert [followed.key for followed in follow_all_runs()] == [other.path.name]
    with pytest.raises(TrainingError, match=r"run\.json"):
        follow_run(run)


def test_a_run_that_could_not_be_read_once_is_back_at_the_next_attempt(store, monkeypatch):
    run = made(lines(5))
    with (
        unreadable(monkeypatch, run.path / "run.json"),
        pytest.raises(TrainingError, match="Too many open files"),
    ):
        follow_run(run)
    assert follow_run(run).config.preset == "quick"


def test_a_card_that_could_not_be_read_once_is_back_at_the_next_attempt(tmp_path, monkeypatch):
    folder = tmp_path / "model"
    shutil.copytree(default_checkpoint(), folder)
    with (
        unreadable(monkeypatch, folder / "card.json"),
        pytest.raises(CheckpointError, match="Too many open files"),
    ):
        cached_card(folder)
    assert cached_card(folder)["format"] == 2
