"""Ranking quality against training time: the preset *benchmark*, and BPR as published.

For each user, all items are ranked except the training items (held-out protocol). The test metrics
are recall@20 and NDCG@20, measured several times during the training. The time includes the
construction of the graph, the initialisation, the compilation of the kernels, and the steps. It
excludes the reading of the data and the evaluations. The settings were chosen on a validation split
of Gowalla (``benchmarks/README.md`` lists the attempts) and are the same on ml-1m and lastfm. BPR
is trained for as long as the preset on Gowalla, and ten times as long on ml-1m and lastfm.

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

EVALUATIONS = 6  # per run
PAPER = {"recall@20": 0.1830, "ndcg@20": 0.1554}  # He et al., SIGIR 2020, table 3, on Gowalla
LONGER = {"training": {"batch": 4096, "epochs": 180}}
BPR_TIME_FACTOR = {"gowalla": 1, "ml-1m": 10, "lastfm": 10}  # BPR's seconds / the preset's seconds
Row = dict[str, float]


def tables(graph: str) -> tuple[Interactions, Interactions]:
    """Return the training and the test edges of a graph, with the same user and item rows."""
    folder = shared_data() / "bench" / graph
    train = read_ratings(folder / "train.parquet").interactions
    test = read_ratings(folder / "test.parquet").interactions
    users = IdMap(np.union1d(train.users.ids, test.users.ids))
    items = IdMap(np.union1d(train.items.ids, test.items.ids))

    def with_all_rows(table: Interactions) -> Interactions:
        rows = users.find(table.users.ids)[table.rows]
        return Interactions.from_rows(
            users, items, rows, items.find(table.items.ids)[table.columns]
        )

    return with_all_rows(train), with_all_rows(test)


def curve(train: Interactions, test: Interactions, settings: Settings, limit: float) -> list[Row]:
    """Train for at most ``limit`` seconds and return the test metrics at several steps.

    Args:
        train: the training edges.
        test: the test edges.
        settings: of the model and the training.
        limit: in seconds, without the time of the evaluations.

    Returns:
        Seconds, step and metrics of each evaluation, in order.

    Raises:
        SystemExit: the training failed.
    """
    rows: list[Row] = []
    start = time.perf_counter()
    trainer = Trainer(train, settings)
    interval, evaluation_seconds = max(1, trainer.steps // EVALUATIONS), 0.0
    next_evaluation = limit / EVALUATIONS
    for event in trainer.run():
        if isinstance(event, events.Failed):
            raise SystemExit(event.reason)
        if not isinstance(event, events.StepCompleted):
            continue
        seconds = time.perf_counter() - start - evaluation_seconds
        is_last = event.step == trainer.steps or seconds > limit
        if event.step % interval == 0 or seconds > next_evaluation or is_last:
            next_evaluation = seconds + limit / EVALUATIONS
            evaluation_start = time.perf_counter()
            metrics = validate(trainer.model, train, test)
            evaluation_seconds += time.perf_counter() - evaluation_start
            rows.append(
                {"seconds": round(seconds, 1), "step": event.step}
                | {name: round(metrics[name], 4) for name in PAPER}
            )
        if seconds > limit:
            break
    return rows


def summarise(runs: Mapping[str, list[Row]]) -> dict[str, Any]:
    """Return the mean of the last evaluation over all seeds, and the curve of each seed."""
    final_rows = [rows[-1] for rows in runs.values()]
    means = {key: round(float(np.mean([row[key] for row in final_rows])), 4) for key in PAPER}
    seconds = round(float(np.mean([row["seconds"] for row in final_rows])), 1)
    return {"mean": {**means, "seconds": seconds}, "seeds": dict(runs)}


def product_seconds(train: Interactions) -> float:
    """Return the median time of one sparse matrix product with 64 dimensions."""
    graph = Trainer(train, load_settings("benchmark")).model.full.matrix
    x = torch.randn(graph.width, 64)
    durations = []
    for _ in range(60):
        start = time.perf_counter()
        graph.multiply(x)
        durations.append(time.perf_counter() - start)
    return float(np.median(durations[10:]))  # the first ones are slower


def main() -> None:
    """Train with all settings on one graph, and write the result file and the chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", choices=("gowalla", "ml-1m", "lastfm"), default="gowalla")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train, test = tables(arguments.graph)

    def runs(preset: str, seeds: int, limit: float, **overrides: Any) -> dict[str, list[Row]]:
        curves = {}
        for seed in range(seeds):
            training = {**overrides.get("training", {}), "seed": seed}
            curves[str(seed)] = curve(
                train, test, load_settings(preset, overrides={"training": training}), limit
            )
            print(preset, overrides, seed, curves[str(seed)][-1], flush=True)
        return curves

    preset_result = summarise(runs("benchmark", arguments.seeds, 1e9))
    results = {"preset benchmark": preset_result}
    if arguments.graph == "gowalla":
        results["preset benchmark, longer"] = summarise(runs("benchmark", 1, 1e9, **LONGER))
        results["longer is"] = LONGER
    product = product_seconds(train)
    factor = BPR_TIME_FACTOR[arguments.graph]
    limit = factor * preset_result["mean"]["seconds"]
    results[f"BPR as published, {factor} times the seconds"] = summarise(runs("paper", 1, limit))
    write(
        f"quality_{arguments.graph}",
        {
            "protocol": "held-out: for each user with a test edge, all items except the training "
            f"items are ranked; {len(train):,} training and {len(test):,} test edges",
            "paper": PAPER
            if arguments.graph == "gowalla"
            else "the paper has no value for this graph",
            **results,
            "seconds of one bare product": round(product, 5),
            "recipe's time in bare products": round(preset_result["mean"]["seconds"] / product),
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
        f"{arguments.graph}: quality against training time in seconds (two CPU cores)",
        dict.fromkeys(PAPER, lines),
        horizontal=PAPER if arguments.graph == "gowalla" else {},
    )


if __name__ == "__main__":
    main()
