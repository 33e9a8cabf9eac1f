"""Do hard negatives help? Uniform against the hardest of a pool, with the same steps each.

BPR as published but for a learning rate of 5e-3, so that the budget reaches the plateau; on lastfm,
held-out protocol, three seeds. The budget is steps, since the seconds of a shared machine vary; the
seconds that they took are told. The pool is drawn for each positive of each step, and the item that
the current model scores highest is the negative (dynamic negative sampling).

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
    """Train every pool size, and write the figures and the chart."""
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
                "mean": round(float(np.mean([rows[-1][metric] for rows in found])), 4),
                "seeds": [rows[-1][metric] for rows in found],
            }
            for metric in (*PAPER, "seconds")
        }
        for name, found in runs.items()
    }
    told = {
        "protocol": f"held-out on lastfm, {EPOCHS} epochs of training each, test figures",
        "at the end": ends,
        "curves": runs,
    }
    write("hard_negatives", told, ["torch", "numba", "numpy"])
    draw(
        RESULTS / "hard_negatives.png",
        f"lastfm, BPR: uniform against hard negatives, {SEEDS} seeds (band: least to most)",
        dict.fromkeys(PAPER, runs),
        x="step",
    )


if __name__ == "__main__":
    main()
