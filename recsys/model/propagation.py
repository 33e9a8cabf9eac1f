"""Propagation: E = Σ_k α_k Â^k E⁰, one sparse product a layer, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recsys.model.graph import Operator
from recsys.model.product import SparseMatrix

__all__ = ["layers_of", "propagate"]


def _horner(matrix: SparseMatrix, base: Tensor, alpha: Sequence[float], slices: int) -> Tensor:
    """Evaluate Σ_k α_k M^k X as X ← α_k X⁰ + M X, from k = K down to 0; stores no layer."""
    parts = []
    for piece in base.chunk(slices, dim=1):
        start = piece.contiguous()
        total, scale = start, alpha[-1]
        for weight in reversed(alpha[:-1]):
            total, scale = matrix.multiply(total, scale, start, weight), 1.0
        parts.append(total if len(alpha) > 1 else start * scale)
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


class _Propagation(torch.autograd.Function):
    """The polynomial in Â is linear, so its backward is the same polynomial in Âᵀ.

    Without dropout Â is symmetric and both directions multiply by the very same matrix.
    """

    @staticmethod
    def forward(
        ctx: Any, base: Tensor, operator: Operator, alpha: tuple[float, ...], slices: int
    ) -> Tensor:
        ctx.operator, ctx.alpha, ctx.slices = operator, alpha, slices
        return _horner(operator.matrix, base, alpha, slices)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        total = _horner(ctx.operator.transposed, gradients[0], ctx.alpha, ctx.slices)
        return total, None, None, None


def propagate(
    base: Float[Tensor, "nodes d"],
    operator: Operator,
    alpha: Sequence[float],
    *,
    slices: int = 1,
) -> Float[Tensor, "nodes d"]:
    """Return the embeddings Σ_k α_k Â^k E⁰ of all nodes; differentiable in E⁰.

    Args:
        base: E⁰.
        operator: Â, or Â of a step with dropout.
        alpha: weight of each layer 0…K; 1/(K+1) each is the paper's mean.
        slices: work through d in so many slices: the same numbers in less memory at a time.

    Source: He et al., SIGIR 2020, equations 4 and 8; the backward uses that Â is symmetric.
    """
    result: Tensor = _Propagation.apply(base, operator, tuple(alpha), slices)
    return result


def layers_of(
    base: Float[Tensor, "nodes d"], operator: Operator, layers: int
) -> Float[Tensor, "layers_plus_one nodes d"]:
    """Return E⁰, Â E⁰, …, Â^K E⁰ stacked; what a checkpoint stores of the items."""
    stack = [base]
    for _ in range(layers):
        stack.append(operator.matrix.multiply(stack[-1]))
    return torch.stack(stack)
