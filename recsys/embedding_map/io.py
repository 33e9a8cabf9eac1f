"""The projection on disk: ``projection.safetensors`` in the folder of the checkpoint it shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from recsys.embedding_map.types import (
    EmbeddingMap,
    FastRPComparison,
    GenreProbe,
    MapLayout,
    Smoothness,
)
from recsys.errors import CheckpointError
from recsys.files import write_bytes
from recsys.models.checkpoint_folder import ITEMS, PROJECTION, read_current

__all__ = ["items_sha256", "load_map", "save_map"]

FORMAT = 1
RIVAL = "fastrp"
ABOUT = "projection"  # one entry of the file's notes: their order on disk is not fixed
_Tensors = dict[str, Shaped[np.ndarray, "..."]]


@runtime_checkable  # tests check types as they run
class Carded(Protocol):
    """What has a checkpoint's card: a checkpoint as it was loaded, or a recommender."""

    @property
    def card(self) -> Mapping[str, Any]:
        """Facts about the model, with the SHA-256 of its files."""


def items_sha256(checkpoint: Carded) -> str:
    """Return the SHA-256 of the items file that a model was loaded from.

    Raises:
        CheckpointError: it was never saved, so it has no file.
    """
    told = checkpoint.card.get("tensors", {}).get(ITEMS, {}).get("sha256")
    if not told:
        raise CheckpointError("The model was not saved yet; save it, load it, then project it.")
    return str(told)


def save_map(folder: Path, projection: EmbeddingMap) -> None:
    """Write a projection beside the model that it shows; a second time changes no byte.

    Written under another name, synced and renamed: a reader sees the old one or the new one.

    Args:
        folder: the checkpoint's folder; its card and tensors stay as they are.
        projection: of that checkpoint.

    Raises:
        CheckpointError: the folder holds another model or none, or cannot be written.
    """
    read_current(folder, lambda version: _save(version, projection))


def _save(folder: Path, projection: EmbeddingMap) -> None:
    if _sha256_of_items(folder) != projection.items_sha256:
        raise CheckpointError(
            f"The folder {folder} holds another model than the projection shows; nothing was "
            "written."
        )
    tensors = _tensors(projection)
    about = {
        "format": FORMAT,
        "items": projection.items_sha256,
        "sha256": _digest(tensors),
        "seed": projection.seed,
        "explained": projection.explained,
        "smoothness": [asdict(one) for one in projection.smoothness],
        "figures": {
            name: [one.trustworthiness, one.continuity] for name, one in _layouts(projection)
        },
        "shared": projection.rival and projection.rival.shared,
        "genres": projection.genres and asdict(projection.genres),
    }
    data = save(tensors, {ABOUT: json.dumps(about, sort_keys=True)})
    place = folder / PROJECTION
    try:
        if not place.exists() or place.read_bytes() != data:
            write_bytes(place, data)
    except OSError as error:
        raise CheckpointError(
            f"The projection {place} cannot be written ({error.strerror}); what was there is kept."
        ) from None


def load_map(folder: Path, checkpoint: Carded) -> EmbeddingMap | None:
    """Read the projection of a checkpoint.

    Args:
        folder: the checkpoint's folder.
        checkpoint: what was loaded from it; the projection must be of these very vectors.

    Returns:
        The projection, or none where none was made yet.

    Raises:
        CheckpointError: it is torn, was altered, or shows another model.
    """
    return read_current(folder, lambda version: _load(version, checkpoint))


def _load(folder: Path, checkpoint: Carded) -> EmbeddingMap | None:
    path = folder / PROJECTION
    again = f"Make it again with: python -m recsys project --checkpoint {folder}"
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})[ABOUT])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
        fine = about["sha256"] == _digest(tensors) and about["format"] == FORMAT
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        fine = False
    if not fine:
        raise CheckpointError(
            f"The projection {path} is torn, was altered, or is of another format; the map was not "
            f"drawn. {again}"
        )
    if about["items"] != items_sha256(checkpoint):
        raise CheckpointError(
            f"The projection {path} shows another model than the one beside it; the map was not "
            f"drawn. {again}"
        )
    return _read(about, tensors)


def _sha256_of_items(folder: Path) -> str:
    try:
        return hashlib.sha256((folder / ITEMS).read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(
            f"There is no checkpoint in {folder} to keep a projection with ({error.strerror})."
        ) from None


def _digest(tensors: Mapping[str, Shaped[np.ndarray, "..."]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()


def _layouts(projection: EmbeddingMap) -> list[tuple[str, MapLayout]]:
    named = [(name, getattr(projection, name)) for name in ("flat", "solid", "principal")]
    rival = [] if projection.rival is None else [(RIVAL, projection.rival.layout)]
    layers = [(f"layer {k}", one) for k, one in enumerate(projection.layers)]
    return [*named, *rival, *layers]


def _tensors(projection: EmbeddingMap) -> _Tensors:
    items = len(projection)
    whole = np.uint16 if items <= np.iinfo(np.uint16).max else np.uint32
    tensors: _Tensors = {
        "cluster": projection.cluster.astype(np.uint8),
        "neighbours": projection.neighbours.astype(whole),
    }
    if projection.rival is not None:
        tensors[f"{RIVAL} neighbours"] = projection.rival.neighbours.astype(whole)
    for name, layout in _layouts(projection):
        tensors[name] = np.ascontiguousarray(layout.points)
        tensors[f"{name} kept"] = layout.kept
    return tensors


def _read(about: Mapping[str, Any], tensors: _Tensors) -> EmbeddingMap:
    def layout(name: str) -> MapLayout:
        return MapLayout(tensors[name], tensors[f"{name} kept"], *about["figures"][name])

    rival = None
    if RIVAL in tensors:
        near = tensors[f"{RIVAL} neighbours"].astype(np.int64)
        rival = FastRPComparison(layout(RIVAL), near, about["shared"])
    return EmbeddingMap(
        flat=layout("flat"),
        solid=layout("solid"),
        principal=layout("principal"),
        layers=tuple(layout(f"layer {k}") for k in range(len(about["smoothness"]) - 1)),
        cluster=tensors["cluster"].astype(np.int64),
        neighbours=tensors["neighbours"].astype(np.int64),
        explained=tuple(about["explained"]),
        smoothness=tuple(Smoothness(**one) for one in about["smoothness"]),
        seed=about["seed"],
        items_sha256=about["items"],
        rival=rival,
        genres=GenreProbe(**about["genres"]) if about.get("genres") else None,
    )
