"""Pairwise loss (BPR) and L2 regularisation: means that are minimised and never negative."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

__all__ = ["bpr_loss", "degree_l2_loss", "l2_loss"]


def bpr_loss(positive: Float[Tensor, " n"], negative: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """Return the loss of Bayesian personalised ranking: the mean of −log σ(s_ui − s_uj).

    Args:
        positive: s_ui, score of each positive item.
        negative: s_uj, score of the negative item of each pair.

    Source: Rendle et al., UAI 2009; He et al., SIGIR 2020, equation 15.
    """
    return -functional.logsigmoid(positive - negative).mean()


def l2_loss(*batch: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Return half the squared norm of the E⁰ rows of a batch, per pair: ½ Σ‖e⁰‖² / n.

    Args:
        *batch: E⁰ of the users, the positive and the negative items of n pairs.

    Source: He et al., SIGIR 2020, equation 15 (E⁰ holds the only parameters).
    """
    squares = torch.stack([part.square().sum() for part in batch])
    return 0.5 * squares.sum() / batch[0].shape[0]


class _DegreeL2(torch.autograd.Function):
    """½ Σ_v w_v ‖e⁰_v‖² without storing the squares of E⁰, as autograd would."""

    @staticmethod
    def forward(ctx: Any, base: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(base, weights)
        return 0.5 * torch.dot(weights, torch.linalg.vector_norm(base, dim=1).square())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        base, weights = ctx.saved_tensors
        return base * (weights * gradients[0])[:, None], None


def degree_l2_loss(
    base: Float[Tensor, "nodes d"], degrees: Float[Tensor, " nodes"]
) -> Float[Tensor, ""]:
    """Return ½ Σ_v (d_v / |E|) ‖e⁰_v‖², the mean of ``l2_loss`` over an epoch's positive pairs.

    Args:
        base: E⁰.
        degrees: d_v, number of edges of each node.
    """
    result: Tensor = _DegreeL2.apply(base, degrees * (2 / degrees.sum()))
    return result
