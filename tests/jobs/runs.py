"""Small runs on disk for the tests, and what the tests compare of them."""

import os
import sys
import time

import numpy as np
import polars as pl

from recsys.data.ratings_file import read_ratings
from recsys.jobs.journal import read_lines
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.step_curve import CURVES
from recsys.models.checkpoint_folder import resolve_checkpoint
from recsys.training import events
from recsys.training.dataset_preparation import hold_out_likes, training_likes
from tests.training.test_trainer import SOFTMAX, recipe, two_worlds

QUICK = {**SOFTMAX, "patience": 0}
# about a second of small steps with a late best step, so that it can be killed in either part
LONG = {
    **SOFTMAX, "learning_rate": 2e-4, "schedule": "constant", "epochs": 150, "evaluate_every": 10,
    "patience": 0,
}  # fmt: skip
EVERY = 4  # steps between two evaluations of MANY
MANY = {**LONG, "learning_rate": 5e-4, "epochs": 25, "evaluate_every": 1}  # 100 steps
DIVERGING = {**QUICK, "learning_rate": 10, "schedule": "constant", "epochs": 50}
MEASURED = tuple(name for name in CURVES if name not in {"seconds", "at"})  # the rest are clocks
WORKER = (sys.executable, "-m", "recsys.jobs.worker")


def write_ratings(path, rows=None):
    """Write the likes of ``two_worlds`` as a file of users and items."""
    train, held = two_worlds()
    users = np.concatenate([train.rows, held.rows])[:rows]
    items = np.concatenate([train.columns, held.columns])[:rows]
    pl.DataFrame({"user": users, "item": items}).write_csv(path)
    return path


def make_run(folder, ratings, training=QUICK, validation=0.25, name="A run", **config):
    """Make a run folder with d = 8 and one thread."""
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


def journal_lines(run, kind=None):
    """Return the lines of a journal, or those of a kind."""
    return [line for line in read_lines(run.events)[0] if kind in {None, line["event"]}]


def curves(run):
    """Return what must not depend on how often a run was interrupted: all but the clocks."""
    return {
        part: (
            {name: list(curve.values[name]) for name in MEASURED},
            [(point.step, dict(point.metrics), point.best) for point in curve.evaluations],
        )
        for part, curve in history(run).parts.items()
    }


def tensors(folder):
    """Return the bytes of the tensor files of a checkpoint, by name."""
    version = resolve_checkpoint(folder)
    return {path.name: path.read_bytes() for path in sorted(version.glob("*.safetensors"))}


def environment(local):
    """Return the environment of a process with a local folder of its own."""
    return {**os.environ, "ANIME_LOCAL": str(local), "OMP_NUM_THREADS": "1"}


def wait_until(condition, seconds=60):
    """Wait until a condition holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold in time"
        time.sleep(0.003)


def split_likes(ratings, training):
    settings = recipe(training)
    likes = training_likes(read_ratings(ratings).interactions, settings)
    return hold_out_likes(likes, 0.25, settings)


def status(run):
    return history(run).status(alive=False)


def stop_when(condition):
    """Return options of ``execute_run`` that stop a run after an event."""
    seen = []

    def on_event(event, part):
        if condition(event, part):
            seen.append(event)

    return {"stop_requested": lambda: bool(seen), "on_event": on_event}


def stop_at(step, part="search"):
    return stop_when(
        lambda event, where: isinstance(event, events.StepCompleted) and (event.step, where) ==
        (step, part)
    )  # fmt: skip
