"""Losses of pairs, and L2. Each is a mean, to be made small, and bounded from below."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

__all__ = ["bpr_loss", "degree_l2_loss", "l2_loss"]


def bpr_loss(positive: Float[Tensor, " n"], negative: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """Bayesian personalised ranking: the mean of −log σ(s_ui − s_uj).

    It falls as the positive rises above the negative, towards 0 and never below.

    Source: Rendle et al., UAI 2009; He et al., SIGIR 2020, equation 15.
    """
    return -functional.logsigmoid(positive - negative).mean()


def l2_loss(*batch: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Half the squared length of the batch's E⁰ rows, per pair: ½ Σ‖e⁰‖² / n.

    Source: He et al., SIGIR 2020, equation 15 (regularises E⁰ alone, the only parameters).
    """
    squares = torch.stack([part.square().sum() for part in batch])
    return 0.5 * squares.sum() / batch[0].shape[0]


class _DegreeL2(torch.autograd.Function):
    """Its gradient is one product; torch's way there would store E⁰ squared."""

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
    """½ Σ_v (d_v / |E|) ‖e⁰_v‖²: what ``l2_loss`` is on average over an epoch, without its noise."""
    result: Tensor = _DegreeL2.apply(base, degrees * (2 / degrees.sum()))
    return result
