"""LightGCN: the only parameters are E⁰; everything else is the graph."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from recsys.config import ModelSettings
from recsys.data.interactions import Interactions
from recsys.errors import SettingsError
from recsys.models.graph import Graph, Operator
from recsys.models.propagation import layer_embeddings, propagate, propagate_rows

__all__ = ["LightGCN", "initial_embeddings"]


class LightGCN(nn.Module):
    """LightGCN: E^(k+1) = Â E^(k),  E = Σ_k α_k E^(k),  score(u, i) = e_u · e_i.

    Source: He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for
    Recommendation", SIGIR 2020, arXiv:2002.02126.

    Args:
        graph: Â over users and items.
        settings: d, K, α and the slices.
        base: E⁰ to start from, [nodes × d] (a pretrained start, or ``initial_embeddings``).

    Raises:
        SettingsError: ``base`` does not have a row for each node and d columns.
    """

    def __init__(
        self, graph: Graph, settings: ModelSettings, base: Float[Tensor, "nodes d"]
    ) -> None:
        super().__init__()
        expected = (graph.nodes, settings.dimension)
        if tuple(base.shape) != expected:
            raise SettingsError(
                f"The start has the shape {tuple(base.shape)}, the model needs {expected} "
                "(users and items × d). Nothing was started."
            )
        self.graph = graph
        self.settings = settings
        self.base = nn.Parameter(base.to(graph.values.device, graph.values.dtype).clone())
        self.full: Operator = graph.operator()

    def forward(
        self, operator: Operator | None = None
    ) -> tuple[Float[Tensor, "users d"], Float[Tensor, "items d"]]:
        """Return the embeddings of all users and of all items.

        Args:
            operator: Â of this step where edges are dropped; the whole Â by default.
        """
        everything = propagate(
            self.base,
            operator or self.full,
            self.settings.alpha,
            slices=self.settings.slices,
        )
        return everything[: self.graph.users], everything[self.graph.users :]

    def embeddings_for(
        self, rows: Int64[Tensor, " n"], operator: Operator | None = None
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Return the embeddings of some nodes and their E⁰: all that a loss reads, for less work.

        Args:
            rows: the nodes, users before items, none twice.
            operator: Â of this step where edges are dropped; the whole Â by default.
        """
        return propagate_rows(
            rows,
            self.base,
            operator or self.full,
            self.settings.alpha,
            slices=self.settings.slices,
        )

    def with_dropout(
        self, edge_dropout: float, node_dropout: float, generator: torch.Generator, *, history: bool
    ) -> Operator:
        """Draw Â of one step: each edge leaves with one probability, each node with another."""
        edges, device = self.graph.edge.numel(), self.graph.values.device
        keep = torch.rand(edges, generator=generator) >= edge_dropout
        if node_dropout:
            stays = torch.rand(self.graph.nodes, generator=generator) >= node_dropout
            users = torch.repeat_interleave(
                stays[: self.graph.users], self.graph.degrees[: self.graph.users].long().cpu()
            )
            keep &= users & stays[self.graph.columns[:edges].cpu().long()]
        return self.graph.operator(keep.to(device), history_only=history)

    @torch.no_grad()
    def item_layers(self) -> Float[Tensor, "layers_plus_one items d"]:
        """Return E_i^(0..K) of the items, from which serving folds new people in."""
        return layer_embeddings(self.base, self.full, self.settings.layers)[:, self.graph.users :]


def initial_embeddings(
    interactions: Interactions, settings: ModelSettings, seed: int
) -> Float[Tensor, "nodes d"]:
    """Draw E⁰.

    ``normal`` draws N(0, σ²); ``xavier`` draws Glorot-uniform; ``svd`` takes the d largest singular
    vectors of R̂, both sides times √singular value times σ: the graph's own low-pass answer, from
    which few steps are needed.
    """
    shape = (len(interactions.users) + len(interactions.items), settings.dimension)
    generator = torch.Generator().manual_seed(seed)
    if settings.start == "normal":
        return torch.randn(shape, generator=generator) * settings.start_scale
    if settings.start == "xavier":
        base = torch.empty(shape)
        return nn.init.xavier_uniform_(base, generator=generator)
    if settings.dimension >= min(len(interactions.users), len(interactions.items)):
        raise SettingsError(
            f"An SVD start needs a dimension below the number of users and of items; "
            f"{settings.dimension} is not. Choose the start normal, or a smaller dimension."
        )
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 - only this start needs it

    matrix = interactions.to_scipy()
    left = np.maximum(interactions.user_degrees, 1) ** -settings.user_exponent
    right = np.maximum(interactions.item_degrees, 1) ** -settings.item_exponent
    matrix = matrix.multiply(left[:, None]).multiply(right[None, :]).tocsr().astype(np.float32)
    u, s, vt = randomized_svd(matrix, settings.dimension, n_iter=3, random_state=seed)
    both = np.concatenate([u, vt.T]) * np.sqrt(s) * settings.start_scale
    return torch.from_numpy(both.astype(np.float32))
