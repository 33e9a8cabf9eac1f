"""The training objective: the batch and the loss of each step, as the settings define them."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from recsys.config import TrainingSettings
from recsys.data.interactions import Interactions
from recsys.models.all_reduce import AllReduce, all_reduced, identity
from recsys.models.graph import Operator
from recsys.models.lightgcn import LightGCN
from recsys.models.losses import bpr_loss, degree_l2_loss, l2_loss
from recsys.models.negative_sampling import NegativeSampler, hard_negatives
from recsys.models.softmax_loss import softmax_loss
from recsys.models.sparse_matrix import SparseMatrix

__all__ = ["Objective", "height_weights"]


def height_weights(
    users: Int64[np.ndarray, " entries"], ratings: Float32[np.ndarray, " entries"], g: float
) -> Float32[np.ndarray, " entries"]:
    """Return the weight of each like in the softmax loss: max(0, 1 + g (r − r̄_u)).

    The weights of a user sum to the number of the user's likes (unless one is clipped at 0), so a
    generous rater has the same influence as a strict one. A like without a rating weighs 1.

    Args:
        users: user index of each like, from 0.
        ratings: r, NaN for a like without a rating.
        g: weight of one point above the mean of the user's likes.

    Returns:
        The weights, in the order of the likes.
    """
    sums = np.bincount(users, weights=ratings)
    means = sums / np.maximum(np.bincount(users), 1)
    above = np.nan_to_num(ratings - means[users])
    weights: Float32[np.ndarray, " entries"] = np.maximum(1.0 + g * above, 0.0).astype(np.float32)
    return weights


class Objective:
    """The loss of each training step.

    All random draws of a step depend on (seed, epoch, step) alone, so a resumed run needs no
    generator state to continue with the same bits.

    Args:
        interactions: the training edges.
        settings: the training settings.
        all_reduce: sums the scores of the processes that hold the other columns of the embeddings.

    Attributes:
        units: what is shuffled and cut into batches: users (softmax) or edges (bpr).
        steps_per_epoch: number of batches.
    """

    def __init__(
        self,
        interactions: Interactions,
        settings: TrainingSettings,
        all_reduce: AllReduce = identity,
    ) -> None:
        self.interactions, self.all_reduce = interactions, all_reduce
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
        """Return the users (softmax) or edges (bpr) of a step, from the epoch's permutation."""
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
            operator = model.with_dropout(
                settings.edge_dropout,
                settings.node_dropout,
                torch.Generator().manual_seed(int(rng.integers(2**62))),
                history=settings.dropout_in == "history",
            )
        batch_loss = self._softmax if self.by_user else self._bpr
        loss = batch_loss(model, operator, self.batch(step), rng)
        if settings.l2_by_degree:
            squares = degree_l2_loss(model.base, model.graph.degrees)
            loss = loss + settings.l2 * all_reduced(squares, self.all_reduce)
        return loss

    def _softmax(
        self,
        model: LightGCN,
        operator: Operator | None,
        batch: Int64[np.ndarray, " batch"],
        rng: np.random.Generator,
    ) -> Float[Tensor, ""]:
        settings, graph, device = self.settings, model.graph, model.base.device
        rows = np.concatenate([batch, np.arange(graph.users, graph.nodes)])
        embeddings, _ = model.embeddings_for(torch.from_numpy(rows).to(device), operator)
        users, items = embeddings.split([batch.size, graph.items])
        drawn = None
        if 0 < settings.negatives < graph.items:
            sample = rng.choice(graph.items, settings.negatives, replace=False)
            drawn = torch.from_numpy(sample).to(device)
        likes = self._likes(batch).to(device)
        return softmax_loss(users, items, likes, drawn, settings.activity_weight, self.all_reduce)

    def _likes(self, batch: Int64[np.ndarray, " batch"]) -> SparseMatrix:
        """Return the weighted likes of a batch of users, a matrix [batch × items]."""
        rows, entries = self.interactions.gather(batch)
        ratings = self.interactions.ratings[entries]
        weights = height_weights(rows, ratings, self.settings.height_weight)
        starts = np.concatenate([[0], np.cumsum(self.interactions.user_degrees[batch])])
        return SparseMatrix(
            torch.from_numpy(starts.astype(np.int32)),
            torch.from_numpy(self.interactions.columns[entries]),
            torch.from_numpy(weights),
            len(self.interactions.items),
        )

    def _bpr(
        self,
        model: LightGCN,
        operator: Operator | None,
        batch: Int64[np.ndarray, " batch"],
        rng: np.random.Generator,
    ) -> Float[Tensor, ""]:
        settings, device, users = self.settings, model.base.device, model.graph.users
        u, i = self.rows[batch].astype(np.int64), self.interactions.columns[batch].astype(np.int64)
        pool = self.sampler.draw(u, rng, settings.hard_pool)
        usable = pool[:, 0] >= 0  # a user who likes every item has no negative
        u, i, pool = u[usable], i[usable], pool[usable]
        if u.size == 0:
            return (model.base * 0.0).sum()  # a mean over no pairs would be NaN
        nodes = np.concatenate([u, users + i, users + pool.ravel()])
        rows, inverse = (torch.from_numpy(a) for a in np.unique(nodes, return_inverse=True))
        embeddings, base = model.embeddings_for(rows.to(device), operator)
        at_u, at_i, at_pool = inverse.to(device).split([u.size, i.size, pool.size])
        at_j = at_pool
        if settings.hard_pool > 1:
            user_embeddings = embeddings.detach().index_select(0, at_u)
            at_j = hard_negatives(
                user_embeddings, embeddings, at_pool.view(pool.shape), self.all_reduce
            )
        triples = torch.cat([at_u, at_i, at_j])
        e_u, e_i, e_j = embeddings.index_select(0, triples).chunk(3)
        positive, negative = (e_u * e_i).sum(dim=1), (e_u * e_j).sum(dim=1)
        loss = bpr_loss(
            all_reduced(positive, self.all_reduce), all_reduced(negative, self.all_reduce)
        )
        if settings.l2 and not settings.l2_by_degree:
            squares = l2_loss(*base.index_select(0, triples).chunk(3))
            loss = loss + settings.l2 * all_reduced(squares, self.all_reduce)
        return loss
