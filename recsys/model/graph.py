"""The graph: Â, the normalised bipartite adjacency, built vectorised and kept as one CSR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int32, Int64
from torch import Tensor

from recsys.data.interactions import Interactions

__all__ = ["Graph", "Operator"]


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """A square sparse matrix with its transpose, ready to multiply embeddings.

    Attributes:
        matrix: [nodes × nodes] CSR.
        transposed: its transpose; the very same tensor where the matrix is symmetric.
    """

    matrix: Tensor
    transposed: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Â = D^-½ A D^-½ over users and items together; nodes are the users, then the items.

    The upper right block is R̂ (users × items), the lower left its transpose, so every edge stands
    twice. With exponents p, q in place of ½ the value of edge (u, i) is d_u^-p · d_i^-q.

    Attributes:
        users, items: number of nodes of each kind.
        starts, columns: CSR structure over all nodes.
        edge: which edge each of the 2·E entries stands for (edges in user order).
        values: value of each edge in Â.
        degrees: number of edges of each node.

    Source: He et al., SIGIR 2020, equations 3 and 8.
    """

    users: int
    items: int
    starts: Int32[Tensor, " nodes_plus_one"]
    columns: Int32[Tensor, " two_edges"]
    edge: Int64[Tensor, " two_edges"]
    values: Float[Tensor, " edges"]
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
        by_item = np.argsort(interactions.columns, kind="stable")
        user_degrees, item_degrees = interactions.user_degrees, interactions.item_degrees
        rows = interactions.rows
        edges = len(interactions)
        values = np.maximum(user_degrees, 1)[rows] ** -float(user_exponent) * np.maximum(
            item_degrees, 1
        )[interactions.columns] ** -float(item_exponent)
        starts = np.concatenate([interactions.starts, edges + np.cumsum(item_degrees)])
        columns = np.concatenate([interactions.columns + np.int32(n_users), rows[by_item]])
        return cls(
            n_users,
            n_items,
            torch.from_numpy(starts.astype(np.int32)).to(device),
            torch.from_numpy(columns.astype(np.int32)).to(device),
            torch.from_numpy(np.concatenate([np.arange(edges), by_item])).to(device),
            torch.from_numpy(values).to(device, dtype),
            torch.from_numpy(np.concatenate([user_degrees, item_degrees])).to(device, dtype),
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
            full = self._csr(self.values[self.edge])
            return Operator(full, full)
        scale = keep.numel() / keep.sum().clamp(min=1)
        dropped = self.values * keep * scale
        if not history_only:
            both = self._csr(dropped[self.edge])
            return Operator(both, both)
        edges = self.values.numel()
        for_users, for_items = self.edge[:edges], self.edge[edges:]
        forward = torch.cat([dropped[for_users], self.values[for_items]])
        backward = torch.cat([self.values[for_users], dropped[for_items]])
        return Operator(self._csr(forward), self._csr(backward))

    def _csr(self, values: Float[Tensor, " two_edges"]) -> Tensor:
        return torch.sparse_csr_tensor(
            self.starts, self.columns, values, (self.nodes, self.nodes), check_invariants=False
        )
