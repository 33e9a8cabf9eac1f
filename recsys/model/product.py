"""Sparse products: scale · M X + weight · Y, of which a training step consists, and dot products.

On the CPU they are our own compiled kernels (``recsys.model.kernels``); on other devices, torch's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64
from scipy.sparse import csr_array
from torch import Tensor

__all__ = ["SparseMatrix"]

CHUNKS = 16  # shares of the rows: more than cores, so that an unlucky one does not wait alone


def _kernels() -> Any:
    """Return our kernels, told to use as many threads as torch may: one setting for both."""
    import numba  # noqa: PLC0415 - half a second that only a product on the CPU needs

    from recsys.model import kernels  # noqa: PLC0415 - as above

    most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set as numba starts
    numba.set_num_threads(min(torch.get_num_threads(), most))
    return kernels


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
        starts = self.starts.cpu().numpy()
        marks = np.linspace(0, int(starts[-1]), CHUNKS + 1)[1:-1]
        inner = np.searchsorted(starts, marks).clip(0, self.height)
        cuts = np.concatenate([[0], inner, [self.height]]).astype(np.int64)
        object.__setattr__(self, "cuts", cuts)

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
        kept = _kernels().compact(
            self.starts.numpy(), self.columns.numpy(), self.values.numpy(), self.cuts
        )
        starts, columns, values = (torch.from_numpy(array) for array in kept)
        return SparseMatrix(starts, columns, values, self.width)

    def transposed(self) -> SparseMatrix:
        """Return the transpose."""
        csc = csr_array(
            (self.values.cpu().numpy(), self.columns.cpu().numpy(), self.starts.cpu().numpy()),
            (self.height, self.width),
        ).tocsc()
        parts = (csc.indptr.astype(np.int32), csc.indices.astype(np.int32), csc.data)
        starts, columns, values = (torch.from_numpy(part) for part in parts)
        return SparseMatrix(starts, columns, values, self.height).to(self.values.device)

    def multiply(
        self,
        x: Float[Tensor, "width d"],
        scale: float = 1.0,
        y: Float[Tensor, "height d"] | None = None,
        weight: float = 0.0,
    ) -> Float[Tensor, "height d"]:
        """Return scale · M X + weight · Y, in one pass over memory. Not differentiable by itself.

        Args:
            x: X, of the matrix's type.
            scale: factor of the product.
            y: Y; nothing is added by default.
            weight: factor of Y.
        """
        out = x.new_empty(self.height, x.shape[1])
        y = out if y is None else y  # not read at weight 0
        if not self.on_cpu:
            return torch.addmm(y, self.torch_csr(), x, beta=weight, alpha=scale)
        number = out.numpy().dtype.type
        _kernels().multiply(x.shape[1])(
            self.starts.numpy(),
            self.columns.numpy(),
            self.values.numpy(),
            self.cuts,
            x.detach().contiguous().numpy(),
            number(scale),
            y.detach().contiguous().numpy(),
            number(weight),
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
        _kernels().dots(
            matrix.starts.numpy(),
            matrix.columns.numpy(),
            matrix.cuts,
            x.detach().contiguous().numpy(),
            y.detach().contiguous().numpy(),
            out.numpy(),
        )
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        x, y = ctx.saved_tensors
        weighted = ctx.matrix.with_values(gradients[0])
        return weighted.multiply(y), weighted.transposed().multiply(x), None
