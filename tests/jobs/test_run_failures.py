"""Failures of a run: each ends with a sentence, keeps the best model and can be resumed."""

import errno
import importlib

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from recsys.errors import TrainingError
from recsys.jobs import run_executor
from recsys.jobs.run_executor import execute_run
from recsys.jobs.status import RunStatus
from recsys.models.checkpoint import load_checkpoint
from recsys.models.checkpoint_folder import is_checkpoint
from recsys.training import events
from recsys.training.state import State
from tests.jobs.runs import (
    DIVERGING,
    EVERY,
    MANY,
    curves,
    history,
    journal_lines,
    make_run,
    status,
    stop_at,
    tensors,
    write_ratings,
)

pytestmark = pytest.mark.slow  # each test trains a model in a run folder


def failed(run, ended):
    """Check what holds for every failure; return its reason."""
    assert isinstance(ended, events.Failed)
    last = journal_lines(run)[-1]
    assert (last["event"], last["reason"]) == ("failed", ended.reason)
    assert status(run) is RunStatus.failed
    assert "\n" not in ended.reason
    assert not ended.reason.endswith(".")
    assert not (run.path / ".spare").exists()
    assert ended.kept_step == history(run).best_step
    model = history(run).model(run)
    assert (model is not None) == (ended.kept_step > 0)
    if model is not None:
        kept = load_checkpoint(model)
        assert kept.card["training"]["steps"] == ended.kept_step
        assert np.isfinite(kept.layers).all()
    return history(run).reason(RunStatus.failed)


def test_divergence_is_reported_in_a_sentence(new_run):
    run = new_run(training=DIVERGING)
    reason = failed(run, execute_run(run))
    assert "diverged" in reason
    assert "learning rate" in reason


@pytest.mark.parametrize("part", ["search", "final"])
def test_a_parameter_that_is_not_finite_keeps_the_last_good_model(new_run, monkeypatch, part):
    run = new_run(training=MANY)
    original = run_executor.TrainingPipeline.run

    def poisoned(pipeline, cancelled):
        for event in original(pipeline, cancelled):
            yield event
            if isinstance(event, events.StepCompleted) and (pipeline.part, event.step) == (
                part,
                10,
            ):
                with torch.no_grad():
                    pipeline.trainer.model.base[0, 0] = torch.nan

    monkeypatch.setattr(run_executor.TrainingPipeline, "run", poisoned)
    ended = execute_run(run)
    assert "finite" in failed(run, ended)
    assert ended.kept_step == history(run).best.step
    monkeypatch.undo()
    # the wrong number was never saved: the run can go on
    assert isinstance(execute_run(run), events.Finished)


def no_room(*_args, **_more):
    raise OSError(errno.ENOSPC, "No space left on device")


def after(count, original, broken):
    """Return a function that does its work so many times, then breaks."""
    calls = []

    def call(*args, **more):
        calls.append(1)
        return (original if len(calls) <= count else broken)(*args, **more)

    return call


def full_safetensors(*_args, **_more):
    raise SafetensorError("I/O error: No space left on device (os error 28)")


FULL = {
    "state": ("recsys.training.state.save_file", 3, no_room),
    "state in safetensors": ("recsys.training.state.save_file", 3, full_safetensors),
    "snapshot": ("recsys.models.checkpoint.save", 3, no_room),
    "journal": ("recsys.jobs.journal.os.fsync", 8, None),
}


@pytest.mark.parametrize("what", FULL)
def test_a_full_disk_is_reported_and_the_run_can_be_resumed(new_run, unbroken, monkeypatch, what):
    complete, _, _ = unbroken
    run = new_run("run", MANY, baselines=True)
    target, count, broken = FULL[what]
    module, name = target.rsplit(".", 1)
    original = importlib.import_module(module.removesuffix(".os"))
    original = getattr(original.os if module.endswith(".os") else original, name)
    if what == "journal":  # it fails once; what was set aside then makes room for the sentence
        calls = []

        def once(file):
            calls.append(file)
            return no_room() if len(calls) == count else original(file)

        monkeypatch.setattr(target, once)
    else:
        monkeypatch.setattr(target, after(count, original, broken))
    ended = execute_run(run)
    reason = failed(run, ended)
    assert "disk is full" in reason or ("No space left" in reason and not what.startswith("state"))
    assert ended.kept_step > 0
    monkeypatch.undo()
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(complete)
    assert tensors(run.checkpoint) == tensors(complete.checkpoint)


def test_a_disk_full_at_the_first_snapshot_does_not_claim_a_model(new_run, monkeypatch):
    run = new_run()
    monkeypatch.setattr(run_executor, "save_checkpoint", no_room)
    ended = execute_run(run)
    assert ended.kept_step == 0
    assert ended.step == EVERY
    assert "there is no model yet" in failed(run, ended)


def test_a_disk_full_at_the_end_keeps_the_best_model_of_the_search(new_run, unbroken, monkeypatch):
    complete, _, _ = unbroken
    run = new_run("run", MANY, baselines=True)
    original = run_executor.save_checkpoint

    def save(folder, checkpoint):
        return no_room() if folder == run.checkpoint else original(folder, checkpoint)

    monkeypatch.setattr(run_executor, "save_checkpoint", save)
    ended = execute_run(run)
    assert "disk is full" in failed(run, ended)
    assert journal_lines(run)[-1]["part"] == "final"
    monkeypatch.undo()
    assert isinstance(execute_run(run), events.Finished)
    assert tensors(run.checkpoint) == tensors(complete.checkpoint)
    assert not list(run.path.glob("state*"))


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"user,item\n"])
def test_unreadable_ratings_are_named_in_the_failure(tmp_path, content):
    path = tmp_path / "ratings.csv"
    if content is not None:
        path.write_bytes(content)
    run = make_run(tmp_path / "run", path)
    ended = execute_run(run)
    assert ended.step == ended.kept_step == 0
    reason = failed(run, ended)
    assert "ratings.csv" in reason or "nothing to learn from" in reason
    # once the file is right, the run goes on as if nothing had been
    write_ratings(path)
    assert isinstance(execute_run(run), events.Finished)
    assert history(run).part == "final"


def test_changed_ratings_are_refused_and_nothing_is_lost(tmp_path):
    path = write_ratings(tmp_path / "ratings.csv")
    run = make_run(tmp_path / "run", path, MANY)
    execute_run(run, **stop_at(50))
    state = run.state.read_bytes()
    write_ratings(path, rows=300)
    assert "other data or settings" in failed(run, execute_run(run))
    assert run.state.read_bytes() == state
    write_ratings(path)
    assert isinstance(execute_run(run), events.Finished)


def test_an_unexpected_error_is_recorded_and_raised(new_run, monkeypatch):
    run = new_run(training=MANY)
    broken = after(3, run_executor.TrainingPipeline.snapshot, lambda _pipeline: {}["layers"])
    monkeypatch.setattr(run_executor.TrainingPipeline, "snapshot", broken)
    with pytest.raises(KeyError):
        execute_run(run)
    last = journal_lines(run)[-1]
    assert last["event"] == "failed"
    assert "KeyError" in last["reason"]
    assert "worker.log" in last["reason"]
    assert last["kept_step"] == 3 * EVERY
    assert history(run).model(run) == run.snapshot(history(run).best_step)
    assert not (run.path / ".spare").exists()


def test_a_lack_of_memory_says_what_would_take_less(new_run, monkeypatch):
    run = new_run()

    def greedy(*_args, **_more):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate "
                           "memory: you tried to allocate 2560000000000 bytes.")  # fmt: skip

    monkeypatch.setattr(run_executor.TrainingPipeline, "run", greedy)
    assert "fewer dimensions" in failed(run, execute_run(run))


def test_a_damaged_configuration_is_reported_before_anything_is_written(new_run):
    run = new_run()
    (run.path / "run.json").write_text('{"ratings": "x"', encoding="utf-8")
    with pytest.raises(TrainingError, match=r"run\.json"):
        execute_run(run)
    assert not run.events.exists()


def test_half_written_files_of_a_killed_process_are_removed(new_run, unbroken):
    complete, _, _ = unbroken
    run = new_run("run", MANY, baselines=True)
    execute_run(run, **stop_at(50))
    torn = [
        run.path / ".checkpoint-x1",
        run.path / ".checkpoint.tmp-x1",
        run.path / "snapshots" / ".00000048-x2",
    ]
    for folder in torn:
        folder.mkdir()
        (folder / "items.safetensors").write_bytes(b"half")
    (run.path / ".spare").write_bytes(b"0")
    (run.path / ".state.tmp-1.safetensors").write_bytes(b"half")
    (run.path / ".state.safetensors.tmp-2.refit").write_bytes(b"half")
    with run.events.open("ab") as file:
        file.write(b'{"event": "progress", "st')
    assert isinstance(execute_run(run), events.Finished)
    assert curves(run) == curves(complete)
    assert not any(folder.exists() for folder in torn)
    assert not list(run.path.glob(".*"))
    assert not list(run.path.glob("state*"))


def test_a_state_is_replaced_only_when_the_new_one_is_complete(new_run, monkeypatch):
    """A process that dies while it saves leaves the state before: nothing is written in place."""
    run = new_run("run", MANY)
    execute_run(run, **stop_at(50))
    before = run.state.read_bytes()

    class Died(BaseException):
        pass

    def die(_tensors, path, **_more):
        path.write_bytes(b"half")
        raise Died

    monkeypatch.setattr("recsys.training.state.save_file", die)
    with pytest.raises(Died):
        execute_run(run)
    assert run.state.read_bytes() == before
    assert State.load(run.state).step == 50


def test_a_model_is_on_disk_before_its_event(new_run):
    run = new_run("run", MANY)
    missing = []

    def look(event, part):
        if isinstance(event, events.Evaluated) and part == "search":
            missing.append(not is_checkpoint(run.snapshot(event.step)))
        if isinstance(event, events.StateSaved):
            missing.append(State.load(run.path / event.path.rsplit("/", 1)[-1]).step != event.step)
        if isinstance(event, events.Finished) and part == "final":
            missing.append(not is_checkpoint(run.checkpoint))

    execute_run(run, on_event=look)
    assert missing
    assert not any(missing)


def test_events_stay_in_the_journal_when_the_callback_fails(new_run):
    run = new_run()

    def on_event(event, _part):
        if isinstance(event, events.Evaluated):
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    ended = execute_run(run, on_event=on_event)
    assert "Broken pipe" in failed(run, ended)
    assert journal_lines(run, "evaluated")
