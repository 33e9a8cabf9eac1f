"""A training step of LightGCN as published, against PyG's model and RecBole's, on Gowalla.

The same start, batches, negatives, loss and optimiser on both sides: K = 3, d = 64, BPR, B = 2,048,
L2 1e-4, Adam 1e-3, fp32. The losses are compared step by step. PyG is called three ways: as its
documentation does (an edge index), with a sparse CSR tensor in its place, and with that tensor
normalised once beforehand, the fastest way that we know. In the same run: the step's limit, the six
bare sparse products of a step that works the whole graph through, and torch's own product beside
ours. Our step can pass below that limit, since two of its six products make or read the batch's
rows only.

RecBole 1.2.1 stands in an environment of its own, with numpy < 2 and scipy < 1.13; its Python is
given. Â is built by both sides as well.

    python -m benchmarks.step --recbole /path/to/recbole/bin/python
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.nn import LightGCN as PyGLightGCN
from torch_geometric.nn.conv.gcn_conv import gcn_norm

from benchmarks.measure import milliseconds, spread, write
from benchmarks.recbole_pipe import RecBole
from benchmarks.step_parts import parts
from recsys.config import load_settings
from recsys.data.interactions import Interactions
from recsys.data.ratings_file import read_ratings
from recsys.models.graph import Graph
from recsys.models.lightgcn import LightGCN, initial_embeddings
from recsys.paths import shared_data
from recsys.training.objective import Objective

STEPS, ROW = 24, 6
PAUSE = 0.3  # seconds: the threads of the side before stop spinning for work
LIMIT = "limit: six bare sparse products"
TORCHS = "the same six by torch's CSR product"
Step = Callable[[int], float]


def edge_index_of(table: Interactions) -> Tensor:
    """Return the undirected edges of users and items, as PyG's documentation builds them."""
    rows = torch.from_numpy(table.rows.astype(np.int64))
    columns = torch.from_numpy(table.columns.astype(np.int64)) + len(table.users)
    return torch.cat([torch.stack([rows, columns]), torch.stack([columns, rows])], dim=1)


def triples(objective: Objective, table: Interactions, step: int) -> tuple[Tensor, ...]:
    """Return user, positive and negative nodes of a step: the same that our step draws."""
    epoch, position = divmod(step, objective.steps_per_epoch)
    batch = objective.batch(step)
    rows = objective.rows[batch].astype(np.int64)
    rng = np.random.default_rng([objective.settings.seed, epoch, position])
    negatives = objective.sampler.draw(rows, rng, 1)[:, 0]
    users, items = len(table.users), table.columns[batch].astype(np.int64)
    return tuple(torch.from_numpy(part) for part in (rows, users + items, users + negatives))


def ours(table: Interactions, base: Tensor) -> Step:
    """Return our step, as the trainer takes it."""
    settings = load_settings("paper")
    objective = Objective(table, settings.training)
    model = LightGCN(Graph.build(table), settings.model, base)
    optimizer = torch.optim.Adam([model.base], lr=settings.training.learning_rate, fused=True)

    def step(number: int) -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = objective.loss(model, number)
        loss.backward()
        height = loss.item()
        optimizer.step()
        return height

    return step


def theirs(table: Interactions, base: Tensor, graph: Any, *, normalized: bool = False) -> Step:
    """Return PyG's step with one kind of graph."""
    recipe = load_settings("paper").training
    objective = Objective(table, recipe)
    model = PyGLightGCN(base.shape[0], base.shape[1], num_layers=3)
    model.embedding.weight.data.copy_(base)
    for conv in model.convs:
        conv.normalize = not normalized
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)

    def step(number: int) -> float:
        users, positives, negatives = triples(objective, table, number)
        labels = torch.stack([users.repeat(2), torch.cat([positives, negatives])])
        optimizer.zero_grad()
        above, below = model(graph, labels).chunk(2)
        loss = model.recommendation_loss(
            above, below, node_id=torch.cat([users, positives, negatives]),
            lambda_reg=recipe.l2 / 2,  # PyG leaves out the ½ of ½‖E‖²
        )  # fmt: skip
        loss.backward()
        height = loss.item()
        optimizer.step()
        return height

    return step


def timed(sides: dict[str, Step]) -> tuple[dict[str, list[float]], dict[str, dict[str, float]]]:
    """Take the steps of all sides in turn, some in a row as a training does.

    In turn, so that the machine's moods meet each alike; in a row, since a training never waits
    between two steps. The first of each row, after a pause, warms up and is not timed.

    Returns:
        The losses, and the milliseconds of the timed steps.
    """
    losses: dict[str, list[float]] = {name: [] for name in sides}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for first in range(0, STEPS, ROW):
        for name, step in sides.items():
            time.sleep(PAUSE)
            for number in range(first, first + ROW):
                began = time.perf_counter()
                losses[name].append(step(number))
                if number > first:
                    taken[name].append((time.perf_counter() - began) * 1000)
    return losses, {name: spread(one) for name, one in taken.items()}


def main() -> None:
    """Measure all sides in one run, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--recbole", type=Path, required=True, help="Python that has RecBole")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
    source = shared_data() / "bench" / "gowalla" / "train.parquet"
    table = read_ratings(source).interactions
    base = initial_embeddings(table, load_settings("paper").model, 0)
    built = milliseconds(lambda: Graph.build(table).operator(), runs=15, warm=3)["median"]
    matrix = Graph.build(table).operator().matrix
    by_torch = matrix.torch_csr()
    objective = Objective(table, load_settings("paper").training)
    drawn = [torch.stack(triples(objective, table, number)) for number in range(STEPS)]
    recbole = RecBole(arguments.recbole, table, base, drawn)
    edges = edge_index_of(table)
    nodes = base.shape[0]

    def csr(weights: Tensor) -> Tensor:
        return torch.sparse_coo_tensor(edges, weights, (nodes, nodes)).coalesce().to_sparse_csr()

    weights = gcn_norm(edges, None, nodes, add_self_loops=False)[1]
    sides: dict[str, Step] = {
        "ours": ours(table, base),
        "PyG, edge index (documented call)": theirs(table, base, edges),
        "PyG, sparse CSR tensor": theirs(table, base, csr(torch.ones(edges.shape[1]))),
        "PyG, sparse CSR tensor normalised once": theirs(
            table, base, csr(weights), normalized=True
        ),
    }

    def products(_number: int) -> float:
        total = base
        for _ in range(6):
            total = matrix.multiply(total)
        return 0.0

    def torchs_products(_number: int) -> float:
        total = base
        for _ in range(6):
            total = by_torch @ total
        return 0.0

    sides["RecBole"] = recbole.step
    losses, figures = timed({**sides, LIMIT: products, TORCHS: torchs_products})
    recbole.end()
    limit, own = figures.pop(LIMIT), figures["ours"]["median"]
    by_torchs = figures.pop(TORCHS)
    del losses[LIMIT], losses[TORCHS]
    apart = {
        name: float(np.max(np.abs(np.array(one) - np.array(losses["ours"]))))
        for name, one in losses.items()
        if name != "ours"
    }
    write(
        "step",
        {
            "unit": "milliseconds a step",
            "graph": f"Gowalla, {nodes:,} nodes, {len(table):,} edges",
            "steps": figures,
            LIMIT: limit,
            TORCHS: by_torchs,
            "where our step's time goes": parts(table, base),
            "times ours": {n: round(f["median"] / own, 2) for n, f in figures.items()},
            "ours over the limit": round(own / limit["median"], 2),
            "largest difference of a step's loss to ours": apart,
            "Â built from the table, milliseconds": {
                "ours": round(built, 1),
                "RecBole": round(recbole.adjacency, 1),
                "times ours": round(recbole.adjacency / built, 1),
            },
            "threads": torch.get_num_threads(),
        },
        ["torch", "torch_geometric", "numpy"],
    )


if __name__ == "__main__":
    main()
