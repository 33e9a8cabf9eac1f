"""Checkpoint card: the JSON description of a model, protected by a checksum.

The card names the settings, the training data, the metrics with their protocol, the versions of
the libraries, and the SHA-256 of each tensor file. Its field ``seal`` is the SHA-256 of all other
fields, so one changed byte in any file of a checkpoint is detected.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, ValidationError

from recsys.errors import CheckpointError
from recsys.models.checkpoint_folder import CARD, read_current

__all__ = ["card_checksum", "encode_card", "read_card", "read_file", "sha256_hex"]

FORMAT = 2  # 2: with the user estimator; models of format 1 were served by other equations


class _Part(BaseModel):
    """A part of a card; a card comes from an upload, so the types of what is shown are checked."""

    model_config = ConfigDict(strict=True, extra="allow")


class _Data(_Part):
    fingerprint: str = ""
    ratings: NonNegativeInt = 0
    users: NonNegativeInt = 0
    anime: NonNegativeInt = 0
    likes: NonNegativeInt = 0


class _Training(_Part):
    steps: NonNegativeInt = 0


class _Metrics(_Part):
    precision: FiniteFloat = Field(alias="precision@20")


class _Methods(_Part):
    lightgcn: Annotated[dict[str, _Metrics], Field(min_length=1)]  # by number of given likes


class _NewUsers(_Part):
    people: NonNegativeInt
    methods: _Methods


class _Figures(_Part):
    new_users: _NewUsers | None = Field(None, alias="new-people")


class _Card(_Part):
    name: str = ""
    created: str = ""
    data: _Data = _Data()
    training: _Training = _Training()
    figures: _Figures = _Figures()


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of some bytes as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def card_checksum(card: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all fields of a card but ``seal``; equal for equal models."""
    fields = {name: value for name, value in card.items() if name != "seal"}
    return sha256_hex(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode())


def encode_card(card: Mapping[str, Any]) -> bytes:
    """Return the content of ``card.json``: the fields of a card, with format and checksum.

    Args:
        card: settings, SHA-256 of the tensor files, and any other facts that JSON can represent.
    """
    full = {**card, "format": FORMAT}
    full["seal"] = card_checksum(full)
    return (json.dumps(full, indent=1, ensure_ascii=False) + "\n").encode()


def read_card(folder: Path) -> Mapping[str, Any]:
    """Read and check the card of a checkpoint, without its tensors.

    Args:
        folder: the checkpoint's folder.

    Returns:
        The fields of the card.

    Raises:
        CheckpointError: the card is missing, damaged, changed, or of another format, or a part of
            it has the wrong type.
    """
    return read_current(folder, _read_card)


def _read_card(folder: Path) -> Mapping[str, Any]:
    try:
        card = json.loads(read_file(folder / CARD))
        intact = isinstance(card, dict) and card.get("seal") == card_checksum(card)
    except (ValueError, RecursionError):
        intact = False
    if not intact:
        raise CheckpointError(
            f"The card {folder / CARD} is damaged or was changed (its checksum does not match); "
            "the model was not loaded. Copy the checkpoint again from its source."
        )
    if card.get("format") != FORMAT:
        raise CheckpointError(
            f"The checkpoint {folder} has the format {card.get('format')}, and this version reads "
            f"the format {FORMAT}; the model was not loaded. Update the app or train the model "
            "again."
        )
    try:
        _Card.model_validate(card)
    except ValidationError as error:
        first = error.errors()[0]
        part = ".".join(str(name) for name in first["loc"])
        raise CheckpointError(
            f"The checkpoint {folder} has a missing or invalid part ({part:.80} in its card: "
            f"{first['msg'][:1].lower()}{first['msg'][1:]}); the model was not loaded."
        ) from None
    fields: Mapping[str, Any] = card
    return fields


def read_file(path: Path) -> bytes:
    """Read a file of a checkpoint.

    Args:
        path: the file, in the folder of a version.

    Returns:
        Its content.

    Raises:
        CheckpointError: it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CheckpointError(
            f"There is no {path.name} in {path.parent}, so there is no model to load. Give the "
            "folder of a checkpoint, or train a model with: python -m recsys train."
        ) from error
    except OSError as error:
        raise CheckpointError(f"The file {path} cannot be read ({error.strerror}).") from error
