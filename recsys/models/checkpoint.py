"""Checkpoints: the trained models that serving loads, as safetensors and a JSON card.

A checkpoint holds ``card.json``, ``items.safetensors`` (item ids, degrees, the layers E_i^(0..K) in
row order, and the user estimator) and optionally ``users.safetensors`` (user ids and embeddings).
The card names the SHA-256 of each tensor file. Loading needs no torch and executes nothing from the
files; every shape and number is checked before it is used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int64, Shaped
from safetensors import SafetensorError
from safetensors.numpy import load, save

from recsys.config import Settings
from recsys.data.ids import IdMap
from recsys.errors import CheckpointError, DataError, SettingsError
from recsys.models.checkpoint_card import encode_card, read_card, read_file, sha256_hex
from recsys.models.checkpoint_folder import (
    CARD,
    ITEMS,
    USERS,
    is_checkpoint,
    read_current,
    write_checkpoint_files,
)
from recsys.models.user_estimator import UserEmbeddingEstimator

__all__ = ["Checkpoint", "check_writable", "load_checkpoint", "save_checkpoint"]

_Arrays = dict[str, Shaped[np.ndarray, "..."]]


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A trained model as it is stored.

    Attributes:
        items: ids of the items, in row order.
        layers: E_i^(0..K) of the items, [K + 1 × items × d], float16 or float32.
        degrees: d_i, number of likes of each item in the training graph.
        estimator: estimates the embedding of a new user from liked items.
        settings: all settings of the model, the training and the serving.
        card: facts about the training: name, data, metrics with their protocol, versions.
        users: ids of the users, or None if the checkpoint holds items only.
        user_embeddings: Σ_k α_k E_u^(k) of the users, [users × d], or None.
        content_hash: first 16 hex digits of the card's checksum, equal for equal models; empty for
            a model that was not loaded from a file.
    """

    items: IdMap
    layers: Float[np.ndarray, "layers_plus_one items d"]
    degrees: Int64[np.ndarray, " items"]
    estimator: UserEmbeddingEstimator
    settings: Settings
    card: Mapping[str, Any]
    users: IdMap | None = None
    user_embeddings: Float[np.ndarray, "users d"] | None = None
    content_hash: str = ""

    @property
    def name(self) -> str:
        """Display name of the model."""
        return str(self.card.get("name", "unnamed"))


def check_writable(folder: Path) -> None:
    """Check that a checkpoint can be written to a folder, before it is computed.

    Args:
        folder: missing, empty, or a checkpoint that is to be replaced.

    Raises:
        CheckpointError: the folder cannot be written, or holds other files and no checkpoint.
    """
    try:
        # in this order: another process may complete the first version meanwhile
        is_occupied = folder.exists() and any(folder.iterdir())
        replaced = is_occupied and is_checkpoint(folder)
        if is_occupied and not replaced:
            raise CheckpointError(
                f"The folder {folder} holds other files and no checkpoint; nothing was written. "
                "Choose an empty folder."
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = folder if replaced else folder.parent
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=beside):
            pass
    except OSError as error:
        raise _not_written(folder, error) from None


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically; it replaces a previous one in the same folder.

    A concurrent reader gets the previous checkpoint or the new one, see
    ``recsys.models.checkpoint_folder``.

    Args:
        folder: missing, empty, or a checkpoint.
        checkpoint: its card may hold anything that JSON can represent; the format, the hashes, the
            settings and the seal are added here.

    Raises:
        CheckpointError: the folder cannot be written, or holds other files and no checkpoint. A
            previous checkpoint is unchanged.
    """
    check_writable(folder)
    tensors = {
        ITEMS: {
            "anime_id": checkpoint.items.ids.astype(np.int64),
            "degrees": checkpoint.degrees.astype(np.int64),
            "layers": np.ascontiguousarray(checkpoint.layers),
            **checkpoint.estimator.to_arrays(checkpoint.layers.dtype),
        }
    }
    if checkpoint.users is not None and checkpoint.user_embeddings is not None:
        tensors[USERS] = {
            "embeddings": np.ascontiguousarray(checkpoint.user_embeddings),
            **_packed_ids(checkpoint.users),
        }
    files = {name: save(content) for name, content in tensors.items()}
    files[CARD] = encode_card(
        {
            **checkpoint.card,
            "settings": checkpoint.settings.model_dump(mode="json"),
            "tensors": {name: {"sha256": sha256_hex(data)} for name, data in files.items()},
        }
    )
    try:
        write_checkpoint_files(folder, files)
    except OSError as error:
        raise _not_written(folder, error) from None


def _not_written(folder: Path, error: OSError) -> CheckpointError:
    previous = (
        "The previous checkpoint is unchanged." if is_checkpoint(folder) else "Nothing was written."
    )
    return CheckpointError(
        f"The checkpoint {folder} cannot be written ({error.strerror}). {previous} Check that the "
        "folder is writable and that the disk has free space."
    )


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read and check a checkpoint.

    Args:
        folder: the checkpoint's folder.

    Returns:
        The current version; all its files belong together, even if the checkpoint is replaced
        while it is read.

    Raises:
        CheckpointError: a file is missing, damaged, changed or of another format, or the tensors do
            not fit together.
    """
    return read_current(folder, _load)


def _load(folder: Path) -> Checkpoint:
    card = read_card(folder)
    try:
        hashes = {name: str(card["tensors"][name]["sha256"])
                  for name in (ITEMS, USERS) if name in card["tensors"]}  # fmt: skip
        settings = Settings.checked(card["settings"], str(folder / CARD))
        tensors = {name: _read_tensors(folder / name, sha256) for name, sha256 in hashes.items()}
        arrays = tensors[ITEMS]
        items, layers, degrees = IdMap(arrays["anime_id"]), arrays["layers"], arrays["degrees"]
        estimator = UserEmbeddingEstimator.from_arrays(arrays, settings.model.dimension)
        users, embeddings = None, None
        if USERS in tensors:
            users, embeddings = _unpacked_ids(tensors[USERS]), tensors[USERS]["embeddings"]
    except (KeyError, TypeError, AttributeError, ValueError, DataError, SettingsError) as error:
        raise CheckpointError(
            f"The checkpoint {folder} has a missing or invalid part ({error}); the model was not "
            "loaded."
        ) from None
    d = settings.model.dimension
    problem = (
        _problem("item ids", items.ids, (len(items),), "i", least=0)
        or _problem("degrees", degrees, (len(items),), "i", least=0)
        or _problem("layers", layers, (settings.model.layers + 1, len(items), d), "f")
        or (users and _problem("user embeddings", embeddings, (len(users), d), "f"))
    )
    if problem:
        raise CheckpointError(
            f"The checkpoint {folder} is inconsistent: {problem}. The model was not loaded."
        )
    return Checkpoint(
        items, layers, degrees, estimator, settings, card, users, embeddings,
        str(card["seal"])[:16],
    )  # fmt: skip


def _problem(
    name: str, array: Any, shape: tuple[int, ...], kind: str, least: int | None = None
) -> str | None:
    """Say what is wrong with an array that was read; None where nothing is.

    Args:
        name: of the array, for the message.
        array: what was read.
        shape: that its settings and ids require.
        kind: ``i`` for integers, ``f`` for finite floating-point numbers.
        least: smallest number that is allowed.
    """
    if array.shape != shape:
        return f"its {name} have the shape {array.shape}, its settings and ids require {shape}"
    if array.dtype.kind != kind:
        return f"its {name} are of the type {array.dtype}"
    if kind == "f" and not np.isfinite(array).all():
        return f"its {name} hold NaN or infinity"
    if least is not None and array.size and array.min() < least:
        return f"its {name} hold the number {array.min()}, which is below {least}"
    return None


def _read_tensors(path: Path, expected: str) -> _Arrays:
    data = read_file(path)
    if sha256_hex(data) != expected:
        raise CheckpointError(
            f"The file {path} is damaged or was changed (its SHA-256 is not the one in the card); "
            "the model was not loaded. Copy the checkpoint again from its source."
        )
    try:
        tensors: _Arrays = load(data)
    except SafetensorError as error:
        raise CheckpointError(
            f"The file {path} is not a safetensors file ({error}); the model was not loaded."
        ) from None
    return tensors


def _packed_ids(ids: IdMap) -> _Arrays:
    """Return ids as tensors: integers as they are, texts as UTF-8 bytes separated by newlines."""
    if ids.ids.dtype.kind == "i":
        return {"user_id": ids.ids}
    text = "\n".join(str(name).replace("\n", " ") for name in ids.ids)
    return {"user_names": np.frombuffer(text.encode(), dtype=np.uint8)}


def _unpacked_ids(tensors: _Arrays) -> IdMap:
    """Return the ids that ``_packed_ids`` stored."""
    if "user_id" in tensors:
        return IdMap(tensors["user_id"])
    return IdMap(tensors["user_names"].tobytes().decode().split("\n"))
