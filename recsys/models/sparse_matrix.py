"""Sparse products: scale · M X + weight · Y, of which a training step consists, and dot products.

On the CPU they are our own compiled kernels (``recsys.models.cpu_kernels``); on other devices, torch's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64
from torch import Tensor
from torch.autograd.function import once_differentiable

from recsys.models.csr import column_blocks, cpu_kernels, row_partitions, transpose

__all__ = ["SparseMatrix"]


@dataclass(frozen=True, slots=True, eq=False)
class SparseMatrix:
    """A sparse matrix in compressed sparse rows (CSR).

    Attributes:
        starts: row r holds the entries ``starts[r]:starts[r + 1]``.
        columns, values: of each entry.
        width: number of columns.
        cuts: rows at which the kernels' shares begin and end, equal in entries.
    """

    starts: Int32[Tensor, " rows_plus_one"]
    columns: Int32[Tensor, " entries"]
    values: Float[Tensor, " entries"]
    width: int
    cuts: Int64[np.ndarray, " shares_plus_one"] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cuts", row_partitions(self.starts.cpu().numpy()))

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.starts.numel() - 1

    @property
    def on_cpu(self) -> bool:
        """Whether our kernels work on it, or torch's."""
        return self.values.device.type == "cpu"

    def torch_csr(self) -> Tensor:
        """Return the same matrix as torch's CSR tensor, sharing memory."""
        return torch.sparse_csr_tensor(
            self.starts,
            self.columns,
            self.values,
            (self.height, self.width),
            check_invariants=False,
        )

    def to_dense(self) -> Float[Tensor, "height width"]:
        """Return the same matrix with its zeros; for small ones."""
        return self.torch_csr().to_dense()

    def to(self, device: torch.device) -> SparseMatrix:
        """Return the same matrix on a device."""
        if device == self.values.device:
            return self
        return SparseMatrix(
            self.starts.to(device), self.columns.to(device), self.values.to(device), self.width
        )

    def with_values(self, values: Float[Tensor, " entries"]) -> SparseMatrix:
        """Return the same entries with other values."""
        return SparseMatrix(self.starts, self.columns, values, self.width)

    def without_zeros(self) -> SparseMatrix:
        """Return the same matrix without the entries whose value is 0: they then cost nothing."""
        if not self.on_cpu:
            return self
        kept = cpu_kernels().eliminate_zeros(
            self.starts.numpy(), self.columns.numpy(), self.values.numpy(), self.cuts
        )
        starts, columns, values = (torch.from_numpy(array) for array in kept)
        return SparseMatrix(starts, columns, values, self.width)

    def transposed(self) -> SparseMatrix:
        """Return the transpose."""
        found = transpose(self.starts.cpu().numpy(), self.columns.cpu().numpy(), self.width)
        starts, columns, order = (torch.from_numpy(a).to(self.values.device) for a in found)
        return SparseMatrix(starts, columns, self.values[order], self.height)

    def multiply(
        self,
        x: Float[Tensor, "width d"],
        scale: float = 1.0,
        y: Float[Tensor, "height d"] | None = None,
        weight: float = 0.0,
        rows: Int64[Tensor, " n"] | None = None,
    ) -> Float[Tensor, "rows d"]:
        """Return scale · M X + weight · Y, in one pass over memory. Not differentiable by itself.

        Args:
            x: X, of the matrix's type.
            scale: factor of the product.
            y: Y; nothing is added by default.
            weight: factor of Y.
            rows: compute these rows only, in this order; all by default.
        """
        if not self.on_cpu:
            y = x.new_zeros(self.height, x.shape[1]) if y is None else y
            whole = torch.addmm(y, self.torch_csr(), x, beta=weight, alpha=scale)
            return whole if rows is None else whole.index_select(0, rows)
        starts, cuts = self.starts.numpy(), self.cuts
        if rows is None:
            numbers, entries = np.arange(self.height), self.columns.numel()
        else:
            numbers = rows.numpy()
            ends = np.concatenate([[0], np.cumsum(starts[numbers + 1] - starts[numbers])])
            cuts, entries = row_partitions(ends), int(ends[-1])
        out = x.new_empty(numbers.size, x.shape[1])
        y = out if y is None else y  # not read at weight 0
        number = out.numpy().dtype.type
        cpu_kernels().multiply(x.shape[1])(
            starts,
            self.columns.numpy(),
            self.values.numpy(),
            numbers,
            cuts,
            column_blocks(self.width, x.shape[1] * x.element_size(), numbers.size, entries),
            x.detach().contiguous().numpy(),
            number(scale),
            y.detach().contiguous().numpy(),
            number(weight),
            out.numpy(),
        )
        return out

    def multiply_part(
        self, part: Float[Tensor, "n d"], rows: Int64[Tensor, " n"], scale: float = 1.0
    ) -> Float[Tensor, "height d"]:
        """Return scale · M X for an X that is zero but in some rows. Not differentiable by itself.

        Args:
            part: those rows of X, one below the other.
            rows: their numbers, none twice.
            scale: factor of the product.
        """
        if not self.on_cpu:
            whole = part.new_zeros(self.width, part.shape[1]).index_copy_(0, rows, part)
            return self.multiply(whole, scale)
        places = np.full(self.width, -1, dtype=np.int32)
        places[rows.numpy()] = np.arange(rows.numel(), dtype=np.int32)
        out = part.new_empty(self.height, part.shape[1])
        cpu_kernels().multiply_part(part.shape[1])(
            self.starts.numpy(),
            self.columns.numpy(),
            self.values.numpy(),
            self.cuts,
            part.detach().contiguous().numpy(),
            places,
            out.numpy().dtype.type(scale),
            out.numpy(),
        )
        return out

    def dots(
        self, x: Float[Tensor, "height d"], y: Float[Tensor, "width d"]
    ) -> Float[Tensor, " entries"]:
        """Return x_r · y_c for every entry (r, c); differentiable in X and Y, blind to the values.

        Its derivatives are sparse products too: ∂X = G Y and ∂Y = Gᵀ X, where G has this matrix's
        entries with the gradient as values.
        """
        result: Tensor = _Dots.apply(x, y, self)
        return result


class _Dots(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, matrix: SparseMatrix) -> Tensor:
        ctx.save_for_backward(x, y)
        ctx.matrix = matrix
        if not matrix.on_cpu:
            rows = torch.repeat_interleave(matrix.starts.diff())
            return (x.index_select(0, rows) * y.index_select(0, matrix.columns)).sum(dim=1)
        out = torch.empty(matrix.columns.numel(), dtype=x.dtype)
        cpu_kernels().dots(
            matrix.starts.numpy(),
            matrix.columns.numpy(),
            matrix.cuts,
            x.detach().contiguous().numpy(),
            y.detach().contiguous().numpy(),
            out.numpy(),
        )
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        x, y = ctx.saved_tensors
        weighted = ctx.matrix.with_values(gradients[0])
        return weighted.multiply(y), weighted.transposed().multiply(x), None
