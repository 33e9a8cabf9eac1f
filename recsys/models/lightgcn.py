"""LightGCN: graph convolution whose only parameters are the embeddings E⁰ of layer 0."""

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
        settings: d, K, α and the number of slices.
        base: initial E⁰, [nodes × d]: pretrained, or from ``initial_embeddings``.

    Raises:
        SettingsError: ``base`` does not have one row per node and d columns.
    """

    def __init__(
        self, graph: Graph, settings: ModelSettings, base: Float[Tensor, "nodes d"]
    ) -> None:
        super().__init__()
        expected = (graph.nodes, settings.dimension)
        if tuple(base.shape) != expected:
            raise SettingsError(
                f"The initial embeddings have the shape {tuple(base.shape)}, the model needs "
                f"{expected} (users and items × d). No training was started."
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
            operator: Â of a step with dropout; Â without dropout by default.
        """
        embeddings = propagate(
            self.base,
            operator or self.full,
            self.settings.alpha,
            slices=self.settings.slices,
        )
        return embeddings[: self.graph.users], embeddings[self.graph.users :]

    def embeddings_for(
        self, rows: Int64[Tensor, " n"], operator: Operator | None = None
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Return the embeddings of some nodes and their E⁰, for less work than all embeddings.

        Args:
            rows: the nodes (users first, then items), each once.
            operator: Â of a step with dropout; Â without dropout by default.
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
        """Return Â of one training step, with edges and nodes dropped at random.

        Args:
            edge_dropout: probability that an edge is dropped.
            node_dropout: probability that a node is dropped, with all its edges.
            generator: source of the random numbers.
            history: drop edges only where users aggregate their items.
        """
        edges, device = self.graph.edge.numel(), self.graph.values.device
        keep = torch.rand(edges, generator=generator) >= edge_dropout
        if node_dropout:
            kept_nodes = torch.rand(self.graph.nodes, generator=generator) >= node_dropout
            kept_users = torch.repeat_interleave(
                kept_nodes[: self.graph.users], self.graph.degrees[: self.graph.users].long().cpu()
            )
            keep &= kept_users & kept_nodes[self.graph.columns[:edges].cpu().long()]
        return self.graph.operator(keep.to(device), history_only=history)

    @torch.no_grad()
    def item_layers(self) -> Float[Tensor, "layers_plus_one items d"]:
        """Return the layers E_i^(0..K) of the items, which a checkpoint stores."""
        return layer_embeddings(self.base, self.full, self.settings.layers)[:, self.graph.users :]


def initial_embeddings(
    interactions: Interactions, settings: ModelSettings, seed: int
) -> Float[Tensor, "nodes d"]:
    """Return initial embeddings E⁰ of all users and items.

    ``normal`` draws from N(0, σ²), ``xavier`` from the Glorot uniform distribution. ``svd`` takes
    the d largest singular vectors of R̂, each side multiplied by √(singular value) and σ; training
    then needs few steps.

    Args:
        interactions: the training edges.
        settings: the kind of start, d, σ and the exponents of R̂.
        seed: seed of the random numbers.

    Raises:
        SettingsError: an SVD start has too many dimensions for the numbers of users and items.
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
            "The start svd needs a dimension below the numbers of users and items, and "
            f"{settings.dimension} is not. Choose the start normal, or a smaller dimension."
        )
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 - only this start needs it

    matrix = interactions.to_scipy()
    left = np.maximum(interactions.user_degrees, 1) ** -settings.user_exponent
    right = np.maximum(interactions.item_degrees, 1) ** -settings.item_exponent
    matrix = matrix.multiply(left[:, None]).multiply(right[None, :]).tocsr().astype(np.float32)
    u, s, vt = randomized_svd(matrix, settings.dimension, n_iter=3, random_state=seed)
    base = np.concatenate([u, vt.T]) * np.sqrt(s) * settings.start_scale
    return torch.from_numpy(base.astype(np.float32))
