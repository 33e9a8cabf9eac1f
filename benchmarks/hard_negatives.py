"""Hard negatives: uniform sampling against the hardest of a pool, with the same number of steps.

BPR as published, except for a learning rate of 5e-3, so that training reaches its plateau. Data:
lastfm, held-out protocol, three seeds. The budget is a number of steps, because seconds vary on a
shared machine; the seconds are reported. A pool of items is drawn for each positive of each step,
and the item with the highest score under the current model is the negative (dynamic negative
sampling).

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

POOLS, SEEDS, EPOCHS = (1, 2, 4, 16), 3, 60


def main() -> None:
    """Train with every pool size, and write the result file and the chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    train, test = tables("lastfm")
    runs: dict[str, list[list[Row]]] = {}
    for pool in POOLS:
        name = "uniform" if pool == 1 else f"hardest of {pool}"
        runs[name] = []
        for seed in range(SEEDS):
            training = {
                "hard_pool": pool, "learning_rate": 5e-3, "seed": seed, "epochs": EPOCHS
            }  # fmt: skip
            settings = load_settings("paper", overrides={"training": training})
            runs[name].append(curve(train, test, settings, math.inf))
            print(name, seed, runs[name][-1][-1], flush=True)
    ends: dict[str, Any] = {
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
        "protocol": f"held-out on lastfm, {EPOCHS} epochs of training each, test figures",
        "at the end": ends,
        "curves": runs,
    }
    write("hard_negatives", figures, ["torch", "numba", "numpy"])
    draw(
        RESULTS / "hard_negatives.png",
        f"lastfm, BPR: uniform against hard negatives, {SEEDS} seeds (band: least to most)",
        dict.fromkeys(PAPER, runs),
        x="step",
    )


if __name__ == "__main__":
    main()
