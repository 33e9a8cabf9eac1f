"""The sign error of the predecessor's loss: its training task, with its loss and with others.

A random tenth of the ratings of one data set (every rating is an edge) is held out for validation.
Four trainings: the presets *full* and *benchmark*; BPR with the predecessor's settings (batch
1,024, η 1e-2, K = 3, d = 64, λ 1e-6); and the same steps with the predecessor's loss,
−softplus(s_ui − s_uj). This is BPR with a wrong sign: it has no lower bound, and its gradient is
largest where the difference is large.

    python -m benchmarks.wrong_sign
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from benchmarks.chart import draw
from benchmarks.measure import RESULTS, write
from recsys.config import load_settings
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_edges
from recsys.data.ratings_file import read_ratings
from recsys.models.graph import Graph
from recsys.models.lightgcn import LightGCN, initial_embeddings
from recsys.models.losses import bpr_loss, l2_loss
from recsys.paths import shared_data
from recsys.training import events
from recsys.training.objective import Objective
from recsys.training.trainer import Trainer
from recsys.training.validation import validate

STEPS, EVERY = 2000, 100
PREDECESSOR = {"training": {"batch": 1024, "learning_rate": 1e-2, "l2": 1e-6}}
Row = dict[str, float]


def wrong_sign(positive: Tensor, negative: Tensor) -> Tensor:
    """Return the predecessor's loss."""
    return -softplus(positive - negative).mean()


def pairwise(
    train: Interactions, held: Interactions, loss_of: Callable[[Tensor, Tensor], Tensor]
) -> list[Row]:
    """Train with the predecessor's settings and a pairwise loss; return loss and NDCG@20."""
    settings = load_settings("paper", overrides=PREDECESSOR)
    recipe, model_settings = settings.training, settings.model
    objective = Objective(train, recipe)
    base = initial_embeddings(train, model_settings, recipe.seed)
    model = LightGCN(Graph.build(train), model_settings, base)
    optimizer = torch.optim.Adam([model.base], lr=recipe.learning_rate, fused=True)
    rows: list[Row] = []
    losses: list[float] = []
    for step in range(STEPS):
        batch = objective.batch(step)
        users = objective.rows[batch].astype(np.int64)
        negatives = objective.sampler.draw(users, np.random.default_rng(step))[:, 0]
        positives = train.columns[batch].astype(np.int64)
        u, i, j = (torch.from_numpy(part) for part in (users, positives, negatives))
        of_users, of_items = model()
        positive = (of_users[u] * of_items[i]).sum(dim=1)
        negative = (of_users[u] * of_items[j]).sum(dim=1)
        n = model.graph.users
        squares = l2_loss(model.base[u], model.base[n + i], model.base[n + j])
        loss = loss_of(positive, negative) + recipe.l2 * squares
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0:
            rows.append(_row(step + 1, losses, validate(model, train, held)))
    return rows


def preset(name: str, train: Interactions, held: Interactions, every: int) -> list[Row]:
    """Train with a preset, evaluating each ``every`` epochs; return loss and NDCG@20 by step."""
    settings = load_settings(name, overrides={"training": {"evaluate_every": every, "patience": 0}})
    rows: list[Row] = []
    losses: list[float] = []
    for event in Trainer(train, settings, validation=held).run():
        if isinstance(event, events.StepCompleted):
            losses.append(event.loss)
        elif isinstance(event, events.Evaluated):
            rows.append(_row(event.step, losses, event.metrics))
    return rows


def _row(step: int, losses: list[float], metrics: dict[str, float]) -> Row:
    mean = float(np.mean(losses[-EVERY:]))
    return {"step": step, "loss": round(mean, 4), "ndcg@20": round(metrics["ndcg@20"], 4)}


def main() -> None:
    """Train all four, and write the result file and the chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    source = shared_data() / "anime" / "ratings_cooper5k.parquet"
    table = read_ratings(source).interactions
    train, held = split_edges(table, 0.1, np.random.default_rng(0))
    curves = {
        "preset full": preset("full", train, held, 4),
        "preset benchmark": preset("benchmark", train, held, 2),
        "BPR, the predecessor's settings": pairwise(train, held, bpr_loss),
        "the same with its wrong sign": pairwise(train, held, wrong_sign),
    }
    for name, rows in curves.items():
        print(name, rows[-1], flush=True)
    figures = {
        "protocol": f"{len(table):,} ratings, a random tenth held out; all anime ranked but the "
        "training ones",
        "validation NDCG@20 at the end": {
            loss: rows[-1]["ndcg@20"] for loss, rows in curves.items()
        },
        "the predecessor's own headline": 0.0026,
        "curves": curves,
    }
    write("wrong_sign", figures, ["torch", "numba", "numpy"])
    draw(
        RESULTS / "wrong_sign.png",
        "The predecessor's task: the loss and the ranking",
        {metric: {name: [rows] for name, rows in curves.items()} for metric in ("loss", "ndcg@20")},
        x="step",
    )


if __name__ == "__main__":
    main()
