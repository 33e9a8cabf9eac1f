"""Hard negatives: uniform sampling compared with dynamic negative sampling, at equal steps.

Dynamic negative sampling draws a pool of items for each positive item of each step. The item of the
pool with the highest score under the current model is the negative. The loss and settings are BPR
as published, except for a learning rate of 5e-3, with which the metrics level off within the run.
The data is lastfm with the held-out protocol and three seeds. All runs have the same number of
steps, not of seconds, because durations vary on a shared machine; the seconds are reported too.

Source: Zhang et al., SIGIR 2013, "Optimizing Top-N Collaborative Filtering via Dynamic Negative
Item Sampling".

    python -m benchmarks.hard_negatives
"""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np
import torch

from benchmarks.chart import draw
from benchmarks.measure import RESULTS, write
from benchmarks.quality import PAPER, Row, curve, tables
from recsys.config import load_settings

POOL_SIZES, SEEDS, EPOCHS = (1, 2, 4, 16), 3, 60


def main() -> None:
    """Train with every pool size, and write the result file and the chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    train, test = tables("lastfm")
    runs: dict[str, list[list[Row]]] = {}
    for pool_size in POOL_SIZES:
        name = "uniform" if pool_size == 1 else f"hardest of {pool_size}"
        runs[name] = []
        for seed in range(SEEDS):
            training = {
                "hard_pool": pool_size,
                "learning_rate": 5e-3,
                "seed": seed,
                "epochs": EPOCHS,
            }
            settings = load_settings("paper", overrides={"training": training})
            runs[name].append(curve(train, test, settings, math.inf))
            print(name, seed, runs[name][-1][-1], flush=True)
    final_metrics: dict[str, Any] = {
        name: {
            metric: {
                "mean": round(float(np.mean([rows[-1][metric] for rows in seeds])), 4),
                "seeds": [rows[-1][metric] for rows in seeds],
            }
            for metric in (*PAPER, "seconds")
        }
        for name, seeds in runs.items()
    }
    figures = {
        "protocol": f"held-out on lastfm, {EPOCHS} epochs per run, test metrics",
        "at the end": final_metrics,
        "curves": runs,
    }
    write("hard_negatives", figures, ["torch", "numba", "numpy"])
    draw(
        RESULTS / "hard_negatives.png",
        f"lastfm, BPR: uniform and hard negatives, {SEEDS} seeds (band: minimum to maximum)",
        dict.fromkeys(PAPER, runs),
        x="step",
    )


if __name__ == "__main__":
    main()
