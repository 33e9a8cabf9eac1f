"""Effect of the sign error in the loss of the predecessor, an earlier course project with LightGCN.

The data is one table of ratings, and every rating is an edge. A random tenth of the edges is held
out for validation. Four models are trained: with the presets *full* and *benchmark*; with BPR and
the predecessor's settings (batch 1,024, learning rate 1e-2, K = 3, d = 64, λ 1e-6); and with the
same settings and the predecessor's loss, −softplus(s_ui − s_uj). This loss is BPR with a wrong
sign. It has no lower bound, and its gradient is largest where the difference is large.

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

STEPS, EVALUATE_EVERY = 2000, 100
PREDECESSOR = {"training": {"batch": 1024, "learning_rate": 1e-2, "l2": 1e-6}}
Row = dict[str, float]


def wrong_sign_loss(positive: Tensor, negative: Tensor) -> Tensor:
    """Return the predecessor's loss for the scores of positive and negative items."""
    return -softplus(positive - negative).mean()


def train_pairwise(
    train: Interactions,
    validation: Interactions,
    pairwise_loss: Callable[[Tensor, Tensor], Tensor],
) -> list[Row]:
    """Train with the predecessor's settings and a pairwise loss; return the metrics by step."""
    settings = load_settings("paper", overrides=PREDECESSOR)
    training, model_settings = settings.training, settings.model
    objective = Objective(train, training)
    base = initial_embeddings(train, model_settings, training.seed)
    model = LightGCN(Graph.build(train), model_settings, base)
    optimizer = torch.optim.Adam([model.base], lr=training.learning_rate, fused=True)
    rows: list[Row] = []
    losses: list[float] = []
    for step in range(STEPS):
        batch = objective.batch(step)
        users = objective.rows[batch].astype(np.int64)
        negatives = objective.sampler.draw(users, np.random.default_rng(step))[:, 0]
        positives = train.columns[batch].astype(np.int64)
        u, i, j = (torch.from_numpy(part) for part in (users, positives, negatives))
        user_embeddings, item_embeddings = model()
        positive = (user_embeddings[u] * item_embeddings[i]).sum(dim=1)
        negative = (user_embeddings[u] * item_embeddings[j]).sum(dim=1)
        n = model.graph.users
        squares = l2_loss(model.base[u], model.base[n + i], model.base[n + j])
        loss = pairwise_loss(positive, negative) + training.l2 * squares
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % EVALUATE_EVERY == 0:
            rows.append(_row(step + 1, losses, validate(model, train, validation)))
    return rows


def train_preset(
    name: str, train: Interactions, validation: Interactions, evaluate_every: int
) -> list[Row]:
    """Train with a preset and return loss and NDCG@20 by step.

    Args:
        name: of the preset.
        train: the training edges.
        validation: the held-out edges.
        evaluate_every: epochs between two evaluations.
    """
    overrides = {"training": {"evaluate_every": evaluate_every, "patience": 0}}
    settings = load_settings(name, overrides=overrides)
    rows: list[Row] = []
    losses: list[float] = []
    for event in Trainer(train, settings, validation=validation).run():
        if isinstance(event, events.StepCompleted):
            losses.append(event.loss)
        elif isinstance(event, events.Evaluated):
            rows.append(_row(event.step, losses, event.metrics))
    return rows


def _row(step: int, losses: list[float], metrics: dict[str, float]) -> Row:
    mean = float(np.mean(losses[-EVALUATE_EVERY:]))
    return {"step": step, "loss": round(mean, 4), "ndcg@20": round(metrics["ndcg@20"], 4)}


def main() -> None:
    """Train the four models, and write the result file and the chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    source = shared_data() / "anime" / "ratings_cooper5k.parquet"
    table = read_ratings(source).interactions
    train, validation = split_edges(table, 0.1, np.random.default_rng(0))
    curves = {
        "preset full": train_preset("full", train, validation, 4),
        "preset benchmark": train_preset("benchmark", train, validation, 2),
        "BPR, the predecessor's settings": train_pairwise(train, validation, bpr_loss),
        "the same with its wrong sign": train_pairwise(train, validation, wrong_sign_loss),
    }
    for name, rows in curves.items():
        print(name, rows[-1], flush=True)
    figures = {
        "protocol": f"{len(table):,} ratings, a random tenth held out; all anime ranked except the "
        "training items",
        "validation NDCG@20 at the end": {
            loss: rows[-1]["ndcg@20"] for loss, rows in curves.items()
        },
        "the predecessor's own headline": 0.0026,
        "curves": curves,
    }
    write("wrong_sign", figures, ["torch", "numba", "numpy"])
    draw(
        RESULTS / "wrong_sign.png",
        "The predecessor's data and split: loss and NDCG@20",
        {metric: {name: [rows] for name, rows in curves.items()} for metric in ("loss", "ndcg@20")},
        x="step",
    )


if __name__ == "__main__":
    main()
