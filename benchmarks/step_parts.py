"""Time of the parts of this project's training step, for ``benchmarks.step``."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor

from recsys.config import load_settings
from recsys.data.interactions import Interactions
from recsys.models.graph import Graph, Operator
from recsys.models.lightgcn import LightGCN
from recsys.training.objective import Objective

__all__ = ["parts"]

STEPS, WARM = 24, 3


class _Clocked(LightGCN):
    """A model that records when the propagation of a step begins and ends, forward and backward."""

    moments: list[float]

    def embeddings_for(
        self, rows: Tensor, operator: Operator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the embeddings; record the time before, after, and when their gradient arrives."""
        self.moments.append(time.perf_counter())
        embeddings, base = super().embeddings_for(rows, operator)
        self.moments.append(time.perf_counter())
        embeddings.register_hook(lambda _: self.moments.append(time.perf_counter()))
        return embeddings, base


PARTS = (
    "sampling: batch, negatives, rows",
    "propagation forward: two whole products and one of the batch's rows",
    "gather and loss",
    "backward of gather and loss",
    "propagation backward: one product of the batch's rows and two whole ones",
    "optimiser",
)


def parts(table: Interactions, base: Tensor) -> dict[str, float]:
    """Return the median duration of each part of a step, in milliseconds."""
    settings = load_settings("paper")
    objective = Objective(table, settings.training)
    model = _Clocked(Graph.build(table), settings.model, base)
    optimizer = torch.optim.Adam([model.base], lr=settings.training.learning_rate, fused=True)
    taken = []
    for number in range(STEPS):
        optimizer.zero_grad(set_to_none=True)
        model.moments = moments = [time.perf_counter()]
        loss = objective.loss(model, number)
        moments.append(time.perf_counter())
        loss.backward()
        moments.append(time.perf_counter())
        optimizer.step()
        moments.append(time.perf_counter())
        taken.append(np.diff(moments) * 1000)
    medians = np.median(taken[WARM:], axis=0)
    return {name: round(float(median), 1) for name, median in zip(PARTS, medians, strict=True)}
