"""The launcher and the worker process: hand-over of the lock, and thread limits of every job."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from recsys import paths
from recsys.errors import TrainingError
from recsys.evaluation.split_settings import SplitSettings
from recsys.jobs import launcher
from recsys.jobs.evaluation_job import EvaluationConfig, start_evaluation
from recsys.jobs.launcher import launch_worker, thread_limits
from recsys.jobs.lock import RECORD, acquire_lock, lock_holders, release_lock
from recsys.jobs.map_job import start_map_job
from recsys.jobs.run_registry import RunRegistry
from recsys.jobs.status import RunStatus
from recsys.paths import ROOT, default_checkpoint, local_folder
from recsys.system_resources import cores
from tests.jobs.runs import WORKER, environment, history, make_run, wait_until, write_ratings

pytestmark = pytest.mark.worker  # each test starts workers

THREADS = 3
# Python runs this module when it starts: it reports the limit at the first import of each library
PROBE = """
import os, sys
class Probe:
    def find_spec(self, name, path=None, target=None):
        if name in {"numpy", "numba"}:
            limits = {os.environ.get(v) for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                                  "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}
            sys.stderr.write(f"{name} is imported with {limits} threads\\n")
sys.meta_path.insert(0, Probe())
"""


@pytest.fixture
def local(tmp_path, monkeypatch):
    """An own local folder, and a probe of the thread limits in every process that starts."""
    probe = tmp_path / "probe"
    probe.mkdir()
    (probe / "sitecustomize.py").write_text(PROBE)
    for name, value in environment(tmp_path / "local").items():
        monkeypatch.setenv(name, value)
    for name in launcher.THREAD_VARIABLES:
        monkeypatch.setenv(name, "7")  # a limit of the app, not of its jobs
    monkeypatch.setenv("PYTHONPATH", str(probe))
    return tmp_path / "local"


def run_that_fails(local, name="run"):
    """Return a run whose ratings are missing: its worker imports everything and ends at once."""
    run = make_run(local / "runs" / name, local / "missing.csv")
    values = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**values, "threads": THREADS}))
    return run


def evaluation_that_fails(local):
    """Return the configuration of an evaluation whose ratings and checkpoint are missing."""
    local.mkdir(parents=True, exist_ok=True)
    return EvaluationConfig(
        checkpoint=local / "missing", name="Model", places=(local,), ratings=local / "missing.csv",
        data="data", split=SplitSettings(), threads=THREADS,
    )  # fmt: skip


def launched(kind, local):
    """Launch a job of a kind as the app does, wait for its end, and return its log."""
    if kind == "train":
        run = run_that_fails(local)
        RunRegistry.default().launch([run])
        folder, log = local / "runs", run.log
    elif kind == "evaluate":
        folder, log = local / "runs", start_evaluation(evaluation_that_fails(local)).log
    else:
        start_map_job(local / "models" / "missing")
        folder, log = local / "models", local / "models" / ".projecting.log"
    wait_until(lambda: lock_holders(folder) == [])
    return log.read_text()


def started_by_hand(kind, local):
    """Start the worker of a job in a terminal, wait for its end, and return its output."""
    if kind == "train":
        job = run_that_fails(local).path
    elif kind == "evaluate":
        job = local / "evaluations" / "job"
        config = evaluation_that_fails(local)
        job.mkdir(parents=True)
        (job / "order.json").write_text(config.model_dump_json())
    else:
        job = local / "models" / "missing"
        job.parent.mkdir(parents=True)
    done = subprocess.run(
        [*WORKER, kind, str(job)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stderr


@pytest.mark.parametrize("kind", ["train", "evaluate", "map"])
@pytest.mark.parametrize("start", [launched, started_by_hand])
def test_the_thread_limit_is_set_before_numpy_is_imported(local, kind, start):
    threads = max(1, cores() - 1) if kind == "map" else THREADS
    output = start(kind, local)
    lines = {line for line in output.splitlines() if " is imported with " in line}
    assert f"numpy is imported with {{'{threads}'}} threads" in lines
    assert {line.split(" with ")[1] for line in lines} == {f"{{'{threads}'}} threads"}


def test_the_limits_name_every_library():
    assert set(thread_limits(4).values()) == {"4"}
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"} <= set(thread_limits(4))


def test_a_worker_killed_right_after_its_launch_leaves_a_failed_run_and_a_free_lock(local):
    registry = RunRegistry.default()
    run = run_that_fails(local)
    registry.launch([run])
    assert registry.status(run, history(run)) is RunStatus.running
    worker = psutil.Process(json.loads((local / "runs" / RECORD).read_text())["pid"])
    worker.send_signal(signal.SIGKILL)
    wait_until(lambda: lock_holders(local / "runs") == [])
    assert registry.status(run, history(run)) is RunStatus.failed
    registry.launch([run])  # it can be started again at once
    wait_until(lambda: lock_holders(local / "runs") == [])
    assert history(run).ending["event"] == "failed"


LAUNCH = """
import sys
from pathlib import Path
from recsys.errors import TrainingError
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_registry import RunRegistry
print("ready", flush=True)
sys.stdin.readline()
try:
    RunRegistry.default().launch([RunFolder(Path(sys.argv[1]))])
    print("launched", flush=True)
except TrainingError as error:
    print(error, flush=True)
"""


def test_of_two_clients_that_launch_at_the_same_time_exactly_one_succeeds(local):
    ratings = write_ratings(local.parent / "ratings.csv")
    runs = [make_run(local / "runs" / name, ratings) for name in ("first", "second")]
    clients = [
        subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(run.path)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for run in runs
    ]  # fmt: skip
    for client in clients:
        assert client.stdout.readline() == "ready\n"
    for client in clients:
        client.stdin.write("\n")
        client.stdin.flush()
    answers = [client.communicate(timeout=60)[0].strip() for client in clients]
    assert answers.count("launched") == 1
    winner = answers.index("launched")
    assert "nothing was started" in answers[1 - winner]
    wait_until(lambda: lock_holders(local / "runs") == [])
    assert history(runs[winner]).ending["event"] == "finished"
    assert not runs[1 - winner].events.exists()


def test_a_worker_that_cannot_be_started_frees_the_lock(local, monkeypatch):
    monkeypatch.setattr(launcher.sys, "executable", str(local / "missing"))
    run = run_that_fails(local)
    with pytest.raises(TrainingError, match="could not be started"):
        RunRegistry.default().launch([run])
    assert lock_holders(local / "runs") == []
    with pytest.raises(TrainingError, match="could not be started"):
        start_evaluation(evaluation_that_fails(local))
    assert list((local / "evaluations").iterdir()) == []


def test_what_must_be_prepared_happens_under_the_lock_and_its_failure_frees_it(local):
    jobs = [local / "runs" / "job"]

    def prepare():
        assert lock_holders(local / "runs") == [jobs[0].resolve()]
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        launch_worker(
            "train", jobs, lock_folder=local / "runs", log=local / "log", threads=1,
            prepare=prepare,
        )  # fmt: skip
    assert lock_holders(local / "runs") == []


@pytest.mark.parametrize("error", [OSError("no space"), ValueError("bad"), KeyboardInterrupt()])
def test_any_failure_before_the_worker_starts_frees_the_lock(local, error):
    def prepare():
        raise error

    with pytest.raises(type(error)):
        launch_worker(
            "train", [local / "runs" / "job"], lock_folder=local / "runs", log=local / "log",
            threads=1, prepare=prepare,
        )  # fmt: skip
    assert not (local / "runs" / RECORD).exists()
    release_lock(acquire_lock(local / "runs", []))


def test_a_lock_that_cannot_be_handed_over_leaves_no_worker(local, monkeypatch):
    """On a full disk the record cannot be written although the worker was started."""
    workers = []
    popen = subprocess.Popen

    def write_nothing(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    def remember(*arguments, **options):
        workers.append(popen(*arguments, **options))
        monkeypatch.setattr("recsys.jobs.lock.write_json", write_nothing)
        return workers[-1]

    monkeypatch.setattr(launcher.subprocess, "Popen", remember)
    run = run_that_fails(local)
    with pytest.raises(TrainingError, match="could not be started"):
        RunRegistry.default().launch([run])
    assert [worker.returncode is not None for worker in workers] == [True]
    assert not run.events.exists()
    assert not (local / "runs" / RECORD).exists()
    monkeypatch.undo()
    release_lock(acquire_lock(local / "runs", []))


def launched_with(monkeypatch):
    """Launch a job without starting a process; return the command and the options of Popen."""
    started = []

    def remember(command, **options):
        started.append((command, options))
        raise OSError(2, "not started")

    monkeypatch.setattr(launcher.subprocess, "Popen", remember)
    folder = local_folder()
    with pytest.raises(OSError, match="not started"):
        launch_worker("train", [folder], lock_folder=folder, log=folder / "log", threads=1)
    return started[0]


def test_a_worker_uses_the_same_files_where_the_variables_are_relative(local, monkeypatch):
    monkeypatch.chdir(local.parent)
    monkeypatch.setenv("ANIME_LOCAL", "mine")
    monkeypatch.setenv("ANIME_CATALOGUE", "anime.parquet")
    _, options = launched_with(monkeypatch)
    assert options["cwd"] == ROOT
    assert options["env"]["ANIME_LOCAL"] == str(local.parent / "mine")
    assert options["env"]["ANIME_CATALOGUE"] == str(local.parent / "anime.parquet")


def test_the_worker_of_an_installed_package_stays_in_the_users_folder(local, monkeypatch):
    monkeypatch.setattr(launcher, "is_installed", lambda: True)
    command, options = launched_with(monkeypatch)
    assert options["cwd"] is None
    assert command[1:4] == ["-P", "-m", "recsys.jobs.worker"]


def test_the_paths_of_configurations_are_absolute(local, monkeypatch):
    monkeypatch.chdir(local.parent)
    path = Path("mine")
    evaluation = EvaluationConfig(
        checkpoint=path, name="Model", places=(path,), ratings=path, data="data", catalogue=path
    )
    run = make_run(local / "run", path, catalogue=path, out=path).config()
    expected = local.parent / "mine"
    assert {evaluation.checkpoint, *evaluation.places, evaluation.ratings, evaluation.catalogue,
            run.ratings, run.catalogue, run.out} == {expected}  # fmt: skip


def test_results_of_the_model_of_an_installed_package_go_to_the_users_folder(local, monkeypatch):
    site = local.parent / "site"
    shipped = site / "recsys" / "_shipped" / "checkpoints" / "default"
    shutil.copytree(default_checkpoint(), shipped)
    monkeypatch.setattr(paths, "ROOT", site)
    (shipped / "projection.safetensors").unlink()
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    launches = []
    for module in ("evaluation_job", "map_job"):
        monkeypatch.setattr(
            f"recsys.jobs.{module}.launch_worker",
            lambda kind, jobs, prepare, **_options: (launches.append((kind, jobs)), prepare()),
        )
    start_map_job(shipped)
    [copy] = (local / "shipped_model").iterdir()
    config = EvaluationConfig(
        checkpoint=shipped, name="Model", places=(shipped, copy), ratings=local, data="data"
    )
    job = start_evaluation(config)
    assert job.config().places == (copy,)
    assert launches == [("map", [copy]), ("evaluate", [job.path])]
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before
