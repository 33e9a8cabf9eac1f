"""Propagation: E = Σ_k α_k Â^k E⁰, with one sparse product per layer, forward and backward.

The polynomial is evaluated by Horner's scheme, X ← α_k E⁰ + Â X for k = K … 0, so that no layer is
stored. It is linear in E⁰: the gradient is the same polynomial in Âᵀ, applied to the gradient of E.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.autograd.function import once_differentiable

from recsys.models.graph import Operator
from recsys.models.sparse_matrix import SparseMatrix

__all__ = ["layer_embeddings", "propagate", "propagate_rows"]


def _in_slices(evaluate: Callable[[Tensor], Tensor], x: Tensor, slices: int) -> Tensor:
    """Evaluate slice by slice of d: the columns of a product are independent of each other."""
    results = [evaluate(piece.contiguous()) for piece in x.chunk(slices, dim=1)]
    return results[0] if len(results) == 1 else torch.cat(results, dim=1)


def _horner(
    matrix: SparseMatrix, base: Tensor, alpha: Sequence[float], rows: Tensor | None = None
) -> Tensor:
    """Evaluate Σ_k α_k M^k X⁰ for all rows, or for some: the last product then has only these."""
    if len(alpha) == 1:
        return alpha[0] * (base if rows is None else base.index_select(0, rows))
    total, scale = base, alpha[-1]
    for weight in reversed(alpha[1:-1]):
        total, scale = matrix.multiply(total, scale, base, weight), 1.0
    return matrix.multiply(total, scale, base, alpha[0], rows)


def _horner_row_sparse(
    matrix: SparseMatrix, x_rows: Tensor, alpha: Sequence[float], rows: Tensor
) -> Tensor:
    """Evaluate Σ_k α_k M^k X⁰ for an X⁰ that is zero outside the given rows."""
    if len(alpha) == 1:
        total = x_rows.new_zeros(matrix.height, x_rows.shape[1])
    else:
        total = matrix.multiply_row_sparse(x_rows, rows, alpha[-1])
    for weight in reversed(alpha[1:-1]):
        # scaled first: torch adds rows with the factor 1 several times faster than with another
        total = matrix.multiply(total.index_add_(0, rows, x_rows * weight))
    return total.index_add_(0, rows, x_rows * alpha[0])


class _Propagation(torch.autograd.Function):
    """Propagation to all nodes. Without dropout Â is symmetric, so backward uses Â too."""

    @staticmethod
    def forward(
        ctx: Any, base: Tensor, operator: Operator, alpha: tuple[float, ...], slices: int
    ) -> Tensor:
        ctx.operator, ctx.alpha, ctx.slices = operator, alpha, slices
        return _in_slices(lambda x: _horner(operator.matrix, x, alpha), base, slices)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        matrix, alpha = ctx.operator.transposed, ctx.alpha
        total = _in_slices(lambda x: _horner(matrix, x, alpha), gradients[0], ctx.slices)
        return total, None, None, None


class _RowPropagation(torch.autograd.Function):
    """Propagation to some nodes. Returns their E⁰ too, so that one table holds both gradients."""

    @staticmethod
    def forward(
        ctx: Any,
        base: Tensor,
        operator: Operator,
        alpha: tuple[float, ...],
        slices: int,
        rows: Tensor,
    ) -> tuple[Tensor, Tensor]:
        ctx.operator, ctx.alpha, ctx.slices, ctx.rows = operator, alpha, slices, rows
        ctx.set_materialize_grads(False)
        total = _in_slices(lambda x: _horner(operator.matrix, x, alpha, rows), base, slices)
        return total, base.index_select(0, rows)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        matrix, alpha, rows = ctx.operator.transposed, ctx.alpha, ctx.rows
        embedding_gradient, base_gradient = gradients
        total = None
        if embedding_gradient is not None:
            total = _in_slices(
                lambda x: _horner_row_sparse(matrix, x, alpha, rows), embedding_gradient, ctx.slices
            )
        if base_gradient is not None:
            if total is None:
                total = base_gradient.new_zeros(matrix.height, base_gradient.shape[1])
            total.index_add_(0, rows, base_gradient)
        return total, None, None, None, None


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
        slices: number of slices of d that are computed one after the other, to save memory.

    Source: He et al., SIGIR 2020, equations 4 and 8.
    """
    result: Tensor = _Propagation.apply(base, operator, tuple(alpha), slices)
    return result


def propagate_rows(
    rows: Int64[Tensor, " n"],
    base: Float[Tensor, "nodes d"],
    operator: Operator,
    alpha: Sequence[float],
    *,
    slices: int = 1,
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Return the embeddings of some nodes, and their E⁰; differentiable in E⁰.

    The values are those of ``propagate``, for less work: the last product of the forward pass
    computes only these rows, and the first product of the backward pass reads only these rows, so
    two of 2 K products are partial.

    Args:
        rows: the nodes, each once.
        base: E⁰.
        operator: Â, or Â of a step with dropout.
        alpha: weight of each layer 0…K.
        slices: number of slices of d that are computed one after the other, to save memory.

    Returns:
        Σ_k α_k Â^k E⁰ and E⁰, both for the rows.
    """
    result: tuple[Tensor, Tensor] = _RowPropagation.apply(
        base, operator, tuple(alpha), slices, rows
    )
    return result


def layer_embeddings(
    base: Float[Tensor, "nodes d"], operator: Operator, layers: int
) -> Float[Tensor, "layers_plus_one nodes d"]:
    """Return the layers E⁰, Â E⁰, …, Â^K E⁰, stacked.

    Args:
        base: E⁰.
        operator: Â.
        layers: K.
    """
    stack = [base]
    for _ in range(layers):
        stack.append(operator.matrix.multiply(stack[-1]))
    return torch.stack(stack)
