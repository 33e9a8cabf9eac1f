"""Sparse matrix: products with dense matrices, on the CPU and on accelerators.

A training step consists of products scale · M X + weight · Y and of dot products at the entries of
a matrix. On the CPU they run in the compiled kernels of ``recsys.models.cpu_kernels``, elsewhere in
torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64
from torch import Tensor
from torch.autograd.function import once_differentiable

from recsys.models.csr import column_blocks, load_cpu_kernels, row_partitions, transpose

__all__ = ["SparseMatrix"]


@dataclass(frozen=True, slots=True, eq=False)
class SparseMatrix:
    """A sparse matrix in compressed sparse rows (CSR).

    The indices are trusted: build a matrix from ``Interactions``, which validates them.

    Attributes:
        starts: row r holds the entries ``starts[r]:starts[r + 1]``.
        columns: column of each entry, ascending within a row.
        values: value of each entry.
        width: number of columns.
        partitions: rows at which the parts of the kernels' threads begin and end.
    """

    starts: Int32[Tensor, " rows_plus_one"]
    columns: Int32[Tensor, " entries"]
    values: Float[Tensor, " entries"]
    width: int
    partitions: Int64[np.ndarray, " partitions_plus_one"] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "partitions", row_partitions(self.starts.cpu().numpy()))

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.starts.numel() - 1

    @property
    def on_cpu(self) -> bool:
        """Whether the compiled kernels compute its products; torch does elsewhere."""
        return self.values.device.type == "cpu"

    def to_torch_csr(self) -> Tensor:
        """Return the matrix as a sparse CSR tensor of torch that shares its memory."""
        return torch.sparse_csr_tensor(
            self.starts,
            self.columns,
            self.values,
            (self.height, self.width),
            check_invariants=False,
        )

    def to_dense(self) -> Float[Tensor, "height width"]:
        """Return the matrix as a dense tensor; for small matrices."""
        return self.to_torch_csr().to_dense()

    def to(self, device: torch.device) -> SparseMatrix:
        """Return the matrix on a device."""
        if device == self.values.device:
            return self
        return SparseMatrix(
            self.starts.to(device), self.columns.to(device), self.values.to(device), self.width
        )

    def with_values(self, values: Float[Tensor, " entries"]) -> SparseMatrix:
        """Return a matrix with the same entries and other values."""
        return SparseMatrix(self.starts, self.columns, values, self.width)

    def without_zeros(self) -> SparseMatrix:
        """Return the matrix without entries of value 0, which would cost time in each product."""
        if not self.on_cpu:
            return self
        arrays = load_cpu_kernels().eliminate_zeros(
            self.starts.numpy(), self.columns.numpy(), self.values.numpy(), self.partitions
        )
        starts, columns, values = (torch.from_numpy(array) for array in arrays)
        return SparseMatrix(starts, columns, values, self.width)

    def transposed(self) -> SparseMatrix:
        """Return the transpose."""
        arrays = transpose(self.starts.cpu().numpy(), self.columns.cpu().numpy(), self.width)
        starts, columns, order = (torch.from_numpy(a).to(self.values.device) for a in arrays)
        return SparseMatrix(starts, columns, self.values[order], self.height)

    def multiply(
        self,
        x: Float[Tensor, "width d"],
        scale: float = 1.0,
        y: Float[Tensor, "height d"] | None = None,
        weight: float = 0.0,
        rows: Int64[Tensor, " n"] | None = None,
    ) -> Float[Tensor, "rows d"]:
        """Return scale · M X + weight · Y, in one pass over memory. Autograd does not see it.

        Args:
            x: X, of the type of the matrix.
            scale: factor of the product.
            y: Y; nothing is added by default.
            weight: factor of Y.
            rows: the rows to compute, in this order; all by default.
        """
        if not self.on_cpu:
            y = x.new_zeros(self.height, x.shape[1]) if y is None else y
            product = torch.addmm(y, self.to_torch_csr(), x, beta=weight, alpha=scale)
            return product if rows is None else product.index_select(0, rows)
        starts, partitions = self.starts.numpy(), self.partitions
        if rows is None:
            row_numbers, entries = np.arange(self.height), self.columns.numel()
        else:
            row_numbers = rows.numpy()
            lengths = starts[row_numbers + 1] - starts[row_numbers]
            ends = np.concatenate([[0], np.cumsum(lengths)])
            partitions, entries = row_partitions(ends), int(ends[-1])
        out = x.new_empty(row_numbers.size, x.shape[1])
        y = out if y is None else y  # the kernel does not read Y at weight 0
        number = out.numpy().dtype.type
        load_cpu_kernels().multiply(x.shape[1])(
            starts,
            self.columns.numpy(),
            self.values.numpy(),
            row_numbers,
            partitions,
            column_blocks(self.width, x.shape[1] * x.element_size(), row_numbers.size, entries),
            x.detach().contiguous().numpy(),
            number(scale),
            y.detach().contiguous().numpy(),
            number(weight),
            out.numpy(),
        )
        return out

    def multiply_row_sparse(
        self, x_rows: Float[Tensor, "n d"], rows: Int64[Tensor, " n"], scale: float = 1.0
    ) -> Float[Tensor, "height d"]:
        """Return scale · M X for an X whose other rows are zero. Autograd does not see it.

        Args:
            x_rows: the rows of X that may differ from zero.
            rows: their indices in X, each once.
            scale: factor of the product.
        """
        if not self.on_cpu:
            x = x_rows.new_zeros(self.width, x_rows.shape[1]).index_copy_(0, rows, x_rows)
            return self.multiply(x, scale)
        position = np.full(self.width, -1, dtype=np.int32)
        position[rows.numpy()] = np.arange(rows.numel(), dtype=np.int32)
        out = x_rows.new_empty(self.height, x_rows.shape[1])
        load_cpu_kernels().multiply_row_sparse(x_rows.shape[1])(
            self.starts.numpy(),
            self.columns.numpy(),
            self.values.numpy(),
            self.partitions,
            x_rows.detach().contiguous().numpy(),
            position,
            out.numpy().dtype.type(scale),
            out.numpy(),
        )
        return out

    def dot_products(
        self, x: Float[Tensor, "height d"], y: Float[Tensor, "width d"]
    ) -> Float[Tensor, " entries"]:
        """Return x_r · y_c for every entry (r, c); differentiable in X and Y.

        The values of the matrix are not used. The derivatives are sparse products: ∂X = G Y and
        ∂Y = Gᵀ X, where G has the entries of this matrix and the incoming gradient as values.

        Args:
            x: a vector for each row.
            y: a vector for each column.
        """
        result: Tensor = _DotProducts.apply(x, y, self)
        return result


class _DotProducts(torch.autograd.Function):
    """Dot products at the entries of a sparse matrix, with sparse products as their gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, matrix: SparseMatrix) -> Tensor:
        ctx.save_for_backward(x, y)
        ctx.matrix = matrix
        if not matrix.on_cpu:
            rows = torch.repeat_interleave(matrix.starts.diff())
            return (x.index_select(0, rows) * y.index_select(0, matrix.columns)).sum(dim=1)
        out = torch.empty(matrix.columns.numel(), dtype=x.dtype)
        load_cpu_kernels().dot_products(
            matrix.starts.numpy(),
            matrix.columns.numpy(),
            matrix.partitions,
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
