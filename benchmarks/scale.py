"""Memory and time against the size of the graph: 1, 10, 57 and 109 million synthetic ratings.

The degrees have the shape of the real data (log-normal over users, a power law over the rank of
items), up to 325,000 users × 17,500 items. Each size is measured in its own process: opening the
memory-mapped table, building Â, 20 steps of the preset *benchmark* at d = 64, and the peak resident
memory. Sizes can be measured separately; a new measurement replaces the old figures of that size.

    python -m benchmarks.scale --sizes "1 M,10 M"
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.measure import RESULTS, write
from recsys.config import load_settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.memmap import open_interactions, save_interactions
from recsys.models.graph import Graph
from recsys.training import events
from recsys.training.trainer import Trainer

SIZES = {"1 M": (3_000, 6_000, 1.0e6), "10 M": (30_000, 12_000, 1.0e7),
         "57 M": (170_000, 17_500, 5.7e7), "109 M": (325_000, 17_500, 1.09e8)}  # fmt: skip
STEPS = 20


def write_synthetic(users: int, items: int, edges: float, folder: Path) -> None:
    """Write a stored table with about this number of ratings, drawn user by user."""
    rng = np.random.default_rng(0)
    lengths = rng.lognormal(0.0, 1.1, users)
    lengths = np.clip(lengths * edges / lengths.sum(), 1, items * 0.4).astype(np.int64)
    chances = 1.0 / (np.arange(items) + 30.0) ** 0.8
    keys = np.log(chances)
    starts, columns = np.zeros(users + 1, np.int64), []
    for user, length in enumerate(lengths):
        # Gumbel top-k trick: the largest values of log p + noise are a draw without replacement
        noise = -np.log(rng.standard_exponential(items, dtype=np.float32))
        top = np.argpartition(-(keys + noise), length - 1)[:length]
        columns.append(np.sort(top).astype(np.int32))
        starts[user + 1] = starts[user] + length
    all_columns = np.concatenate(columns)
    table = Interactions(
        IdMap(np.arange(users)), IdMap(np.arange(items)), starts, all_columns,
        np.full(all_columns.size, np.nan, np.float32),
    )  # fmt: skip
    save_interactions(folder, table)


def peak_memory() -> float:
    """Return the peak resident memory of this process in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure(folder: Path) -> dict[str, Any]:
    """Return the times of opening a table, building its graph and some steps, and the memory."""
    began = time.perf_counter()
    table = open_interactions(folder)
    opened = time.perf_counter()
    graph = Graph.build(table)
    built = time.perf_counter()
    del graph
    trainer = Trainer(
        table, load_settings("benchmark", overrides={"model": {"start": "normal",
                                                               "start_scale": 0.1}}), steps=STEPS,
    )  # fmt: skip
    taken = [e.seconds for e in trainer.run() if isinstance(e, events.StepCompleted)]
    matrix = trainer.model.full.matrix
    x, products = torch.randn(matrix.width, 64), []
    for _ in range(5):
        moment = time.perf_counter()
        matrix.multiply(x)
        products.append(time.perf_counter() - moment)
    step, product = float(np.median(taken[2:])), float(np.median(products[1:]))
    return {
        "people": len(table.users), "anime": len(table.items), "ratings": len(table),
        "open, seconds": round(opened - began, 3), "build, seconds": round(built - opened, 2),
        "step, seconds": round(step, 3),
        "one product, nanoseconds an edge": round(product / len(table) * 1e9, 2),
        "step, nanoseconds an edge": round(step / len(table) * 1e9, 2),
        "most resident memory, GB": round(peak_memory(), 2),
    }  # fmt: skip


def main() -> None:
    """Measure each size in a separate process, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--folder", type=Path, help="measure this table and print the figures")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.folder is not None:
        print(json.dumps(measure(arguments.folder)))
        return
    results = {}
    for name in arguments.sizes.split(","):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "table"
            write_synthetic(*SIZES[name], folder)
            command = [sys.executable, "-m", "benchmarks.scale", "--folder", str(folder),
                       "--threads", str(arguments.threads)]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results[name] = json.loads(done.stdout)
            print(name, results[name], flush=True)
    previous = RESULTS / "scale.json"
    known = json.loads(previous.read_text("utf-8"))["figures"] if previous.exists() else {}
    figures_by_size = {name: {**known, **results}.get(name) for name in SIZES}
    write(
        "scale",
        {"recipe": "preset benchmark, d = 64, K = 3"}
        | {name: figures for name, figures in figures_by_size.items() if figures},
        ["torch", "numba", "numpy"],
    )


if __name__ == "__main__":
    main()
