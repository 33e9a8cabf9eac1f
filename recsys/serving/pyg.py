"""Conversion to and from the LightGCN class of PyTorch Geometric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recsys.config import Settings
from recsys.data.ratings_file import to_interactions
from recsys.errors import SettingsError
from recsys.models.checkpoint import Checkpoint
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.serving.fold_in import ItemFactors, fold_in_users

if TYPE_CHECKING:
    from torch_geometric.nn import LightGCN

__all__ = ["checkpoint_from_pyg", "to_pyg_model"]


def to_pyg_model(checkpoint: Checkpoint, ratings: Any = None) -> LightGCN:
    """Return a PyG LightGCN whose node embeddings are the embeddings of this model.

    The embeddings E = Σ_k α_k Â^k E⁰ are already propagated, so the PyG model has no layer of its
    own: ``get_embedding`` returns E for any edges.

    Args:
        checkpoint: the model.
        ratings: users to fold in, in any item columns and any form that ``to_interactions`` takes;
            by default the training users are taken, where the checkpoint holds them.

    Returns:
        The PyG model; its nodes are the users, in row order, and then the items.
    """
    import torch  # noqa: PLC0415 - serving on a CPU does without torch
    from torch_geometric.nn import LightGCN as PyGLightGCN  # noqa: PLC0415 - seconds

    item_factors = ItemFactors.from_checkpoint(checkpoint)
    users = checkpoint.user_embeddings
    if ratings is not None:
        interactions = to_interactions(ratings)
        users = fold_in_users(item_factors, interactions.with_items(checkpoint.items))
    parts = [item_factors.embeddings] if users is None else [users, item_factors.embeddings]
    embeddings = np.concatenate(parts, dtype=np.float32)
    model = PyGLightGCN(*embeddings.shape, num_layers=0)
    with torch.no_grad():
        model.embedding.weight.copy_(torch.from_numpy(embeddings))
    return model


def checkpoint_from_pyg(
    model: LightGCN,
    ratings: Any,
    *,
    like_threshold: float,
    name: str,
) -> Checkpoint:
    """Return a PyG LightGCN as a checkpoint.

    The layers of the items are computed on the graph of the likes, and the estimator that folds
    new users in is fitted on the training users.

    Args:
        model: a PyG model whose nodes are the users and then the items of ``ratings``, in row
            order, trained on edges in both directions.
        ratings: what the model was trained on, in any form that ``to_interactions`` takes.
        like_threshold: ratings of this value or more are the edges.
        name: of the checkpoint.

    Returns:
        The checkpoint, with the embeddings of the users.

    Raises:
        SettingsError: the model has another number of nodes than ``ratings``, or has more layers or
            dimensions than a checkpoint can hold.
        DataError: the ratings cannot be read.
    """
    import torch  # noqa: PLC0415 - as above

    from recsys.models.graph import Graph  # noqa: PLC0415 - imports torch
    from recsys.models.propagation import layer_embeddings  # noqa: PLC0415 - imports torch

    interactions = to_interactions(ratings)
    users, items = len(interactions.users), len(interactions.items)
    if model.num_nodes != users + items:
        raise SettingsError(
            f"The model has {model.num_nodes:,} nodes, but the ratings have {users:,} users and "
            f"{items:,} items. Give the ratings that the model was trained on; its nodes must be "
            "the users and then the items, in the order of the ratings."
        )
    alpha = tuple(float(weight) for weight in model.alpha)
    shape = {
        "dimension": model.embedding_dim, "layers": model.num_layers, "layer_weights": alpha
    }  # fmt: skip
    settings = Settings.checked({"model": shape}, "the model of PyTorch Geometric")
    likes = interactions.likes(like_threshold)
    with torch.no_grad():
        base = model.embedding.weight.detach().cpu().float()
        operator = Graph.build(likes).operator()
        stack = layer_embeddings(base, operator, model.num_layers).numpy()
    embeddings: Any = np.einsum("k,knd->nd", np.array(alpha, np.float32), stack)
    return Checkpoint(
        interactions.items,
        np.ascontiguousarray(stack[:, users:]),
        likes.item_degrees,
        UserEmbeddingEstimator.fit(embeddings[users:], embeddings[:users], likes),
        settings,
        {
            "name": name,
            "data": {
                "fingerprint": interactions.fingerprint(),
                "ratings": len(interactions),
                "users": users,
                "anime": items,
                "likes": len(likes),
            },
        },
        interactions.users,
        np.ascontiguousarray(embeddings[:users]),
    )
