"""The lock of a training place: one at a time, and a dead process frees it."""

import os
import signal
import subprocess
import sys

import pytest

from recsys.errors import TrainingError
from recsys.jobs import lock
from recsys.jobs.lock import acquire_lock, lock_holders, release_lock
from recsys.paths import ROOT

HOLD = """
import sys, time
from pathlib import Path
from recsys.jobs.lock import acquire_lock
held = acquire_lock(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
print("taken", flush=True)
sys.stdin.read()
"""
INHERIT = "import sys; print('here', flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.05)


@pytest.fixture
def runs(tmp_path):
    found = [tmp_path / "runs" / name for name in ("20261124-one", "20261124-two")]
    for run in found:
        run.mkdir(parents=True)
    return found


@pytest.fixture
def place(tmp_path):
    return tmp_path / "runs"


def started(code, *words, **options):
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options,
    )  # fmt: skip
    assert process.stdout.readline().strip()
    return process


def test_the_holders_are_named_and_nobody_holds_it_after(place, runs):
    assert lock_holders(place) == []
    held = acquire_lock(place, runs)
    assert lock_holders(place) == [run.resolve() for run in runs]
    assert lock_holders(place) == [run.resolve() for run in runs]  # looking takes nothing away
    release_lock(held)
    assert lock_holders(place) == []


def test_a_place_that_does_not_exist_is_held_by_nobody_and_made_by_taking(tmp_path):
    place = tmp_path / "local" / "runs"
    assert lock_holders(place) == []
    assert not place.exists()
    release_lock(acquire_lock(place, []))
    assert place.is_dir()


def test_a_second_training_is_refused_in_a_sentence_that_names_the_first(place, runs):
    held = acquire_lock(place, runs[:1])
    with pytest.raises(TrainingError) as refused:
        acquire_lock(place, runs[1:])
    told = str(refused.value)
    assert "20261124-one" in told
    assert "20261124-two" not in told
    assert "nothing was started" in told
    assert "\n" not in told
    assert lock_holders(place) == [runs[0].resolve()]  # the refused one left no trace
    release_lock(held)
    release_lock(acquire_lock(place, runs[1:]))


def test_a_shorter_list_of_runs_leaves_nothing_of_a_longer_one(place, runs):
    release_lock(acquire_lock(place, runs))
    held = acquire_lock(place, runs[1:])
    assert lock_holders(place) == [runs[1].resolve()]
    release_lock(held)


def test_the_runs_still_to_come_are_told_while_it_is_held(place, runs):
    held = acquire_lock(place, runs)
    lock.write_lock_holders(held, runs[1:])
    assert lock_holders(place) == [runs[1].resolve()]
    with pytest.raises(TrainingError, match="20261124-two"):
        acquire_lock(place, runs)
    release_lock(held)


def test_a_killed_process_frees_it(place, runs):
    process = started(HOLD, place, *runs)
    assert lock_holders(place) == [run.resolve() for run in runs]
    with pytest.raises(TrainingError):
        acquire_lock(place, runs)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    assert lock_holders(place) == []
    release_lock(acquire_lock(place, runs))
    process.communicate()


def test_a_child_that_inherited_it_holds_it_after_the_parent_let_go(place, runs):
    held = acquire_lock(place, runs[:1])
    process = started(INHERIT, pass_fds=(held,))
    release_lock(held)
    assert lock_holders(place) == [runs[0].resolve()]
    with pytest.raises(TrainingError, match="20261124-one"):
        acquire_lock(place, runs[1:])
    process.communicate(timeout=30)  # the end of its input is its end
    assert lock_holders(place) == []


def test_a_child_that_did_not_inherit_it_does_not_hold_it(place, runs):
    held = acquire_lock(place, runs)
    process = started(INHERIT)
    release_lock(held)
    assert lock_holders(place) == []
    process.communicate(timeout=30)


def test_somebody_who_only_looks_does_not_turn_a_training_away(place, runs, monkeypatch):
    import fcntl  # noqa: PLC0415 - the looker of this test only

    monkeypatch.setattr(lock, "PATIENCE", 30.0)
    release_lock(acquire_lock(place, []))
    looking = os.open(place / lock.NAME, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(lock.time, "sleep", lambda _pause: os.close(looking))  # looked, and gone
    held = acquire_lock(place, runs)
    monkeypatch.undo()
    assert lock_holders(place) == [run.resolve() for run in runs]
    release_lock(held)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"runs": 7}', b"\xff"])
def test_a_lock_that_tells_nothing_still_holds(place, runs, content):
    held = acquire_lock(place, runs)
    os.ftruncate(held, 0)
    os.pwrite(held, content, 0)
    assert lock_holders(place) == []
    with pytest.raises(TrainingError, match="another one"):
        acquire_lock(place, runs)
    release_lock(held)


def test_a_long_list_of_runs_is_named_whole(place):
    runs = [place / f"{number:04d}-{'x' * 200}" for number in range(40)]
    held = acquire_lock(place, runs)
    assert lock_holders(place) == [run.resolve() for run in runs]
    release_lock(held)
