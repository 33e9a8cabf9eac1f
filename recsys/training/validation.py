"""Validation of a model in training: its held-out likes are ranked on the training device."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int64

from recsys.data.interactions import Interactions
from recsys.defaults import TOP_K
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.all_reduce import AllReduce, identity
from recsys.models.lightgcn import LightGCN

__all__ = ["shown_metrics", "validate"]

BLOCK = 2048  # users at a time
SHOWN = ("precision", "recall", "ndcg")


@torch.no_grad()
def validate(
    model: LightGCN, train: Interactions, validation: Interactions, all_reduce: AllReduce = identity
) -> dict[str, float]:
    """Rank all items but the training ones for every user with a validation like.

    The ranking runs on the device of the model; the metrics are those of every evaluation.

    Args:
        model: the model at the current step.
        train: its training likes.
        validation: held-out likes of the same users and items.
        all_reduce: sums the scores of the processes that hold the other parts of d.

    Returns:
        Precision, recall and NDCG at 20 for warm-start users, by name.
    """
    users, items = model()
    test_users = np.flatnonzero(validation.user_degrees)
    k = min(TOP_K, items.shape[0])
    top = np.full((len(validation.users), k), -1, dtype=np.int64)
    for first in range(0, test_users.size, BLOCK):
        block = test_users[first : first + BLOCK]
        scores = all_reduce(users[torch.from_numpy(block).to(users.device)] @ items.T)
        rows, entries = train.gather(block)
        columns = train.columns[entries].astype(np.int64)
        scores[
            torch.from_numpy(rows).to(users.device), torch.from_numpy(columns).to(users.device)
        ] = -torch.inf
        top[block] = scores.topk(k).indices.cpu().numpy()
    return shown_metrics(top, validation)


def shown_metrics(top: Int64[np.ndarray, "users k"], relevant: Interactions) -> dict[str, float]:
    """Return precision, recall and NDCG of top-20 lists, averaged over users.

    The names keep the length 20 where fewer items are ranked, so that the curves of all runs have
    the same names.
    """
    means = mean_metrics(top, relevant)
    return {f"{name}@{TOP_K}": means[f"{name}@{top.shape[1]}"] for name in SHOWN}
