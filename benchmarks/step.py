"""Duration of a BPR training step on Gowalla: this project, PyTorch Geometric and RecBole.

All use the same initial embeddings, batches, negatives, loss and optimiser: K = 3, d = 64, BPR, B =
2,048, L2 1e-4, Adam 1e-3, fp32. The losses are compared step by step. PyG is called in three ways:
with an edge index, as documented; with a sparse CSR tensor; and with that tensor normalised once,
the fastest way known to us. Reference in the same run: the six bare sparse products of a step that
computes the full graph, by this project's kernel and by torch. A step can be faster than this
reference, because two of its six products only read or write the rows of the batch.

RecBole 1.2.1 needs a separate environment with numpy < 2 and scipy < 1.13, whose Python is an
argument. The construction of Â is timed for both.

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
PAUSE = 0.3  # seconds, in which the threads of the previous method stop spinning
LIMIT = "limit: six bare sparse products"
TORCH_PRODUCTS = "the same six by torch's CSR product"
Step = Callable[[int], float]


def edge_index_of(table: Interactions) -> Tensor:
    """Return the undirected edges of users and items in PyG's format [2 × edges]."""
    rows = torch.from_numpy(table.rows.astype(np.int64))
    columns = torch.from_numpy(table.columns.astype(np.int64)) + len(table.users)
    return torch.cat([torch.stack([rows, columns]), torch.stack([columns, rows])], dim=1)


def triples(objective: Objective, table: Interactions, step: int) -> tuple[Tensor, ...]:
    """Return the user, positive and negative nodes that this project draws for a step."""
    epoch, position = divmod(step, objective.steps_per_epoch)
    batch = objective.batch(step)
    rows = objective.rows[batch].astype(np.int64)
    rng = np.random.default_rng([objective.settings.seed, epoch, position])
    negatives = objective.sampler.draw(rows, rng, 1)[:, 0]
    users, items = len(table.users), table.columns[batch].astype(np.int64)
    return tuple(torch.from_numpy(part) for part in (rows, users + items, users + negatives))


def project_step(table: Interactions, base: Tensor) -> Step:
    """Return the step of this project's trainer."""
    settings = load_settings("paper")
    objective = Objective(table, settings.training)
    model = LightGCN(Graph.build(table), settings.model, base)
    optimizer = torch.optim.Adam([model.base], lr=settings.training.learning_rate, fused=True)

    def step(number: int) -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = objective.loss(model, number)
        loss.backward()
        value = loss.item()
        optimizer.step()
        return value

    return step


def pyg_step(table: Interactions, base: Tensor, graph: Any, *, normalized: bool = False) -> Step:
    """Return the step of PyG's model for a graph in one of its formats."""
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
        positive, negative = model(graph, labels).chunk(2)
        loss = model.recommendation_loss(
            positive, negative, node_id=torch.cat([users, positives, negatives]),
            lambda_reg=recipe.l2 / 2,  # PyG omits the ½ of ½‖E‖²
        )  # fmt: skip
        loss.backward()
        value = loss.item()
        optimizer.step()
        return value

    return step


def timed(sides: dict[str, Step]) -> tuple[dict[str, list[float]], dict[str, dict[str, float]]]:
    """Time the methods alternately, in blocks of consecutive steps.

    They alternate so that changes in the speed of the machine affect all of them. Steps within a
    block are consecutive, as in a training. The first step of a block follows a pause and is not
    timed.

    Returns:
        The losses, and the statistics of the timed steps in milliseconds, by method.
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
    return losses, {name: spread(times) for name, times in taken.items()}


def main() -> None:
    """Measure all methods in one run, and write the result file."""
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
    by_torch = matrix.to_torch_csr()
    objective = Objective(table, load_settings("paper").training)
    drawn = [torch.stack(triples(objective, table, number)) for number in range(STEPS)]
    recbole = RecBole(arguments.recbole, table, base, drawn)
    edges = edge_index_of(table)
    nodes = base.shape[0]

    def csr(weights: Tensor) -> Tensor:
        return torch.sparse_coo_tensor(edges, weights, (nodes, nodes)).coalesce().to_sparse_csr()

    weights = gcn_norm(edges, None, nodes, add_self_loops=False)[1]
    sides: dict[str, Step] = {
        "ours": project_step(table, base),
        "PyG, edge index (documented call)": pyg_step(table, base, edges),
        "PyG, sparse CSR tensor": pyg_step(table, base, csr(torch.ones(edges.shape[1]))),
        "PyG, sparse CSR tensor normalised once": pyg_step(
            table, base, csr(weights), normalized=True
        ),
    }

    def products(_number: int) -> float:
        total = base
        for _ in range(6):
            total = matrix.multiply(total)
        return 0.0

    def torch_products(_number: int) -> float:
        total = base
        for _ in range(6):
            total = by_torch @ total
        return 0.0

    sides["RecBole"] = recbole.step
    losses, figures = timed({**sides, LIMIT: products, TORCH_PRODUCTS: torch_products})
    recbole.end()
    limit, own = figures.pop(LIMIT), figures["ours"]["median"]
    by_torch_figures = figures.pop(TORCH_PRODUCTS)
    del losses[LIMIT], losses[TORCH_PRODUCTS]
    apart = {
        name: float(np.max(np.abs(np.array(values) - np.array(losses["ours"]))))
        for name, values in losses.items()
        if name != "ours"
    }
    write(
        "step",
        {
            "unit": "milliseconds a step",
            "graph": f"Gowalla, {nodes:,} nodes, {len(table):,} edges",
            "steps": figures,
            LIMIT: limit,
            TORCH_PRODUCTS: by_torch_figures,
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
