"""Crash safety: trainings killed at a random moment and resumed, against an uninterrupted one.

The worker process is started as the app starts it. It gets SIGKILL once its journal holds a random
number of events, and `runs resume` continues the run. Compared are the curves (loss, gradient norm,
learning rate, every evaluation) and the bytes of the tensor files. The data is synthetic: two
groups of 60 users.

    python -m benchmarks.kill_and_resume
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.measure import write
from recsys.config import Settings
from recsys.jobs.journal import read_lines
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.models.checkpoint_folder import resolve_checkpoint
from recsys.paths import ROOT

KILLS, SEED = 20, 0
COMPARED = ("step", "epoch", "loss", "gradient_norm", "learning_rate")
RECIPE = {
    "model": {"dimension": 8, "layers": 2},
    "training": {
        "loss": "softmax", "batch": 16, "l2": 0.01, "l2_by_degree": True, "edge_dropout": 0.3,
        "learning_rate": 2e-4, "epochs": 60, "evaluate_every": 5, "patience": 0,
    },
}  # fmt: skip


def write_ratings(path: Path) -> Path:
    """Write likes in which each half of the users likes one half of the items."""
    rng = np.random.default_rng(SEED)
    items = [rng.permutation(40)[:12] + (40 if user % 2 else 0) for user in range(120)]
    table = {"user": np.repeat(np.arange(120), 12), "item": np.concatenate(items)}
    pl.DataFrame(table).write_csv(path)
    return path


def create_run(folder: Path, data: Path) -> RunFolder:
    """Create a run that also writes its checkpoint to ``out``."""
    config = RunConfig(
        ratings=data, data="two worlds", preset="quick", settings=Settings.model_validate(RECIPE),
        threads=1, out=folder / "out",
    )  # fmt: skip
    return RunFolder.create(folder / "runs" / "run", config, RunMetadata(name="benchmark"))


def environment(folder: Path) -> dict[str, str]:
    """Return the environment variables of a process that keeps its runs in this folder."""
    return {**os.environ, "ANIME_LOCAL": str(folder), "OMP_NUM_THREADS": "1"}


def start_worker(folder: Path, run: RunFolder) -> subprocess.Popen[bytes]:
    """Start a worker process for a run."""
    command = [sys.executable, "-m", "recsys.jobs.worker", "train", str(run.path)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(folder))


def outcome(run: RunFolder) -> dict[str, Any]:
    """Return what must be identical: curves, evaluations, and the bytes of the tensor files."""
    history = RunHistory()
    history.fold(read_lines(run.events)[0])
    curves = {
        part: (
            [list(curve.values[name]) for name in COMPARED],
            [(point.step, dict(point.metrics)) for point in curve.evaluations],
        )
        for part, curve in history.parts.items()
    }
    folders = (run.checkpoint, run.config().out)
    files = {
        str(number): (resolve_checkpoint(folder) / "items.safetensors").read_bytes()
        for number, folder in enumerate(folders)
        if folder is not None
    }
    return {"curves": curves, "tensors": files}


def main() -> None:
    """Kill and resume all runs, and write the result file."""
    rng = np.random.default_rng(SEED)
    moments, same = [], 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        data = write_ratings(root / "ratings.csv")
        reference = create_run(root / "reference", data)
        start_worker(root / "reference", reference).wait()
        expected, events = outcome(reference), len(read_lines(reference.events)[0])
        for number in range(KILLS):
            folder = root / str(number)
            run = create_run(folder, data)
            moment = int(rng.integers(1, events))
            process = start_worker(folder, run)
            while len(read_lines(run.events)[0]) < moment and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed_after = len(read_lines(run.events)[0])
            resume = [sys.executable, "-m", "recsys", "runs", "resume", str(run.path)]
            subprocess.run(
                resume, cwd=ROOT, env=environment(folder), capture_output=True, check=False
            )
            equal = outcome(run) == expected
            same += equal
            moments.append({"events before the kill": killed_after, "identical": equal})
            print(number, moments[-1], flush=True)
    write(
        "kill_and_resume",
        {"runs": KILLS, "identical": same, "events of the whole run": events, "moments": moments},
        ["torch", "numpy", "safetensors"],
    )


if __name__ == "__main__":
    main()
