"""Small runs on disk for the tests, and what is compared of them."""

import os
import sys
import time

import numpy as np
import polars as pl

from recsys.jobs.journal import read_lines
from recsys.jobs.run_folder import RunConfig, RunFolder, RunMetadata
from recsys.jobs.run_history import RunHistory
from recsys.jobs.step_curve import CURVES
from recsys.models.checkpoint_folder import resolve_checkpoint
from tests.training.test_trainer import SOFTMAX, recipe, two_worlds

QUICK = {**SOFTMAX, "patience": 0}
# a second of small steps whose best comes late: time enough to be killed in either part
LONG = {
    **SOFTMAX, "learning_rate": 2e-4, "schedule": "constant", "epochs": 150, "evaluate_every": 10,
    "patience": 0,
}  # fmt: skip
MEASURED = tuple(name for name in CURVES if name not in {"seconds", "at"})  # the rest are clocks
WORKER = (sys.executable, "-m", "recsys.jobs.worker")


def write_ratings(path, rows=None):
    """Write the likes of ``two_worlds`` as a file of users and items."""
    train, held = two_worlds()
    users = np.concatenate([train.rows, held.rows])[:rows]
    items = np.concatenate([train.columns, held.columns])[:rows]
    pl.DataFrame({"user": users, "item": items}).write_csv(path)
    return path


def make(folder, ratings, training=QUICK, validation=0.25, name="A run", **config):
    """Make a run folder with an order of d = 8 and one thread."""
    config = {"half": False, "items_only": False, "baselines": False, **config}
    asked = RunConfig(
        ratings=ratings, data="two worlds", preset="quick", settings=recipe(training),
        validation=validation, threads=1, **config,
    )  # fmt: skip
    return RunFolder.create(folder, asked, RunMetadata(name=name))


def history(run):
    """Fold the whole journal of a run."""
    folded = RunHistory()
    folded.fold(read_lines(run.events)[0])
    return folded


def told(run, kind=None):
    """Return the lines of a journal, or those of one kind."""
    return [line for line in read_lines(run.events)[0] if kind in {None, line["event"]}]


def curves(run):
    """Return what must not depend on how often a run was interrupted: all but the clocks."""
    return {
        part: (
            {name: list(curve.values[name]) for name in MEASURED},
            [(one.step, dict(one.metrics), one.best) for one in curve.evaluations],
        )
        for part, curve in history(run).parts.items()
    }


def tensors(folder):
    """Return the bytes of the tensor files of a checkpoint, by name."""
    version = resolve_checkpoint(folder)
    return {path.name: path.read_bytes() for path in sorted(version.glob("*.safetensors"))}


def environment(local):
    """Return the environment of a process whose training place lies in a folder of its own."""
    return {**os.environ, "ANIME_LOCAL": str(local), "OMP_NUM_THREADS": "1"}


def wait_until(happened, seconds=60):
    """Ask every few milliseconds until something happened; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.003)
