"""Device of the item factors: NumPy arrays on the CPU, torch tensors on an accelerator."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from recsys.device import serving_device
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.serving.fold_in import ItemFactors

__all__ = ["factors_on_device", "move_to_device"]


def move_to_device(factors: ItemFactors, device: str | None) -> tuple[ItemFactors, str]:
    """Move item factors to the device that computes.

    Args:
        factors: as NumPy arrays.
        device: ``cpu``, ``cuda`` or ``mps``; None for an accelerator where there is one.

    Returns:
        The factors, which stay NumPy arrays on the CPU, and the name of the device.
    """
    chosen = serving_device(device or "auto")
    if chosen == "cpu":
        return factors, "cpu"  # NumPy, and no import of torch
    return factors_on_device(factors, chosen), chosen


def factors_on_device(factors: ItemFactors, device: Any) -> ItemFactors:
    """Return the same factors as tensors on a torch device."""
    import torch  # noqa: PLC0415 - serving on a CPU does without torch

    def move(array: Any) -> Any:
        return torch.from_numpy(np.array(array)).to(device)

    parts = {
        part.name: move(getattr(factors.estimator, part.name))
        for part in fields(UserEmbeddingEstimator)
    }
    return replace(
        factors,
        embeddings=move(factors.embeddings),
        estimator=UserEmbeddingEstimator(**parts),
        mean_user_scores=move(factors.mean_user_scores),
        log_degrees=move(factors.log_degrees),
    )
