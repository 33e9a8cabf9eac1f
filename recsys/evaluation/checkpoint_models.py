"""Checkpoints as scoring models: by fold-in, by single layers, or by trained user embeddings."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from recsys.config import ServingSettings
from recsys.data.interactions import Interactions
from recsys.models.checkpoint import Checkpoint
from recsys.models.history_model import scores_in_columns
from recsys.serving.fold_in import ItemFactors, fold_in_users

__all__ = ["FoldInModel", "TrainedUsersModel"]


class FoldInModel:
    """Scores users by fold-in, exactly as serving does.

    Args:
        checkpoint: the trained model.
        serving: serving settings in place of the checkpoint's own.
        name: key in reports.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        serving: ServingSettings | None = None,
        name: str = "lightgcn",
    ) -> None:
        self.name = name
        self.item_factors = ItemFactors.from_checkpoint(checkpoint, serving)
        self.targets: Float32[np.ndarray, "items d"] = self.item_factors.embeddings

    @classmethod
    def layers(cls, checkpoint: Checkpoint) -> dict[str, FoldInModel]:
        """Return one model for each layer, which scores by that layer's items alone.

        The scores of ``layer 0`` … ``layer K`` sum to those of the whole model.
        """
        models = {}
        for k, layer in enumerate(checkpoint.layers):
            model = cls(checkpoint, name=f"layer {k}")
            alpha = np.float32(checkpoint.settings.model.alpha[k])
            model.targets = layer.astype(np.float32) * alpha
            models[model.name] = model
        return models

    def fold_in(self, ratings: Interactions) -> Float32[np.ndarray, "users d"]:
        """Return the estimated embedding of each user."""
        return fold_in_users(self.item_factors, ratings.with_items(self.item_factors.items))

    def score(self, histories: Interactions) -> Float32[np.ndarray, "users items"]:
        """Score all of ``histories.items`` for each user; −∞ for items that the model lacks.

        Returns:
            Scores [users × items].
        """
        scores = self.fold_in(histories) @ self.targets.T
        return scores_in_columns(scores, self.item_factors.items, histories.items)


class TrainedUsersModel:
    """Scores the users that a checkpoint was trained on, by their trained embeddings.

    Args:
        checkpoint: a model with users.

    Raises:
        ValueError: the checkpoint holds no users.
    """

    name = "lightgcn"

    def __init__(self, checkpoint: Checkpoint) -> None:
        if checkpoint.users is None or checkpoint.user_embeddings is None:
            raise ValueError("this checkpoint holds no users; use FoldInModel")
        self.users, self.embeddings = checkpoint.users, checkpoint.user_embeddings
        self.item_factors = ItemFactors.from_checkpoint(checkpoint)

    def score(self, histories: Interactions) -> Float32[np.ndarray, "users items"]:
        """Score all of ``histories.items``; 0 everywhere for users that the checkpoint lacks.

        Returns:
            Scores [users × items].
        """
        rows = self.users.find(histories.users.ids)
        vectors = self.embeddings[rows].astype(np.float32)
        vectors[rows < 0] = 0
        scores: Float32[np.ndarray, "users items"] = vectors @ self.item_factors.embeddings.T
        return scores_in_columns(scores, self.item_factors.items, histories.items)
