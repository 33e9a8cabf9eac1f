"""Ranking the validation edges of a model in training, on the device that trains it."""

from __future__ import annotations

import numpy as np
import torch

from recsys.data.interactions import Interactions
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.all_reduce import AllReduce, identity
from recsys.models.lightgcn import LightGCN

__all__ = ["validate"]

K, BLOCK = 20, 2048
SHOWN = ("precision", "recall", "ndcg")


@torch.no_grad()
def validate(
    model: LightGCN, train: Interactions, validation: Interactions, all_reduce: AllReduce = identity
) -> dict[str, float]:
    """Rank all items but the training ones for everybody with a validation edge.

    Args:
        model: the model as it stands.
        train: its edges.
        validation: held-out edges of the same users and items.
        all_reduce: adds the scores of the processes that hold the other parts of d.

    Returns:
        Precision, recall and NDCG at 20, as in the protocol *held-out*.
    """
    users, items = model()
    people = np.flatnonzero(validation.user_degrees)
    k = min(K, items.shape[0])
    top = np.full((len(validation.users), k), -1, dtype=np.int64)
    for first in range(0, people.size, BLOCK):
        block = people[first : first + BLOCK]
        scores = all_reduce(users[torch.from_numpy(block).to(users.device)] @ items.T)
        rows, entries = train.gather(block)
        columns = train.columns[entries].astype(np.int64)
        scores[
            torch.from_numpy(rows).to(users.device), torch.from_numpy(columns).to(users.device)
        ] = -torch.inf
        top[block] = scores.topk(k).indices.cpu().numpy()
    means = mean_metrics(top, validation, train.item_degrees, len(train.users))
    return {f"{name}@{K}": means[f"{name}@{k}"] for name in SHOWN}
