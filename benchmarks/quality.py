"""Quality against training time on benchmark graphs: the preset *benchmark* and published BPR.

Held-out protocol over all items (recall@20, NDCG@20), test metrics at several points of the
training. The time covers everything from the table in memory to the model: graph, initialisation,
compilation of the kernels, and steps. It excludes the ranking of the test edges. Settings were
chosen on the validation split only (``benchmarks/README.md`` lists the attempts). On ml-1m and
lastfm the settings are unchanged, and BPR gets ten times their seconds (the same seconds on
Gowalla).

    python -m benchmarks.quality --graph gowalla
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from benchmarks.chart import draw
from benchmarks.measure import RESULTS, write
from recsys.config import Settings, load_settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.ratings_file import read_ratings
from recsys.paths import shared_data
from recsys.training import events
from recsys.training.trainer import Trainer
from recsys.training.validation import validate

POINTS = 6  # evaluations per run
PAPER = {"recall@20": 0.1830, "ndcg@20": 0.1554}  # He et al., SIGIR 2020, table 3, on Gowalla
LONG = {"training": {"batch": 4096, "epochs": 180}}
BPR_TIMES = {
    "gowalla": 1,
    "ml-1m": 10,
    "lastfm": 10,
}  # multiple of the preset's seconds that BPR gets
Row = dict[str, float]


def tables(graph: str) -> tuple[Interactions, Interactions]:
    """Return training and test edges over the union of their users and items."""
    folder = shared_data() / "bench" / graph
    train = read_ratings(folder / "train.parquet").interactions
    test = read_ratings(folder / "test.parquet").interactions
    users = IdMap(np.union1d(train.users.ids, test.users.ids))
    items = IdMap(np.union1d(train.items.ids, test.items.ids))

    def over_all(table: Interactions) -> Interactions:
        rows = users.find(table.users.ids)[table.rows]
        return Interactions.from_rows(
            users, items, rows, items.find(table.items.ids)[table.columns]
        )

    return over_all(train), over_all(test)


def curve(train: Interactions, test: Interactions, settings: Settings, limit: float) -> list[Row]:
    """Train for at most ``limit`` seconds; return the test metrics at several points.

    The time of the evaluations is not counted.
    """
    rows: list[Row] = []
    began = time.perf_counter()
    trainer = Trainer(train, settings)
    every, excluded = max(1, trainer.steps // POINTS), 0.0
    due = limit / POINTS
    for event in trainer.run():
        if isinstance(event, events.Failed):
            raise SystemExit(event.reason)
        if not isinstance(event, events.StepCompleted):
            continue
        clock = time.perf_counter() - began - excluded
        over = clock > limit
        if event.step % every == 0 or event.step == trainer.steps or clock > due or over:
            due = clock + limit / POINTS
            paused = time.perf_counter()
            metrics = validate(trainer.model, train, test)
            excluded += time.perf_counter() - paused
            rows.append(
                {"seconds": round(clock, 1), "step": event.step}
                | {name: round(metrics[name], 4) for name in PAPER}
            )
        if over:
            break
    return rows


def summarise(runs: Mapping[str, list[Row]]) -> dict[str, Any]:
    """Return the mean of the final metrics over seeds, and the curve of each seed."""
    ends = [rows[-1] for rows in runs.values()]
    means = {key: round(float(np.mean([end[key] for end in ends])), 4) for key in PAPER}
    seconds = round(float(np.mean([end["seconds"] for end in ends])), 1)
    return {"mean": {**means, "seconds": seconds}, "seeds": dict(runs)}


def main() -> None:
    """Train with all settings on one graph, and write the result file and the chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", choices=("gowalla", "ml-1m", "lastfm"), default="gowalla")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train, test = tables(arguments.graph)

    def runs(preset: str, seeds: int, limit: float, **more: Any) -> dict[str, list[Row]]:
        curves = {}
        for seed in range(seeds):
            training = {**more.get("training", {}), "seed": seed}
            curves[str(seed)] = curve(
                train, test, load_settings(preset, overrides={"training": training}), limit
            )
            print(preset, more, seed, curves[str(seed)][-1], flush=True)
        return curves

    recipe = summarise(runs("benchmark", arguments.seeds, 1e9))
    results = {"preset benchmark": recipe}
    if arguments.graph == "gowalla":
        results["preset benchmark, longer"] = summarise(runs("benchmark", 1, 1e9, **LONG))
        results["longer is"] = LONG
    graph = Trainer(train, load_settings("benchmark")).model.full.matrix
    x = torch.randn(graph.width, 64)
    taken = []
    for _ in range(60):
        began = time.perf_counter()
        graph.multiply(x)
        taken.append(time.perf_counter() - began)
    product = float(np.median(taken[10:]))
    times = BPR_TIMES[arguments.graph]
    limit = times * recipe["mean"]["seconds"]
    results[f"BPR as published, {times} times the seconds"] = summarise(runs("paper", 1, limit))
    write(
        f"quality_{arguments.graph}",
        {
            "protocol": "held-out: for each person with a test edge all items but the training "
            f"ones are ranked; {len(train):,} training and {len(test):,} test edges",
            "paper": PAPER if arguments.graph == "gowalla" else "no figure in the paper",
            **results,
            "seconds of one bare product": round(product, 5),
            "recipe's time in bare products": round(recipe["mean"]["seconds"] / product),
            "threads": torch.get_num_threads(),
        },
        ["torch", "numba", "numpy", "scipy"],
    )
    lines = {
        name: list(result["seeds"].values())
        for name, result in results.items()
        if "seeds" in result
    }
    draw(
        RESULTS / f"quality_{arguments.graph}.png",
        f"{arguments.graph}: quality against seconds of training (two CPU cores)",
        dict.fromkeys(PAPER, lines),
        horizontal=PAPER if arguments.graph == "gowalla" else {},
    )


if __name__ == "__main__":
    main()
