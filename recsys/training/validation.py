"""Ranking the validation edges of a model in training, on the device that trains it."""

from __future__ import annotations

import numpy as np
import torch

from recsys.data.interactions import Interactions
from recsys.evaluation.metrics import summary
from recsys.model.lightgcn import LightGCN
from recsys.model.summing import SumUp, alone

__all__ = ["validate"]

K, BLOCK = 20, 2048
SHOWN = ("precision", "recall", "ndcg")


@torch.no_grad()
def validate(
    model: LightGCN, train: Interactions, validation: Interactions, sum_up: SumUp = alone
) -> dict[str, float]:
    """Rank all items but the training ones for everybody with a validation edge.

    Args:
        model: the model as it stands.
        train: its edges.
        validation: held-out edges of the same users and items.
        sum_up: adds the scores of the processes that hold the other parts of d.

    Returns:
        Precision, recall and NDCG at 20, as in the protocol *held-out*.
    """
    users, items = model()
    people = np.flatnonzero(validation.user_degrees)
    k = min(K, items.shape[0])
    top = np.full((len(validation.users), k), -1, dtype=np.int64)
    for first in range(0, people.size, BLOCK):
        block = people[first : first + BLOCK]
        scores = sum_up(users[torch.from_numpy(block).to(users.device)] @ items.T)
        rows, entries = train.gather(block)
        columns = train.columns[entries].astype(np.int64)
        scores[
            torch.from_numpy(rows).to(users.device), torch.from_numpy(columns).to(users.device)
        ] = -torch.inf
        top[block] = scores.topk(k).indices.cpu().numpy()
    means = summary(top, validation, train.item_degrees, len(train.users))
    return {f"{name}@{K}": means[f"{name}@{k}"] for name in SHOWN}
