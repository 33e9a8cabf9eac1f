"""The graph: Â, the normalised bipartite adjacency, built vectorised and kept as one CSR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int32
from torch import Tensor

from recsys.data.interactions import Interactions
from recsys.models.csr import outer_values, transpose
from recsys.models.sparse_matrix import SparseMatrix

__all__ = ["Graph", "Operator"]


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """A square sparse matrix with its transpose, ready to multiply embeddings.

    Attributes:
        matrix: [nodes × nodes].
        transposed: its transpose; the very same object where the matrix is symmetric.
    """

    matrix: SparseMatrix
    transposed: SparseMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Â = D^-½ A D^-½ over users and items together; nodes are the users, then the items.

    The upper right block is R̂ (users × items), the lower left its transpose, so every edge stands
    twice. With exponents p, q in place of ½ the value of edge (u, i) is d_u^-p · d_i^-q.

    Attributes:
        users, items: number of nodes of each kind.
        starts, columns: CSR structure over all nodes.
        values: value of each entry; those of the upper block are the edges, in user order.
        edge: which edge each entry of the lower block stands for.
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
            interactions: users × items; nodes without an edge are allowed and stay isolated.
            user_exponent, item_exponent: p and q; ½ in the paper.
            dtype: type of the values.
            device: where the tensors live.
        """
        n_users, n_items = len(interactions.users), len(interactions.items)
        edges = len(interactions)
        of_users = interactions.starts.astype(np.int32)
        columns = np.empty(2 * edges, dtype=np.int32)
        columns[:edges] = interactions.columns
        of_items, columns[edges:], edge = transpose(of_users, columns[:edges], n_items)
        columns[:edges] += np.int32(n_users)
        starts = np.concatenate([of_users, edges + of_items[1:]])
        degrees = np.diff(starts)
        # few degrees are different: a power of each, not of every node
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
        """Return Â, or Â of a step with dropout.

        Args:
            keep: edges that take part; the kept ones are scaled by E / kept, so that the sums keep
                their expectation.
            history_only: drop edges only where users gather their items; items gather all users.
        """
        if keep is None:
            full = self._csr(self.values)
            return Operator(full, full)
        edges = keep.numel()
        upper, lower = self.values[:edges], self.values[edges:]
        kept = keep * (edges / keep.sum().clamp(min=1)).to(upper.dtype)
        dropped_upper, dropped_lower = upper * kept, lower * kept[self.edge]
        if not history_only:
            both = self._csr(torch.cat([dropped_upper, dropped_lower])).without_zeros()
            return Operator(both, both)
        forward = self._csr(torch.cat([dropped_upper, lower]))
        backward = self._csr(torch.cat([upper, dropped_lower]))
        return Operator(forward.without_zeros(), backward.without_zeros())

    def _csr(self, values: Float[Tensor, " two_edges"]) -> SparseMatrix:
        return SparseMatrix(self.starts, self.columns, values, self.nodes)
