"""Losses: what E⁰ is asked to do. Each is a mean, to be made small, and bounded from below."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

__all__ = ["bpr", "degree_l2", "full_softmax", "l2", "sampled_softmax"]


def bpr(positive: Float[Tensor, " n"], negative: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """Bayesian personalised ranking: the mean of −log σ(s_ui − s_uj).

    It falls as the positive rises above the negative, towards 0 and never below.

    Source: Rendle et al., UAI 2009; He et al., SIGIR 2020, equation 15.
    """
    return -functional.logsigmoid(positive - negative).mean()


def l2(*batch: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Half the squared length of the batch's E⁰ rows, per pair: ½ Σ‖e⁰‖² / n.

    Source: He et al., SIGIR 2020, equation 15 (regularises E⁰ alone, the only parameters).
    """
    squares = torch.stack([part.square().sum() for part in batch])
    return 0.5 * squares.sum() / batch[0].shape[0]


def degree_l2(
    base: Float[Tensor, "nodes d"], degrees: Float[Tensor, " nodes"]
) -> Float[Tensor, ""]:
    """½ Σ_v (d_v / |E|) ‖e⁰_v‖²: what ``l2`` is on average over an epoch, without its noise."""
    edges = degrees.sum() / 2
    return 0.5 * torch.einsum("n,nd,nd->", degrees / edges, base, base)


def _softmax_mean(
    log_z: Float[Tensor, " users"],
    positive_sum: Float[Tensor, " users"],
    counts: Float[Tensor, " users"],
    activity_weight: float,
) -> Float[Tensor, ""]:
    weights = counts.clamp(min=1) ** -activity_weight
    return (weights * (counts * log_z - positive_sum)).sum() / (weights * counts).sum().clamp(min=1)


def full_softmax(
    users: Float[Tensor, "users d"],
    items: Float[Tensor, "items d"],
    rows: Int64[Tensor, " likes"],
    columns: Int64[Tensor, " likes"],
    activity_weight: float = 0.0,
) -> Float[Tensor, ""]:
    """Cross-entropy of every like of a batch of users against all items.

    L = Σ_u n_u^-h (n_u log Σ_j e^{s_uj} − Σ_{i liked} s_ui) / Σ_u n_u^{1−h}

    Args:
        users: embeddings of the batch's users.
        items: embeddings of all items.
        rows, columns: the batch's likes, as (row in ``users``, item).
        activity_weight: h; a user with n likes weighs n^-h a like.
    """
    scores = users @ items.T
    counts = torch.bincount(rows, minlength=users.shape[0]).to(users.dtype)
    liked = scores[rows, columns]
    positive_sum = torch.zeros_like(counts).index_add(0, rows, liked)
    return _softmax_mean(torch.logsumexp(scores, dim=1), positive_sum, counts, activity_weight)


def sampled_softmax(
    users: Float[Tensor, "users d"],
    items: Float[Tensor, "items d"],
    rows: Int64[Tensor, " likes"],
    columns: Int64[Tensor, " likes"],
    drawn: Int64[Tensor, " n"],
    activity_weight: float = 0.0,
) -> Float[Tensor, ""]:
    """``full_softmax`` with the sum over all items estimated from a few drawn ones.

    Z_u = Σ_{i liked} e^{s_ui} + (I / N) Σ_{j drawn} e^{s_uj}, with N of the I items drawn uniformly
    without replacement and shared by the batch. The user's own likes always stand in Z_u, so the
    loss is bounded from below.
    """
    counts = torch.bincount(rows, minlength=users.shape[0]).to(users.dtype)
    liked = (users.index_select(0, rows) * items.index_select(0, columns)).sum(dim=1)
    positive_sum = torch.zeros_like(counts).index_add(0, rows, liked)
    others = users @ items.index_select(0, drawn).T
    # one shift for both sums keeps every exponent at or below zero
    top = torch.maximum(
        others.amax(dim=1),
        torch.full_like(counts, -torch.inf).scatter_reduce(0, rows, liked, "amax"),
    ).detach()
    z = torch.zeros_like(counts).index_add(0, rows, torch.exp(liked - top[rows]))
    z = z + items.shape[0] / drawn.numel() * torch.exp(others - top[:, None]).sum(dim=1)
    return _softmax_mean(top + z.log(), positive_sum, counts, activity_weight)
