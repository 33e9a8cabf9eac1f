"""Softmax loss: cross-entropy of the likes of a user against all items or a sample of them."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.autograd.function import once_differentiable

from recsys.models.all_reduce import AllReduce, all_reduced, identity
from recsys.models.sparse_matrix import SparseMatrix

__all__ = ["softmax_loss"]


class _LogNormaliser(torch.autograd.Function):
    """log Z of each user. One matrix of scores is stored, and backward overwrites it in place."""

    @staticmethod
    def forward(
        ctx: Any,
        users: Tensor,
        candidates: Tensor,
        liked: Tensor,
        rows: Tensor,
        factor: float,
        all_reduce: AllReduce,
    ) -> Tensor:
        scores = all_reduce(users @ candidates.T)
        # subtracting the largest score keeps every exponent at or below zero
        top = scores.amax(dim=1)
        top = top.scatter_reduce(0, rows, liked, "amax")
        scores.sub_(top[:, None]).exp_()
        exp_liked = torch.exp(liked - top.index_select(0, rows))
        z = (scores.sum(dim=1) * factor).index_add_(0, rows, exp_liked)
        ctx.save_for_backward(users, candidates, exp_liked, rows, z)
        ctx.scores, ctx.factor = scores, factor
        return top.add_(z.log())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.scores is None:
            raise RuntimeError(
                "The softmax loss can be differentiated once only: its backward overwrites the "
                "saved scores to save memory. Compute the loss again."
            )
        users, candidates, exp_liked, rows, z = ctx.saved_tensors
        scale = gradients[0] / z
        scores, ctx.scores = ctx.scores.mul_((scale * ctx.factor)[:, None]), None
        liked_gradient = exp_liked * scale.index_select(0, rows)
        return scores @ candidates, scores.T @ users, liked_gradient, None, None, None


def softmax_loss(
    users: Float[Tensor, "users d"],
    items: Float[Tensor, "items d"],
    likes: SparseMatrix,
    drawn: Int64[Tensor, " n"] | None = None,
    activity_weight: float = 0.0,
    all_reduce: AllReduce = identity,
) -> Float[Tensor, ""]:
    """Return the cross-entropy of the likes of a batch of users against all items or a sample.

    The result can be differentiated once; a second backward raises a RuntimeError.

    L = Σ_u n_u^-h (n_u log Z_u − Σ_{i liked} a_ui s_ui) / Σ_u n_u^{1−h},    n_u = Σ_{i liked} a_ui

    Z_u = Σ_j e^{s_uj} over all items; or, with N of the I items drawn uniformly without replacement
    and shared by the batch, Σ_{i liked} e^{s_ui} + (I / N) Σ_{j drawn} e^{s_uj}. It always includes
    the likes of the user, so the loss is bounded from below.

    Args:
        users: embeddings of the batch's users.
        items: embeddings of all items.
        likes: the batch's likes, users × items; the values are the weights a_ui.
        drawn: rows of the N items; None for all items.
        activity_weight: h; a like of a user with total weight n counts n^-h.
        all_reduce: sums scores over processes that hold the other parts of d, in place.
    """
    rows = torch.repeat_interleave(likes.starts.diff())
    liked = all_reduced(likes.dot_products(users, items), all_reduce)
    values = likes.values.to(users.dtype)
    counts = users.new_zeros(users.shape[0]).index_add_(0, rows, values)
    weights = counts.clamp(min=1) ** -activity_weight
    if drawn is None:
        log_z = _LogNormaliser.apply(users, items, liked[:0], rows[:0], 1.0, all_reduce)
    else:
        factor = items.shape[0] / drawn.numel()
        candidates = items.index_select(0, drawn)
        log_z = _LogNormaliser.apply(users, candidates, liked, rows, factor, all_reduce)
    liked_scores = torch.dot(weights.index_select(0, rows) * values, liked)
    total: Tensor = torch.dot(weights * counts, log_z) - liked_scores
    return total / (weights * counts).sum().clamp(min=1)
