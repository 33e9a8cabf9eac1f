"""Checkpoint archives: a checkpoint as one zip file, for download and upload.

The zip holds the files of the current version and nothing else. An upload is checked completely
before it is stored; a damaged or foreign one is refused in one sentence.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

from recsys.errors import CheckpointError
from recsys.files import atomic_folder
from recsys.models.checkpoint import Checkpoint, load_checkpoint
from recsys.models.checkpoint_folder import CARD, CHECKPOINT_FILES, ITEMS, read_current

__all__ = ["pack_checkpoint", "unpack_checkpoint"]

MAX_UNPACKED_BYTES = 4 * 2**30
# everything that zipfile and its decompressors raise for a damaged or unsupported file
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
    RuntimeError, ValueError, IndexError, MemoryError,
)  # fmt: skip


def pack_checkpoint(folder: Path) -> bytes:
    """Return a checkpoint as a zip file.

    Args:
        folder: the checkpoint's folder.

    Returns:
        The content of the zip file: card, tensors, and the map and evaluations if there are any.

    Raises:
        CheckpointError: the folder holds no checkpoint, or it cannot be read.
    """
    try:
        return read_current(folder, _pack)
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {folder} cannot be read ({error.strerror})."
        ) from None


def _pack(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in CHECKPOINT_FILES:
            if name == CARD or (folder / name).exists():
                archive.write(folder / name, name)
    return buffer.getvalue()


def unpack_checkpoint(files: Mapping[str, bytes], folder: Path) -> Checkpoint:
    """Write an uploaded checkpoint to a new folder, after all of it has been checked.

    Args:
        files: content by file name: one zip file, or the card and the tensors themselves.
        folder: the folder to create; its parent is created too.

    Returns:
        The checkpoint.

    Raises:
        CheckpointError: a file is foreign, missing, damaged or changed, or cannot be written; no
            folder is left behind.
    """
    parts = _parts(files)
    foreign = sorted(name for name in parts if name not in CHECKPOINT_FILES)
    if foreign or CARD not in parts or ITEMS not in parts:
        reason = f"it holds {foreign[0]!r}" if foreign else f"it lacks {CARD} or {ITEMS}"
        raise CheckpointError(
            f"This is no checkpoint: {reason}. A checkpoint is {CARD} and {ITEMS}, and optionally "
            f"{', '.join(CHECKPOINT_FILES[2:])}, as files or in a zip. Nothing was stored."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with atomic_folder(folder) as temporary:
            for name, data in parts.items():
                (temporary / name).write_bytes(data)
            try:
                return load_checkpoint(temporary)
            except CheckpointError as error:
                message = str(error).replace(f"{temporary}/", "")
                message = message.replace(str(temporary), "in the upload")
                raise CheckpointError(f"{message} Nothing was stored.") from None
    except OSError as error:
        raise CheckpointError(
            f"The upload cannot be written to {folder} ({error.strerror}). Nothing was stored."
        ) from None


def _parts(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a checkpoint by name; zip files are unpacked."""
    parts: dict[str, bytes] = {}
    for name, data in files.items():
        unpacked = _unzip(name, data) if name.lower().endswith(".zip") else {name: data}
        for part, content in unpacked.items():
            if part in parts:
                raise CheckpointError(f"The upload holds {part} twice. Nothing was stored.")
            parts[part] = content
    return parts


def _unzip(name: str, data: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
                raise CheckpointError(
                    f"{name} would unpack to more than {MAX_UNPACKED_BYTES // 2**30} GiB. Nothing "
                    "was stored."
                )
            for member in members:
                if member.filename.startswith("__MACOSX/"):
                    continue
                # a folder around the files is allowed: only the last part of a path counts
                part = PureWindowsPath(member.filename).name
                if part in parts:
                    raise CheckpointError(f"{name} holds {part} twice. Nothing was stored.")
                parts[part] = archive.read(member)
    except ZIP_ERRORS as error:
        reason = str(error) or type(error).__name__
        raise CheckpointError(
            f"{name} is no readable zip file ({reason}). Nothing was stored."
        ) from None
    return parts
