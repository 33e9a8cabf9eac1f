"""The graph: Â, the normalised bipartite adjacency, built vectorised and kept as one CSR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int32
from scipy.sparse import csr_array
from torch import Tensor

from recsys.data.interactions import Interactions
from recsys.model.product import SparseMatrix

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
        edge: which edge each of the 2·E entries stands for (edges in user order).
        values: value of each edge in Â.
        degrees: number of edges of each node.

    Source: He et al., SIGIR 2020, equations 3 and 8.
    """

    users: int
    items: int
    starts: Int32[Tensor, " nodes_plus_one"]
    columns: Int32[Tensor, " two_edges"]
    edge: Int32[Tensor, " two_edges"]
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
        edges = len(interactions)
        numbered = np.arange(edges, dtype=np.int32)
        # scipy turns rows into columns by counting, in one pass: no sort
        turned = csr_array(
            (numbered, interactions.columns, interactions.starts), (n_users, n_items)
        ).tocsc()
        user_degrees, item_degrees = interactions.user_degrees, np.diff(turned.indptr)
        of_user = np.maximum(user_degrees, 1) ** -float(user_exponent)
        of_item = np.maximum(item_degrees, 1) ** -float(item_exponent)
        values = np.repeat(of_user, user_degrees) * of_item[interactions.columns]
        starts = np.concatenate([interactions.starts, edges + turned.indptr[1:]])
        columns = np.concatenate([interactions.columns + np.int32(n_users), turned.indices])
        return cls(
            n_users,
            n_items,
            torch.from_numpy(starts.astype(np.int32)).to(device),
            torch.from_numpy(columns.astype(np.int32, copy=False)).to(device),
            torch.from_numpy(np.concatenate([numbered, turned.data])).to(device),
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
            both = self._csr(dropped[self.edge]).without_zeros()
            return Operator(both, both)
        edges = self.values.numel()
        for_users, for_items = self.edge[:edges], self.edge[edges:]
        forward = torch.cat([dropped[for_users], self.values[for_items]])
        backward = torch.cat([self.values[for_users], dropped[for_items]])
        return Operator(self._csr(forward).without_zeros(), self._csr(backward).without_zeros())

    def _csr(self, values: Float[Tensor, " two_edges"]) -> SparseMatrix:
        return SparseMatrix(self.starts, self.columns, values, self.nodes)
