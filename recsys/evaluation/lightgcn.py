"""LightGCN as a method among others: a checkpoint, folded in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float32

from recsys.data.interactions import Interactions
from recsys.model.checkpoint import Checkpoint
from recsys.serving.fold_in import ItemSide, people_scores

__all__ = ["FoldIn", "Trained"]


class FoldIn:
    """Scores people by fold-in, exactly as they are served.

    Args:
        checkpoint: the model; an anime that it lacks scores −∞, and so ranks last.
    """

    name = "lightgcn"

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.side = ItemSide.of(checkpoint)

    @classmethod
    def parts(cls, checkpoint: Checkpoint) -> dict[str, FoldIn]:
        """Return what each layer of the titles adds to the score, alone, and all but popularity.

        Summed, the parts named ``layer 0`` … ``layer K`` are ``all layers``, and that with the
        popularity prior is what is served.
        """
        whole = cls(checkpoint)
        bare = replace(whole.side, log_degree=np.zeros_like(whole.side.log_degree))
        d = checkpoint.layers.shape[2]
        found = {}
        for k, layer in enumerate(checkpoint.layers):
            targets = np.zeros_like(bare.targets)
            half = targets[:, d:] if k else targets[:, :d]
            half[:] = layer.astype(np.float32) * np.float32(checkpoint.settings.model.alpha[k])
            found[f"layer {k}"] = cls._of(replace(bare, targets=targets), f"layer {k}")
        found["all layers"] = cls._of(bare, "all layers")
        return found

    @classmethod
    def _of(cls, side: ItemSide, name: str) -> FoldIn:
        part = cls.__new__(cls)
        part.side, part.name = side, name
        return part

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all of ``given.items`` for each person of ``given``."""
        own = people_scores(self.side, given.with_items(self.side.anime))
        return _in_columns(own, self.side.anime.find(given.items.ids))


class Trained:
    """Scores the people that a checkpoint was trained on, by the embeddings that it learned.

    Args:
        checkpoint: a model with people.
    """

    name = "lightgcn"

    def __init__(self, checkpoint: Checkpoint) -> None:
        if checkpoint.users is None or checkpoint.user_embeddings is None:
            raise ValueError("this checkpoint holds no people; use FoldIn")
        self.users, self.embeddings = checkpoint.users, checkpoint.user_embeddings
        self.side = ItemSide.of(checkpoint)

    def score(self, given: Interactions) -> Float32[np.ndarray, "people items"]:
        """Score all of ``given.items``; a person that the checkpoint lacks scores 0 everywhere."""
        rows = self.users.find(given.users.ids)
        vectors = self.embeddings[rows].astype(np.float32)
        vectors[rows < 0] = 0
        embeddings = self.side.embeddings(np.arange(len(self.side.anime)))
        return _in_columns(vectors @ embeddings.T, self.side.anime.find(given.items.ids))


def _in_columns(
    own: Float32[np.ndarray, "people own"], place: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Float32[np.ndarray, "people items"]:
    """Rearrange scores to other columns; −∞ where there is no own one."""
    scores: Float32[np.ndarray, "people items"] = own[:, np.maximum(place, 0)]
    scores[:, place < 0] = -np.inf
    return scores
