"""Checkpoints: what serving loads. Tensors in safetensors, a sealed JSON card, never a pickle.

A folder holds ``card.json``, ``items.safetensors`` (the anime ids, degrees and layers E_i^(0..K) in
row order, and what folds new people in) and, where the people were kept, ``users.safetensors``
(their ids and embeddings). The card names the SHA-256 of each tensor file and seals itself, so that
one flipped byte anywhere is found. Reading needs neither torch nor trust: nothing in a checkpoint
can run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
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
from recsys.errors import CheckpointError, SettingsError
from recsys.models.user_estimator import UserEmbeddingEstimator

__all__ = ["Checkpoint", "check_writable", "load_checkpoint", "read_card", "save_checkpoint"]

FORMAT = 2  # 2: with the estimator; models of format 1 served by other equations
CARD, ITEMS, USERS = "card.json", "items.safetensors", "users.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A trained model, as it is on disk.

    Attributes:
        items: ids of the items, in row order.
        layers: E_i^(0..K) of the items, float16 or float32.
        degrees: d_i, likes of each item in the training graph.
        estimator: from what a new person likes to their embedding.
        settings: the whole recipe, serving included.
        card: facts about the training: name, data, figures with their protocol, versions.
        users: ids of the people, or none where they were left out.
        user_embeddings: their embeddings Σ_k α_k E_u^(k).
        content_hash: first 16 hex digits of the card's SHA-256; equal for equal models.
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
        """Name of the model, for people."""
        return str(self.card.get("name", "unnamed"))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sealed(card: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in card.items() if name != "seal"}
    return _sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode())


def check_writable(folder: Path) -> None:
    """Check that a checkpoint can be written there, before hours are spent on computing it.

    Raises:
        CheckpointError: the folder cannot be written, or holds something that is no checkpoint.
    """
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / CARD).exists():
            raise CheckpointError(
                f"The folder {folder} holds other files and no checkpoint; nothing was written. "
                "Choose an empty folder."
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent):
            pass
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {folder} cannot be written ({error.strerror}); what was there is kept."
        ) from None


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint: into a folder beside it, synced, then renamed in its place.

    A reader sees the old checkpoint or the new one, never half. ``checkpoint.card`` may hold
    anything JSON can; format, hashes, settings and seal are added here.

    Raises:
        CheckpointError: the folder cannot be written, or holds something that is no checkpoint.
    """
    check_writable(folder)
    tensors = {
        ITEMS: {
            "anime_id": checkpoint.items.ids.astype(np.int64),
            "degrees": checkpoint.degrees.astype(np.int64),
            "layers": np.ascontiguousarray(checkpoint.layers),
            **checkpoint.estimator.arrays(checkpoint.layers.dtype),
        }
    }
    if checkpoint.users is not None and checkpoint.user_embeddings is not None:
        tensors[USERS] = {
            "embeddings": np.ascontiguousarray(checkpoint.user_embeddings),
            **_packed_ids(checkpoint.users),
        }
    files = {name: save(content) for name, content in tensors.items()}
    card = {
        **checkpoint.card,
        "format": FORMAT,
        "settings": checkpoint.settings.model_dump(mode="json"),
        "tensors": {name: {"sha256": _sha256(data)} for name, data in files.items()},
    }
    card["seal"] = _sealed(card)
    files[CARD] = (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode()
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        beside.chmod(0o755)
        for name, data in files.items():
            with (beside / name).open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
        _swap(beside, folder)
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {folder} cannot be written ({error.strerror}); what was there is kept."
        ) from None


def _swap(beside: Path, folder: Path) -> None:
    """Rename ``beside`` to ``folder``; a folder in its place steps aside first, then goes."""
    old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    beside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _packed_ids(ids: IdMap) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Store integer ids as they are, text ids as UTF-8 bytes between newlines."""
    if ids.ids.dtype.kind == "i":
        return {"user_id": ids.ids}
    text = "\n".join(str(name).replace("\n", " ") for name in ids.ids)
    return {"user_names": np.frombuffer(text.encode(), dtype=np.uint8)}


def read_card(folder: Path) -> Mapping[str, Any]:
    """Read and check a checkpoint's card alone: its name, figures and settings.

    Raises:
        CheckpointError: it is missing, torn, altered, or of another format.
    """
    card_bytes = _bytes(folder, CARD)
    try:
        card = json.loads(card_bytes)
        sealed = isinstance(card, dict) and card.get("seal") == _sealed(card)
    except ValueError:
        sealed = False
    if not sealed:
        raise CheckpointError(
            f"The card {folder / CARD} is torn or was altered (its seal does not fit); the model "
            "was not loaded. Restore the folder from where it came."
        )
    if card.get("format") != FORMAT:
        raise CheckpointError(
            f"The checkpoint {folder} has the format {card.get('format')}, this version reads "
            f"{FORMAT}; the model was not loaded. Update the app or train the model again."
        )
    read: Mapping[str, Any] = card
    return read


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read and check a checkpoint.

    Raises:
        CheckpointError: it is missing, torn, altered, or of another format.
    """
    card = read_card(folder)
    try:
        told = card["tensors"]  # only our own two are read, whatever else it points at
        hashes = {name: str(told[name]["sha256"]) for name in (ITEMS, USERS) if name in told}
        settings = Settings.checked(card["settings"], str(folder / CARD))
        tensors = {name: _tensors(folder, name, sha256) for name, sha256 in hashes.items()}
        items = tensors[ITEMS]
        ids, layers, degrees = IdMap(items["anime_id"]), items["layers"], items["degrees"]
        estimator = UserEmbeddingEstimator.of_arrays(items, settings.model.dimension)
        users, embeddings = None, None
        if USERS in tensors:
            users, embeddings = _unpacked_ids(tensors[USERS]), tensors[USERS]["embeddings"]
    except (KeyError, TypeError, AttributeError, ValueError, SettingsError) as error:
        raise CheckpointError(
            f"The checkpoint {folder} lacks a part ({error}); the model was not loaded."
        ) from None
    expected = (settings.model.layers + 1, len(ids), settings.model.dimension)
    if layers.shape != expected or degrees.shape != (len(ids),):
        raise CheckpointError(
            f"The checkpoint {folder} does not fit itself: its layers are {layers.shape}, its "
            f"settings and ids say {expected} (layers, items, d). The model was not loaded."
        )
    return Checkpoint(
        ids, layers, degrees, estimator, settings, card, users, embeddings,
        str(card["seal"])[:16],
    )  # fmt: skip


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise CheckpointError(
            f"There is no {name} in {folder}, so there is no model to load. Give the folder of a "
            "checkpoint, or make one with: python -m recsys train."
        ) from None
    except OSError as error:
        raise CheckpointError(
            f"The file {folder / name} cannot be read ({error.strerror})."
        ) from None


def _tensors(folder: Path, name: str, expected: str) -> dict[str, Shaped[np.ndarray, "..."]]:
    data = _bytes(folder, name)
    if _sha256(data) != expected:
        raise CheckpointError(
            f"The file {folder / name} is torn or was altered (its SHA-256 is not the card's); the "
            "model was not loaded. Restore the folder from where it came."
        )
    try:
        tensors: dict[str, Shaped[np.ndarray, "..."]] = load(data)
    except SafetensorError as error:
        raise CheckpointError(
            f"The file {folder / name} is no safetensors file ({error})."
        ) from None
    return tensors


def _unpacked_ids(tensors: Mapping[str, Shaped[np.ndarray, "..."]]) -> IdMap:
    if "user_id" in tensors:
        return IdMap(tensors["user_id"])
    return IdMap(tensors["user_names"].tobytes().decode().split("\n"))
