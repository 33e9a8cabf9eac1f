"""Reading and writing of embedding maps: ``projection.safetensors`` beside a checkpoint's tensors.

A map that is read is validated as a whole: the pages index into its arrays without further checks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped
from safetensors import safe_open
from safetensors.numpy import save

from recsys.data.ids import IdMap
from recsys.defaults import MAP_NEIGHBORS
from recsys.embedding_map.stored_arrays import DECODE_ERRORS, checked_array, checked_layout
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
METADATA = "projection"  # name of the one metadata entry; several would have no fixed order
# names of the layouts in the file; they stay so that existing maps still open
UMAP_2D, UMAP_3D, PCA, FASTRP = "flat", "solid", "principal", "fastrp"
_Array = Shaped[np.ndarray, "..."]
_Arrays = dict[str, _Array]


@runtime_checkable  # tests check types at run time
class LoadedModel(Protocol):
    """A model that was loaded from a file: a checkpoint or a recommender."""

    @property
    def card(self) -> Mapping[str, Any]:
        """Facts about the model, with the SHA-256 of its files."""

    @property
    def items(self) -> IdMap:
        """Item ids, in row order."""


def items_sha256(model: LoadedModel) -> str:
    """Return the SHA-256 of the items file that a model was loaded from.

    Raises:
        CheckpointError: the model was never saved, so it has no file.
    """
    sha256 = model.card.get("tensors", {}).get(ITEMS, {}).get("sha256")
    if not sha256:
        raise CheckpointError(
            "The model was not saved yet, so no map can be stored with it. Save it, load it, then "
            "compute its map."
        )
    return str(sha256)


def save_map(folder: Path, embedding_map: EmbeddingMap) -> None:
    """Write a map into the folder of its checkpoint; equal maps give equal bytes.

    The file is replaced atomically, and not at all if its content would be the same.

    Args:
        folder: the checkpoint's folder; its card and tensors stay as they are.
        embedding_map: of that checkpoint.

    Raises:
        CheckpointError: the folder holds another model or none, or cannot be written.
    """
    read_current(folder, lambda version: _save(version, embedding_map))


def _save(folder: Path, embedding_map: EmbeddingMap) -> None:
    if _sha256_of_items(folder) != embedding_map.items_sha256:
        raise CheckpointError(
            f"The folder {folder} holds another model than the map shows; nothing was written."
        )
    arrays = _arrays(embedding_map)
    fastrp, probe = embedding_map.fastrp, embedding_map.genre_probe
    metadata = {
        "format": FORMAT,
        "items": embedding_map.items_sha256,
        "sha256": _digest(arrays),
        "seed": embedding_map.seed,
        "explained": embedding_map.explained_variance_ratio,
        "smoothness": [asdict(values) for values in embedding_map.smoothness],
        "figures": {
            name: [layout.trustworthiness, layout.continuity]
            for name, layout in _layouts(embedding_map).items()
        },
        "shared": None if fastrp is None else fastrp.shared_neighbors,
        "genres": None if probe is None else asdict(probe),
    }
    data = save(arrays, {METADATA: json.dumps(metadata, sort_keys=True)})
    path = folder / PROJECTION
    try:
        if not path.exists() or path.read_bytes() != data:
            write_bytes(path, data)
    except OSError as error:
        raise CheckpointError(
            f"The map {path} cannot be written ({error.strerror}); a previous map is unchanged."
        ) from None


def load_map(folder: Path, model: LoadedModel) -> EmbeddingMap | None:
    """Read the map of a checkpoint.

    Args:
        folder: the checkpoint's folder.
        model: what was loaded from it; the map must show exactly this model.

    Returns:
        The map, or None where none was computed yet.

    Raises:
        CheckpointError: the map is damaged, was altered, lacks a part, or shows another model.
    """
    return read_current(folder, lambda version: _load(version, model))


def _load(folder: Path, model: LoadedModel) -> EmbeddingMap | None:
    path = folder / PROJECTION
    advice = f"Compute it again with: python -m recsys project --checkpoint {folder}"
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {})[METADATA])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
        intact = metadata["sha256"] == _digest(arrays) and metadata["format"] == FORMAT
    except DECODE_ERRORS:
        intact = False
    if not intact:
        raise CheckpointError(
            f"The map {path} is damaged, was altered, or has another format; it was not loaded. "
            f"{advice}"
        )
    if metadata.get("items") != items_sha256(model):
        raise CheckpointError(
            f"The map {path} shows another model than the one beside it; it was not loaded. "
            f"{advice}"
        )
    try:
        return _decode(metadata, arrays, len(model.items))
    except DECODE_ERRORS as error:
        raise CheckpointError(
            f"The map {path} lacks a part or holds a wrong one ({error}); it was not loaded. "
            f"{advice}"
        ) from None


def _sha256_of_items(folder: Path) -> str:
    try:
        return hashlib.sha256((folder / ITEMS).read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(
            f"There is no checkpoint in {folder} to store a map with ({error.strerror}). Give the "
            "folder of a checkpoint."
        ) from None


def _digest(arrays: Mapping[str, _Array]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _layouts(embedding_map: EmbeddingMap) -> dict[str, MapLayout]:
    """Return the layouts by their names in the file."""
    layouts = {
        UMAP_2D: embedding_map.umap_2d,
        UMAP_3D: embedding_map.umap_3d,
        PCA: embedding_map.pca,
    }
    if embedding_map.fastrp is not None:
        layouts[FASTRP] = embedding_map.fastrp.layout
    return layouts | {f"layer {k}": layout for k, layout in enumerate(embedding_map.layers)}


def _arrays(embedding_map: EmbeddingMap) -> _Arrays:
    items = len(embedding_map)
    row_type = np.uint16 if items <= np.iinfo(np.uint16).max else np.uint32
    arrays: _Arrays = {
        "cluster": embedding_map.cluster.astype(np.uint8),
        "neighbours": embedding_map.neighbors.astype(row_type),
    }
    if embedding_map.fastrp is not None:
        arrays[f"{FASTRP} neighbours"] = embedding_map.fastrp.neighbors.astype(row_type)
    for name, layout in _layouts(embedding_map).items():
        arrays[name] = np.ascontiguousarray(layout.points)
        arrays[f"{name} kept"] = layout.preserved
    return arrays


def _decode(metadata: Mapping[str, Any], arrays: _Arrays, items: int) -> EmbeddingMap:
    """Build and validate a map.

    Raises:
        ValueError, KeyError, TypeError: a part is missing or wrong.
    """

    def layout(name: str, dimensions: int) -> MapLayout:
        quality = metadata["figures"][name]
        return checked_layout(
            arrays[name], arrays[f"{name} kept"], quality, (items, dimensions), name
        )

    def neighbors(name: str) -> _Array:
        return checked_array(arrays[name], (items, MAP_NEIGHBORS), "ui", items, name).astype(
            np.int64
        )

    fastrp = None
    if FASTRP in arrays:
        shared = float(metadata["shared"])
        fastrp = FastRPComparison(layout(FASTRP, 2), neighbors(f"{FASTRP} neighbours"), shared)
    smoothness = tuple(
        Smoothness(
            float(values["mean_cosine"]), float(values["effective_rank"]), int(values["dimensions"])
        )
        for values in metadata["smoothness"]
    )
    cluster = checked_array(arrays["cluster"], (items,), "ui", 256, "cluster")
    variance_ratio = tuple(float(share) for share in metadata["explained"])
    if len(variance_ratio) != 3 or len(smoothness) < 2:
        raise ValueError("explained or smoothness has another length")
    return EmbeddingMap(
        umap_2d=layout(UMAP_2D, 2),
        umap_3d=layout(UMAP_3D, 3),
        pca=layout(PCA, 3),
        layers=tuple(layout(f"layer {k}", 2) for k in range(len(smoothness) - 1)),
        cluster=cluster.astype(np.int64),
        neighbors=neighbors("neighbours"),
        explained_variance_ratio=variance_ratio,
        smoothness=smoothness,
        seed=int(metadata["seed"]),
        items_sha256=str(metadata["items"]),
        fastrp=fastrp,
        genre_probe=_decode_probe(metadata.get("genres")),
    )


def _decode_probe(values: Mapping[str, Any] | None) -> GenreProbe | None:
    if not values:
        return None
    scores = {str(name): float(score) for name, score in values["macro_f1"].items()}
    if "embedding" not in scores:
        raise ValueError("genres has no score of the embedding")
    return GenreProbe(
        int(values["titles"]), int(values["genres"]), scores, float(values["majority"]),
        float(values["always"]),
    )  # fmt: skip
