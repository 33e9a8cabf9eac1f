"""Bipartite graph: the normalised adjacency Â of users and items, as one CSR matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int32
from torch import Tensor

from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.models.csr import outer_values, transpose
from recsys.models.sparse_matrix import SparseMatrix

__all__ = ["Graph", "Operator"]

MAX_EDGES = (2**31 - 1) // 2  # each edge has two entries, whose numbers are 32-bit integers


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """A square sparse matrix and its transpose, for products forward and backward.

    Attributes:
        matrix: [nodes × nodes].
        transposed: its transpose; the same object where the matrix is symmetric.
    """

    matrix: SparseMatrix
    transposed: SparseMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Â = D^-½ A D^-½ over the nodes: first the users, then the items.

    The upper right block is R̂ (users × items), the lower left block its transpose, so each edge has
    two entries. With exponents p and q in place of ½, edge (u, i) has the value d_u^-p · d_i^-q.

    Attributes:
        users: number of users.
        items: number of items.
        starts: node v holds the entries ``starts[v]:starts[v + 1]``.
        columns: node that each entry leads to.
        values: value of each entry; the first half are the edges, by user.
        edge: the edge that each entry of the lower block belongs to.
        degrees: number of edges of each node.

    Source: He et al., SIGIR 2020, equations 3 and 8.
    """

    users: int
    items: int
    starts: Int32[Tensor, " nodes_plus_one"]
    columns: Int32[Tensor, " two_edges"]
    values: Float[Tensor, " two_edges"]
    edge: Int32[Tensor, " edges"]
    degrees: Float[Tensor, " nodes"]

    @classmethod
    def build(
        cls,
        interactions: Interactions,
        *,
        user_exponent: float = 0.5,
        item_exponent: float = 0.5,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> Graph:
        """Build Â from interactions; each entry is an edge, whatever its rating.

        Args:
            interactions: users × items; a node without an edge is isolated.
            user_exponent: p; ½ in the paper.
            item_exponent: q; ½ in the paper.
            dtype: type of the values.
            device: device of the tensors.

        Returns:
            The graph.

        Raises:
            DataError: there are more edges than 32-bit indices can count.
        """
        n_users, n_items = len(interactions.users), len(interactions.items)
        edges = len(interactions)
        if edges > MAX_EDGES:
            raise DataError(
                f"A graph of {edges:,} edges cannot be built; the most is {MAX_EDGES:,}. Train on "
                "fewer ratings (sample_items or core in the settings)."
            )
        user_starts = interactions.starts.astype(np.int32)
        columns = np.empty(2 * edges, dtype=np.int32)
        columns[:edges] = interactions.columns
        item_starts, columns[edges:], edge = transpose(user_starts, columns[:edges], n_items)
        columns[:edges] += np.int32(n_users)
        starts = np.concatenate([user_starts, edges + item_starts[1:]])
        degrees = np.diff(starts)
        # few distinct degrees occur, so each power is computed once and looked up for every node
        powers = np.maximum(np.arange(degrees.max(initial=0) + 1), 1.0)
        factors = np.concatenate(
            [
                (powers**-user_exponent)[degrees[:n_users]],
                (powers**-item_exponent)[degrees[n_users:]],
            ]
        )
        return cls(
            n_users,
            n_items,
            torch.from_numpy(starts).to(device),
            torch.from_numpy(columns).to(device),
            outer_values(starts, columns, factors, factors, dtype).to(device),
            torch.from_numpy(edge).to(device),
            torch.from_numpy(degrees).to(device, dtype),
        )

    @property
    def nodes(self) -> int:
        """Number of users and items together."""
        return self.users + self.items

    def operator(
        self, keep: Bool[Tensor, " edges"] | None = None, *, history_only: bool = False
    ) -> Operator:
        """Return Â, or Â of a step with edge dropout.

        Args:
            keep: the edges that take part, by user; they are scaled by E / kept, so that the sums
                keep their expectation. All by default.
            history_only: drop edges only where users aggregate their items; items aggregate all of
                their users.
        """
        if keep is None:
            full = self._csr(self.values)
            return Operator(full, full)
        edges = keep.numel()
        upper, lower = self.values[:edges], self.values[edges:]
        scale = keep * (edges / keep.sum().clamp(min=1)).to(upper.dtype)
        dropped_upper, dropped_lower = upper * scale, lower * scale[self.edge]
        if not history_only:
            both = self._csr(torch.cat([dropped_upper, dropped_lower])).without_zeros()
            return Operator(both, both)
        forward = self._csr(torch.cat([dropped_upper, lower]))
        backward = self._csr(torch.cat([upper, dropped_lower]))
        return Operator(forward.without_zeros(), backward.without_zeros())

    def _csr(self, values: Float[Tensor, " two_edges"]) -> SparseMatrix:
        return SparseMatrix(self.starts, self.columns, values, self.nodes)
