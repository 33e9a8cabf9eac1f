"""The bundle: a checkpoint and a catalogue, loaded once, checked against each other, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from recsys.data.catalogue import Catalogue
from recsys.device import accelerator_likely, choose_device
from recsys.errors import CheckpointError
from recsys.models.checkpoint import Checkpoint, load_checkpoint
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.serving.fold_in import ItemFactors

__all__ = ["Recommender", "factors_on_device", "from_checkpoint", "load_recommender"]


@dataclass(frozen=True, slots=True, eq=False)
class Recommender:
    """What serving works with.

    Attributes:
        name: of the model, for people.
        key: content hash of the model.
        card: facts about its training: data, figures with their protocol, versions.
        catalogue: facts about the anime.
        side: the items' vectors, on the device that computes.
        catalogue_rows: catalogue row of each model item, −1 where the catalogue lacks it.
        showable: model items that the catalogue knows; only those are recommended.
        device: ``cpu``, ``cuda`` or ``mps``.
    """

    name: str
    key: str
    card: Mapping[str, Any]
    catalogue: Catalogue
    side: ItemFactors
    catalogue_rows: Int64[np.ndarray, " items"]
    showable: Bool[np.ndarray, " items"]
    device: str


def load_recommender(checkpoint: Path, catalogue: Path) -> Recommender:
    """Load a checkpoint and a catalogue and check that they fit.

    Args:
        checkpoint: a checkpoint's folder.
        catalogue: a catalogue of this project, or any file that describes anime.

    Raises:
        CheckpointError: the checkpoint is unusable, or knows few of the catalogue's anime.
        DataError: the catalogue is unusable.
    """
    from recsys.data.items_file import read_catalogue  # noqa: PLC0415 - polars, after first paint

    return from_checkpoint(load_checkpoint(checkpoint), read_catalogue(catalogue))


def from_checkpoint(model: Checkpoint, facts: Catalogue) -> Recommender:
    """Put a loaded checkpoint and a catalogue together.

    Raises:
        CheckpointError: the model knows few of the catalogue's anime.
    """
    rows = facts.ids.find(model.items.ids)
    showable = rows >= 0
    known = int(showable.sum())
    if known < len(model.items) / 2:
        raise CheckpointError(
            f"The catalogue does not match the model {model.name}: it knows {known} of the model's "
            f"{len(model.items)} anime. Nothing was changed; give the catalogue that the model was "
            "trained with."
        )
    side, device = _on_device(ItemFactors.of(model))
    return Recommender(
        model.name, model.content_hash, model.card, facts, side, rows, showable, device
    )


def _on_device(side: ItemFactors) -> tuple[ItemFactors, str]:
    """Move the vectors to an accelerator where there is one; NumPy and no torch otherwise."""
    if not accelerator_likely():
        return side, "cpu"
    device = choose_device()
    return (side, "cpu") if device.type == "cpu" else (factors_on_device(side, device), device.type)


def factors_on_device(side: ItemFactors, device: Any) -> ItemFactors:
    """Return the same vectors as tensors on a torch device."""
    import torch  # noqa: PLC0415 - a server without an accelerator never needs it

    def move(array: Any) -> Any:
        return torch.from_numpy(np.array(array)).to(device)

    parts = {
        part.name: move(getattr(side.estimator, part.name))
        for part in fields(UserEmbeddingEstimator)
    }
    return replace(
        side,
        embeddings=move(side.embeddings),
        estimator=UserEmbeddingEstimator(**parts),
        common=move(side.common),
        log_degree=move(side.log_degree),
    )
