"""LightGCN as a method among others: a checkpoint, folded in."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from recsys.config import ServingSettings
from recsys.data.interactions import Interactions
from recsys.models.checkpoint import Checkpoint
from recsys.serving.fold_in import ItemFactors, fold_in_users

__all__ = ["FoldInModel", "TrainedUsersModel"]


class FoldInModel:
    """Scores people by fold-in, exactly as they are served.

    Args:
        checkpoint: the model; an anime that it lacks scores −∞, and so ranks last.
        serving: other weights of a rating's height than the checkpoint's own.
    """

    def __init__(self, checkpoint: Checkpoint, serving: ServingSettings | None = None) -> None:
        self.name = "lightgcn"
        self.item_factors = ItemFactors.from_checkpoint(checkpoint, serving)
        self.targets: Float32[np.ndarray, "items d"] = self.item_factors.embeddings

    @classmethod
    def parts(cls, checkpoint: Checkpoint) -> dict[str, FoldInModel]:
        """Return what each layer of the titles adds to the score, alone.

        Summed, the parts ``layer 0`` … ``layer K`` are what is served.
        """
        found = {}
        for k, layer in enumerate(checkpoint.layers):
            part = cls(checkpoint)
            part.name = f"layer {k}"
            alpha = np.float32(checkpoint.settings.model.alpha[k])
            part.targets = layer.astype(np.float32) * alpha
            found[part.name] = part
        return found

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all of ``given.items`` for each person of ``given``."""
        people = fold_in_users(self.item_factors, given.with_items(self.item_factors.items))
        return _in_columns(people @ self.targets.T, self.item_factors.items.find(given.items.ids))


class TrainedUsersModel:
    """Scores the people that a checkpoint was trained on, by the embeddings that it learned.

    Args:
        checkpoint: a model with people.
    """

    name = "lightgcn"

    def __init__(self, checkpoint: Checkpoint) -> None:
        if checkpoint.users is None or checkpoint.user_embeddings is None:
            raise ValueError("this checkpoint holds no people; use FoldIn")
        self.users, self.embeddings = checkpoint.users, checkpoint.user_embeddings
        self.item_factors = ItemFactors.from_checkpoint(checkpoint)

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all of ``given.items``; a person that the checkpoint lacks scores 0 everywhere."""
        rows = self.users.find(given.users.ids)
        vectors = self.embeddings[rows].astype(np.float32)
        vectors[rows < 0] = 0
        return _in_columns(
            vectors @ self.item_factors.embeddings.T, self.item_factors.items.find(given.items.ids)
        )


def _in_columns(
    own: Float32[np.ndarray, "people own"], place: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Float32[np.ndarray, "people items"]:
    """Rearrange scores to other columns; −∞ where there is no own one."""
    scores: Float32[np.ndarray, "people items"] = own[:, np.maximum(place, 0)]
    scores[:, place < 0] = -np.inf
    return scores
