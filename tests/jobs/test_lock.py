"""The job lock: one holder at a time, a dead process frees it, a launcher can hand it over."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from recsys.errors import TrainingError
from recsys.jobs import lock
from recsys.jobs.lock import acquire_lock, hand_over_lock, lock_holders, release_lock
from recsys.paths import ROOT

HOLD = """
import sys
from pathlib import Path
from recsys.jobs.lock import acquire_lock
held = acquire_lock(Path(sys.argv[1]), [Path(job) for job in sys.argv[2:]])
print("acquired", flush=True)
sys.stdin.read()
"""
COMPETE = """
import sys
from pathlib import Path
from recsys.errors import TrainingError
from recsys.jobs.lock import acquire_lock
print("ready", flush=True)
sys.stdin.readline()
try:
    held = acquire_lock(Path(sys.argv[1]), [Path(sys.argv[2])])
    print("acquired", flush=True)
except TrainingError as error:
    print(error, flush=True)
sys.stdin.read()
"""
WORKER = """
import sys
from pathlib import Path
from recsys.jobs.lock import acquire_lock, release_lock
print("started", flush=True)
sys.stdin.readline()
held = acquire_lock(Path(sys.argv[1]), [Path(sys.argv[2])], token=sys.argv[3])
print("acquired", flush=True)
sys.stdin.readline()
release_lock(held)
"""
IDLE = "import sys; print('started', flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    monkeypatch.setattr(lock, "RELEASE_SECONDS", 0.05)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def jobs(folder):
    return [folder / name for name in ("20261124-first", "20261124-second")]


def start(code, *arguments):
    """Start a Python process and wait for its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline().strip()
    return process


def proceed(process):
    """Let a process take its next step; return the line that it prints then."""
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_the_holders_are_listed_until_the_lock_is_released(folder, jobs):
    assert lock_holders(folder) == []
    held = acquire_lock(folder, jobs)
    assert lock_holders(folder) == [job.resolve() for job in jobs]
    assert lock_holders(folder) == [job.resolve() for job in jobs]  # looking changes nothing
    release_lock(held)
    assert lock_holders(folder) == []


def test_a_missing_folder_is_held_by_nobody_and_created_by_acquiring(tmp_path):
    folder = tmp_path / "local" / "runs"
    assert lock_holders(folder) == []
    assert not folder.exists()
    release_lock(acquire_lock(folder, []))
    assert folder.is_dir()


def test_a_second_job_is_refused_with_a_sentence_that_names_the_first(folder, jobs):
    held = acquire_lock(folder, jobs[:1])
    with pytest.raises(TrainingError) as refused:
        acquire_lock(folder, jobs[1:])
    message = str(refused.value)
    assert message.startswith("Another job is running (20261124-first), ")
    assert "20261124-second" not in message
    assert "nothing was started" in message
    assert "\n" not in message
    assert lock_holders(folder) == [jobs[0].resolve()]  # the refusal changed nothing
    release_lock(held)
    release_lock(acquire_lock(folder, jobs[1:]))


def test_a_shorter_list_of_jobs_replaces_a_longer_one(folder, jobs):
    release_lock(acquire_lock(folder, jobs))
    held = acquire_lock(folder, jobs[1:])
    assert lock_holders(folder) == [jobs[1].resolve()]
    release_lock(held)


def test_the_remaining_jobs_can_be_recorded_while_the_lock_is_held(folder, jobs):
    held = acquire_lock(folder, jobs)
    lock.write_lock_holders(held, jobs[1:])
    assert lock_holders(folder) == [jobs[1].resolve()]
    with pytest.raises(TrainingError, match="20261124-second"):
        acquire_lock(folder, jobs)
    release_lock(held)


def test_a_killed_process_frees_the_lock(folder, jobs):
    process = start(HOLD, folder, *jobs)
    assert lock_holders(folder) == [job.resolve() for job in jobs]
    with pytest.raises(TrainingError):
        acquire_lock(folder, jobs)
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    assert lock_holders(folder) == []
    release_lock(acquire_lock(folder, jobs))
    process.communicate()


@pytest.mark.worker
def test_of_many_processes_that_compete_exactly_one_acquires_the_lock(folder, jobs):
    processes = [start(COMPETE, folder, jobs[0]) for _ in range(4)]
    for process in processes:  # all continue before the first answer is read
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.stdout.readline().strip() for process in processes]
    assert answers.count("acquired") == 1
    assert all("nothing was started" in answer for answer in answers if answer != "acquired")
    for process in processes:
        process.communicate(timeout=30)


def test_a_lock_that_was_handed_over_is_held_from_start_to_end_of_the_worker(folder, jobs):
    worker = start(WORKER, folder, jobs[0], "secret")
    held = acquire_lock(folder, jobs[:1])
    hand_over_lock(held, worker.pid, jobs[:1], "secret")
    # the worker has started and has not acquired the lock yet
    assert lock_holders(folder) == [jobs[0].resolve()]
    with pytest.raises(TrainingError, match="20261124-first"):
        acquire_lock(folder, jobs[1:])
    with pytest.raises(TrainingError, match="20261124-first"):
        acquire_lock(folder, jobs[1:], token="another")  # noqa: S106 - no password
    assert proceed(worker) == "acquired"
    assert lock_holders(folder) == [jobs[0].resolve()]
    with pytest.raises(TrainingError, match="20261124-first"):
        acquire_lock(folder, jobs[1:])
    worker.communicate("\n", timeout=30)
    assert lock_holders(folder) == []
    release_lock(acquire_lock(folder, jobs[1:]))


def test_a_worker_that_is_killed_before_it_acquires_the_lock_frees_it(folder, jobs):
    worker = start(WORKER, folder, jobs[0], "secret")
    hand_over_lock(acquire_lock(folder, jobs[:1]), worker.pid, jobs[:1], "secret")
    worker.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    assert lock_holders(folder) == []
    release_lock(acquire_lock(folder, jobs[1:]))
    worker.communicate()


def test_a_lock_handed_over_to_a_process_that_has_ended_is_free(folder, jobs):
    worker = start(IDLE)
    worker.communicate(timeout=30)
    hand_over_lock(acquire_lock(folder, jobs[:1]), worker.pid, jobs[:1], "secret")
    assert lock_holders(folder) == []
    release_lock(acquire_lock(folder, jobs[1:]))


def test_a_child_process_does_not_inherit_the_lock(folder, jobs):
    held = acquire_lock(folder, jobs)
    process = start(IDLE)
    release_lock(held)
    assert lock_holders(folder) == []
    release_lock(acquire_lock(folder, jobs))
    process.communicate(timeout=30)


def test_another_process_with_a_reused_id_does_not_hold_the_lock(folder, jobs):
    release_lock(acquire_lock(folder, []))
    process = psutil.Process()
    record = {"jobs": [str(jobs[0])], "pid": process.pid, "token": "secret"}
    path = folder / lock.RECORD
    path.write_text(json.dumps({**record, "started": process.create_time()}))
    assert lock_holders(folder) == [jobs[0]]
    path.write_text(json.dumps({**record, "started": process.create_time() - 100}))
    assert lock_holders(folder) == []
    release_lock(acquire_lock(folder, jobs))


def shift_record(folder, seconds, *names):
    """Change start times in the record of a folder."""
    path = folder / lock.RECORD
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, **{name: values[name] + seconds for name in names}}))


def test_a_lock_that_is_held_has_a_holder_whatever_the_recorded_start_time(folder, jobs):
    process = start(HOLD, folder, *jobs)
    shift_record(folder, 5, "started", "since_boot")
    for _ in range(3):  # looking at the lock does not change it
        assert lock_holders(folder) == [job.resolve() for job in jobs]
    with pytest.raises(TrainingError, match="20261124-first"):
        acquire_lock(folder, jobs)
    process.communicate(timeout=30)
    assert lock_holders(folder) == []
    release_lock(acquire_lock(folder, jobs))


def test_the_process_that_holds_the_lock_is_its_holder_whatever_its_start_time(folder, jobs):
    held = acquire_lock(folder, jobs)
    shift_record(folder, 5, "started", "since_boot")
    assert lock_holders(folder) == [job.resolve() for job in jobs]
    release_lock(held)
    assert lock_holders(folder) == []


@pytest.mark.parametrize("shifted", ["started", "since_boot"])
def test_a_change_of_the_clock_during_the_hand_over_keeps_the_lock(folder, jobs, shifted):
    """Depending on the platform, one of the two start times follows the system clock."""
    worker = start(WORKER, folder, jobs[0], "secret")
    hand_over_lock(acquire_lock(folder, jobs[:1]), worker.pid, jobs[:1], "secret")
    shift_record(folder, 3600, shifted)
    assert lock_holders(folder) == [jobs[0].resolve()]
    with pytest.raises(TrainingError, match="20261124-first"):
        acquire_lock(folder, jobs[1:])
    assert proceed(worker) == "acquired"
    worker.communicate("\n", timeout=30)


def test_a_record_without_the_time_since_boot_still_names_its_process(folder, jobs):
    held = acquire_lock(folder, jobs)
    path = folder / lock.RECORD
    values = json.loads(path.read_text())
    del values["since_boot"]
    path.write_text(json.dumps(values))
    assert lock_holders(folder) == [job.resolve() for job in jobs]
    release_lock(held)


def test_a_lock_file_of_an_earlier_version_is_harmless(folder, jobs):
    folder.mkdir()
    (folder / ".lock").write_text(json.dumps({"runs": [str(jobs[0])]}))
    assert lock_holders(folder) == []
    held = acquire_lock(folder, jobs[1:])
    assert lock_holders(folder) == [jobs[1].resolve()]
    release_lock(held)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"jobs": 7}', b"\xff"])
def test_a_lock_with_a_damaged_record_is_still_held(folder, jobs, content):
    held = acquire_lock(folder, jobs)
    (folder / lock.RECORD).write_bytes(content)
    assert lock_holders(folder) == []
    with pytest.raises(TrainingError, match=r"^Another job is running, and two at once"):
        acquire_lock(folder, jobs)
    release_lock(held)


def test_a_long_list_of_jobs_is_listed_completely(folder):
    jobs = [folder / f"{number:04d}-{'x' * 200}" for number in range(40)]
    held = acquire_lock(folder, jobs)
    assert lock_holders(folder) == [job.resolve() for job in jobs]
    release_lock(held)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, jobs):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be written") as refused:
        acquire_lock(tmp_path / "file" / "runs", jobs)
    assert "nothing was started" in str(refused.value)


WITHOUT_FCNTL = """
import pkgutil, sys
from importlib import import_module
from pathlib import Path
sys.modules["fcntl"] = None  # as on Windows: importing it raises ImportError
import recsys, recsys.cli.app
for module in pkgutil.walk_packages(recsys.__path__, "recsys."):
    if not module.name.endswith(("__main__", ".env")) and ".versions" not in module.name:
        import_module(module.name)
from recsys.errors import TrainingError
from recsys.jobs.lock import acquire_lock, lock_holders, release_lock
folder = Path(sys.argv[1])
job = folder / "job"
held = acquire_lock(folder, [job])
assert lock_holders(folder) == [job.resolve()]
try:
    acquire_lock(folder, [job])
    raise AssertionError("the lock was acquired twice")
except TrainingError as error:
    assert "nothing was started" in str(error)
release_lock(held)
assert lock_holders(folder) == []
release_lock(acquire_lock(folder, [job]))
"""


@pytest.mark.worker
def test_every_module_and_the_lock_work_without_fcntl(folder):
    """Windows has no fcntl: nothing may import it unconditionally."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FCNTL, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
