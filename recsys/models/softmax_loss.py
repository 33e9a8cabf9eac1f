"""The softmax loss: all likes of a person at once, against all items or a sample of them."""

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
    """log Z of each user, and its gradient, with the scores kept once and overwritten in place."""

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
        # one shift for both sums keeps every exponent at or below zero
        top = scores.amax(dim=1)
        top = top.scatter_reduce(0, rows, liked, "amax")
        scores.sub_(top[:, None]).exp_()
        own = torch.exp(liked - top.index_select(0, rows))
        z = (scores.sum(dim=1) * factor).index_add_(0, rows, own)
        ctx.save_for_backward(users, candidates, own, rows, z)
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
        users, candidates, own, rows, z = ctx.saved_tensors
        share = gradients[0] / z
        scores, ctx.scores = ctx.scores.mul_((share * ctx.factor)[:, None]), None
        of_liked = own * share.index_select(0, rows)
        return scores @ candidates, scores.T @ users, of_liked, None, None, None


def softmax_loss(
    users: Float[Tensor, "users d"],
    items: Float[Tensor, "items d"],
    likes: SparseMatrix,
    drawn: Int64[Tensor, " n"] | None = None,
    activity_weight: float = 0.0,
    all_reduce: AllReduce = identity,
) -> Float[Tensor, ""]:
    """Cross-entropy of every like of a batch of users against all items, or against a sample.

    L = Σ_u n_u^-h (n_u log Z_u − Σ_{i liked} a_ui s_ui) / Σ_u n_u^{1−h},    n_u = Σ_{i liked} a_ui

    Z_u = Σ_j e^{s_uj} over all items; or, with N of the I items drawn uniformly without replacement
    and shared by the batch, Σ_{i liked} e^{s_ui} + (I / N) Σ_{j drawn} e^{s_uj}: the user's own
    likes always stand in it, so the loss is bounded from below.

    Args:
        users: embeddings of the batch's users.
        items: embeddings of all items.
        likes: the batch's likes, users × items; its values a_ui are what each weighs.
        drawn: the N items, or none for all.
        activity_weight: h; a user whose likes weigh n weighs n^-h a like.
        all_reduce: adds the scores of the processes that hold the other parts of d, in place.
    """
    rows = torch.repeat_interleave(likes.starts.diff())
    liked = all_reduced(likes.dots(users, items), all_reduce)
    values = likes.values.to(users.dtype)
    counts = users.new_zeros(users.shape[0]).index_add_(0, rows, values)
    weights = counts.clamp(min=1) ** -activity_weight
    if drawn is None:
        nobody = rows[:0], liked[:0]
        log_z = _LogNormaliser.apply(users, items, nobody[1], nobody[0], 1.0, all_reduce)
    else:
        factor = items.shape[0] / drawn.numel()
        candidates = items.index_select(0, drawn)
        log_z = _LogNormaliser.apply(users, candidates, liked, rows, factor, all_reduce)
    of_likes = torch.dot(weights.index_select(0, rows) * values, liked)
    total: Tensor = torch.dot(weights * counts, log_z) - of_likes
    return total / (weights * counts).sum().clamp(min=1)
