"""From a step's number to its batch and its loss: all that the recipe decides."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from recsys.config import TrainingSettings
from recsys.data.interactions import Interactions
from recsys.model.lightgcn import LightGCN
from recsys.model.losses import bpr, degree_l2, l2
from recsys.model.negatives import NegativeSampler, hardest
from recsys.model.product import SparseMatrix
from recsys.model.softmax import softmax
from recsys.model.summing import SumUp, alone, summed

__all__ = ["Objective"]


class Objective:
    """The loss of each step of a recipe.

    Everything random about a step is drawn from (seed, epoch, step) alone, so that a resumed run
    needs no generator state to go on with the same bits.

    Args:
        interactions: the training edges.
        settings: the recipe.
        sum_up: adds the scores of the processes that hold the other parts of d.
    """

    def __init__(
        self, interactions: Interactions, settings: TrainingSettings, sum_up: SumUp = alone
    ) -> None:
        self.interactions, self.sum_up = interactions, sum_up
        self.settings = settings
        self.sampler = NegativeSampler(interactions)
        self.by_user = settings.loss == "softmax"
        units = np.flatnonzero(interactions.user_degrees) if self.by_user else len(interactions)
        self.units: int | Int64[np.ndarray, " units"] = units
        self.count = units if isinstance(units, int) else units.size
        self.rows = interactions.rows
        self.steps_per_epoch = max(1, math.ceil(self.count / settings.batch))
        self._order: tuple[int, Int64[np.ndarray, " units"]] | None = None

    def batch(self, step: int) -> Int64[np.ndarray, " batch"]:
        """Return the users (softmax) or edges (bpr) of a step, a slice of the epoch's shuffle."""
        epoch, position = divmod(step, self.steps_per_epoch)
        if self._order is None or self._order[0] != epoch:
            shuffle = np.random.default_rng([self.settings.seed, epoch]).permutation(self.units)
            self._order = (epoch, shuffle)
        size = self.settings.batch
        return self._order[1][position * size : (position + 1) * size]

    def loss(self, model: LightGCN, step: int) -> Float[Tensor, ""]:
        """Return the loss of a step, L2 included, ready for ``backward``."""
        settings = self.settings
        epoch, position = divmod(step, self.steps_per_epoch)
        rng = np.random.default_rng([settings.seed, epoch, position])
        operator = None
        if settings.edge_dropout or settings.node_dropout:
            operator = model.dropped(
                settings.edge_dropout,
                settings.node_dropout,
                torch.Generator().manual_seed(int(rng.integers(2**62))),
                history=settings.dropout_in == "history",
            )
        users, items = model(operator)
        batch = self.batch(step)
        if self.by_user:
            loss = self._softmax(users, items, batch, rng)
        else:
            loss = self._bpr(model, users, items, batch, rng)
        if settings.l2_by_degree:
            squares = degree_l2(model.base, model.graph.degrees)
            loss = loss + settings.l2 * summed(squares, self.sum_up)
        return loss

    def _softmax(
        self,
        users: Float[Tensor, "users d"],
        items: Float[Tensor, "items d"],
        batch: Int64[np.ndarray, " batch"],
        rng: np.random.Generator,
    ) -> Float[Tensor, ""]:
        settings, device = self.settings, users.device
        likes = self._likes(batch).to(device)
        chosen = users.index_select(0, torch.from_numpy(batch).to(device))
        drawn = None
        if 0 < settings.negatives < items.shape[0]:
            sample = rng.choice(items.shape[0], settings.negatives, replace=False)
            drawn = torch.from_numpy(sample).to(device)
        return softmax(chosen, items, likes, drawn, settings.activity_weight, self.sum_up)

    def _likes(self, batch: Int64[np.ndarray, " batch"]) -> SparseMatrix:
        """Return the likes of a batch of users, [batch × items]."""
        columns = self.interactions.gather(batch)[1].astype(np.int32)
        starts = np.concatenate([[0], np.cumsum(self.interactions.user_degrees[batch])])
        return SparseMatrix(
            torch.from_numpy(starts.astype(np.int32)),
            torch.from_numpy(columns),
            torch.ones(columns.size),
            len(self.interactions.items),
        )

    def _bpr(
        self,
        model: LightGCN,
        users: Float[Tensor, "users d"],
        items: Float[Tensor, "items d"],
        batch: Int64[np.ndarray, " batch"],
        rng: np.random.Generator,
    ) -> Float[Tensor, ""]:
        settings, device = self.settings, users.device
        rows, positives = self.rows[batch].astype(np.int64), self.interactions.columns[batch]
        pool = self.sampler.draw(rows, rng, settings.hard_pool)
        # somebody who has every item has no negative: the pair teaches nothing and is left out
        usable = pool[:, 0] >= 0
        u = torch.from_numpy(rows[usable]).to(device)
        i = torch.from_numpy(positives[usable].astype(np.int64)).to(device)
        j_pool = torch.from_numpy(pool[usable]).to(device)
        of_users = users.index_select(0, u)
        j = (
            j_pool[:, 0]
            if settings.hard_pool == 1
            else hardest(of_users, items, j_pool, self.sum_up)
        )
        positive = (of_users * items.index_select(0, i)).sum(dim=1)
        negative = (of_users * items.index_select(0, j)).sum(dim=1)
        loss = bpr(summed(positive, self.sum_up), summed(negative, self.sum_up))
        if settings.l2 and not settings.l2_by_degree:
            base, n = model.base, model.graph.users
            parts = (base.index_select(0, u), base.index_select(0, n + i))
            squares = l2(*parts, base.index_select(0, n + j))
            loss = loss + settings.l2 * summed(squares, self.sum_up)
        return loss
