"""Softmax MF: matrix factorization with the loss, recipe and user estimator of LightGCN.

It is LightGCN without propagation (K = 0), trained as such. The comparison shows what the graph
layers contribute.
"""

from __future__ import annotations

import torch

from recsys.config import Settings
from recsys.progress import ProgressCallback, no_progress
from recsys.training.lightgcn_model import LightGCNModel

__all__ = ["SoftmaxMF", "without_layers"]


class SoftmaxMF(LightGCNModel):
    """score(u, i) = e_u · e_i with E = E⁰: the settings of a LightGCN model, but K = 0.

    Args:
        settings: the recipe of a LightGCN model with any number of layers.
        epochs, device, progress: as for ``LightGCNModel``.

    Source: Wu et al., "On the Effectiveness of Sampled Softmax Loss for Item Recommendation", TOIS
    2024 (matrix factorization with a softmax loss).
    """

    name = "softmax_mf"

    def __init__(
        self,
        settings: Settings,
        *,
        epochs: float | None = None,
        device: torch.device | str = "cpu",
        progress: ProgressCallback = no_progress,
    ) -> None:
        super().__init__(without_layers(settings), epochs=epochs, device=device, progress=progress)


def without_layers(settings: Settings) -> Settings:
    """Return the same recipe with K = 0: no propagation and no layer weights."""
    model = settings.model.model_copy(update={"layers": 0, "layer_weights": None})
    return settings.model_copy(update={"model": model})
