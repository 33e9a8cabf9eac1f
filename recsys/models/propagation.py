"""Propagation: E = Σ_k α_k Â^k E⁰, one sparse product a layer, forward and backward."""

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
    """Evaluate slice by slice of d: the columns know nothing of each other."""
    parts = [evaluate(piece.contiguous()) for piece in x.chunk(slices, dim=1)]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def _horner(
    matrix: SparseMatrix, base: Tensor, alpha: Sequence[float], rows: Tensor | None = None
) -> Tensor:
    """Evaluate Σ_k α_k M^k X as X ← α_k X⁰ + M X, from k = K down to 0; stores no layer.

    Where only some rows are asked for, the last product makes no others.
    """
    if len(alpha) == 1:
        return alpha[0] * (base if rows is None else base.index_select(0, rows))
    total, scale = base, alpha[-1]
    for weight in reversed(alpha[1:-1]):
        total, scale = matrix.multiply(total, scale, base, weight), 1.0
    return matrix.multiply(total, scale, base, alpha[0], rows)


def _horner_of_part(
    matrix: SparseMatrix, part: Tensor, alpha: Sequence[float], rows: Tensor
) -> Tensor:
    """Evaluate the same for an X⁰ that is zero but in some rows, as the gradient of rows is."""
    if len(alpha) == 1:
        total = part.new_zeros(matrix.height, part.shape[1])
    else:
        total = matrix.multiply_part(part, rows, alpha[-1])
    for weight in reversed(alpha[1:-1]):
        # scaled first: torch adds rows at weight 1 several times faster than at another
        total = matrix.multiply(total.index_add_(0, rows, part * weight))
    return total.index_add_(0, rows, part * alpha[0])


class _Propagation(torch.autograd.Function):
    """The polynomial in Â is linear, so its backward is the same polynomial in Âᵀ.

    Without dropout Â is symmetric and both directions multiply by the very same matrix.
    """

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


class _PropagationToRows(torch.autograd.Function):
    """The same for some rows; E⁰ of these comes along, so that one table holds both gradients."""

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
        of_embeddings, of_base = gradients
        total = None
        if of_embeddings is not None:
            total = _in_slices(
                lambda x: _horner_of_part(matrix, x, alpha, rows), of_embeddings, ctx.slices
            )
        if of_base is not None:
            if total is None:
                total = of_base.new_zeros(matrix.height, of_base.shape[1])
            total.index_add_(0, rows, of_base)
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
        slices: work through d in so many slices: the same numbers in less memory at a time.

    Source: He et al., SIGIR 2020, equations 4 and 8; the backward uses that Â is symmetric.
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

    The numbers are those of ``propagate``, for less work. A loss that reads few nodes needs few
    rows of the last product, and its gradient is zero but in these rows, so that the first product
    of the backward reads no others: of 2 K whole products two become partial.

    Args:
        rows: the nodes, none twice.
        base, operator, alpha, slices: as for ``propagate``.
    """
    result: tuple[Tensor, Tensor] = _PropagationToRows.apply(
        base, operator, tuple(alpha), slices, rows
    )
    return result


def layer_embeddings(
    base: Float[Tensor, "nodes d"], operator: Operator, layers: int
) -> Float[Tensor, "layers_plus_one nodes d"]:
    """Return E⁰, Â E⁰, …, Â^K E⁰ stacked; what a checkpoint stores of the items."""
    stack = [base]
    for _ in range(layers):
        stack.append(operator.matrix.multiply(stack[-1]))
    return torch.stack(stack)
