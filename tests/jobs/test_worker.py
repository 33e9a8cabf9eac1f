"""Worker processes: killed at any moment, stopped by a signal, two runs one after the other."""

import signal
import subprocess

import pytest

from recsys.jobs.lock import lock_holders
from recsys.jobs.run_registry import RunRegistry
from recsys.jobs.status import RunStatus
from recsys.models.checkpoint_folder import is_checkpoint
from recsys.paths import ROOT
from tests.jobs.runs import (
    LONG,
    WORKER,
    curves,
    environment,
    history,
    journal_lines,
    make_run,
    tensors,
    wait_until,
    write_ratings,
)

pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    return write_ratings(tmp_path_factory.mktemp("data") / "ratings.csv")


def start(local, *runs):
    """Start a worker as a person would in a terminal."""
    command = [*WORKER, "train", *(str(run.path) for run in runs)]
    with runs[0].log.open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment(local), stdout=log, stderr=log)


def trained(local, ratings, out):
    run = make_run(local / "runs" / "whole", ratings, LONG, out=out)
    assert start(local, run).wait(120) == 0, run.log.read_text()
    return run


@pytest.fixture(scope="module")
def unbroken(ratings, tmp_path_factory):
    """A run that was left alone, and the checkpoint at its --out."""
    local = tmp_path_factory.mktemp("unbroken")
    return trained(local, ratings, local / "out"), local / "out"


def steps(run, part="search"):
    return sum(line["part"] == part for line in journal_lines(run, "progress"))


@pytest.mark.parametrize(
    ("part", "at"), [("search", 3), ("search", 95), ("final", 40)],
    ids=["before anything is saved", "in the middle", "in the second training"],
)  # fmt: skip
def test_killed_and_resumed_it_ends_in_the_very_same_bits(tmp_path, ratings, unbroken, part, at):
    run = make_run(tmp_path / "runs" / "broken", ratings, LONG, out=tmp_path / "out")
    worker = start(tmp_path, run)
    wait_until(lambda: steps(run, part) >= at)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    assert RunRegistry(tmp_path / "runs").status(run, history(run)) is RunStatus.failed
    assert start(tmp_path, run).wait(120) == 0, run.log.read_text()
    whole, out = unbroken
    assert curves(run) == curves(whole)
    assert tensors(tmp_path / "out") == tensors(out)
    assert tensors(run.checkpoint) == tensors(whole.checkpoint)


def test_a_signal_to_end_stops_and_keeps_the_best(tmp_path, ratings):
    run = make_run(tmp_path / "runs" / "stopped", ratings, LONG)
    worker = start(tmp_path, run)
    wait_until(lambda: len(journal_lines(run, "evaluated")) >= 2)
    worker.terminate()
    assert worker.wait(30) == 0
    assert history(run).ending["event"] == "cancelled"
    assert is_checkpoint(run.checkpoint)
    assert lock_holders(tmp_path / "runs") == []


def test_two_runs_take_turns_and_a_waiting_one_can_be_stopped(tmp_path, ratings):
    registry = RunRegistry(tmp_path / "runs")
    first = make_run(registry.path / "first", ratings, LONG)
    second = make_run(registry.path / "second", ratings, LONG)
    worker = start(tmp_path, first, second)
    wait_until(lambda: steps(first) > 0)
    assert registry.status(first, history(first)) is RunStatus.running
    assert registry.status(second, history(second)) is RunStatus.waiting
    second.cancel.touch()
    assert worker.wait(120) == 0
    assert registry.status(first, history(first)) is RunStatus.finished
    assert registry.status(second, history(second)) is RunStatus.stopped
    assert steps(second) == 0


def test_the_app_launches_a_worker_that_holds_the_lock_from_the_first_moment(
    tmp_path, ratings, monkeypatch
):
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    registry = RunRegistry(tmp_path / "runs")
    run = make_run(registry.path / "launched", ratings, LONG)
    registry.launch([run])
    assert lock_holders(registry.path) == [run.path.resolve()]
    wait_until(lambda: steps(run) > 0)
    run.cancel.touch()
    wait_until(lambda: lock_holders(registry.path) == [])
    assert history(run).ending["event"] == "cancelled"
