"""A checkpoint as one file to hand on, and back: a zip of its card and tensors, nothing else."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from recsys.errors import CheckpointError
from recsys.models.checkpoint import CARD, ITEMS, USERS, Checkpoint, load_checkpoint

__all__ = ["CHECKPOINT_FILES", "pack_checkpoint", "unpack_checkpoint"]

CHECKPOINT_FILES = (CARD, ITEMS, USERS, "projection.safetensors", "evaluations.json")
MOST_BYTES = 4 * 2**30


def pack_checkpoint(folder: Path) -> bytes:
    """Return a checkpoint as a zip file.

    Raises:
        CheckpointError: there is none, or it cannot be read.
    """
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name in CHECKPOINT_FILES:
                if (folder / name).exists():
                    archive.write(folder / name, name)
    except OSError as error:
        raise CheckpointError(f"The checkpoint {folder} cannot be read ({error}).") from None
    return out.getvalue()


def unpack_checkpoint(files: Mapping[str, bytes], folder: Path) -> Checkpoint:
    """Write an uploaded checkpoint to a new folder, once it is whole and of the known parts only.

    Args:
        files: by name: one zip file, or the card and tensors themselves.
        folder: does not exist yet.

    Raises:
        CheckpointError: a part is foreign, missing, torn or altered; no folder is left behind.
    """
    parts: dict[str, bytes] = {}
    for name, data in files.items():
        parts |= _unzipped(name, data) if name.lower().endswith(".zip") else {name: data}
    foreign = sorted(name for name in parts if name not in CHECKPOINT_FILES)
    if foreign or CARD not in parts or ITEMS not in parts:
        what = f"it holds {foreign[0]!r}" if foreign else f"it lacks {CARD} or {ITEMS}"
        raise CheckpointError(
            f"This is no checkpoint: {what}. A checkpoint is {CARD} and {ITEMS}, and where they "
            f"are there {', '.join(CHECKPOINT_FILES[2:])}, as files or in a zip. Nothing was kept."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".upload-", dir=folder.parent) as name:
        beside = Path(name) / "checkpoint"
        beside.mkdir()
        for part, data in parts.items():
            (beside / part).write_bytes(data)
        try:
            checkpoint = load_checkpoint(beside)
        except CheckpointError as error:
            told = str(error).replace(f"{beside}/", "").replace(str(beside), "the upload")
            raise CheckpointError(f"{told} Nothing was kept.") from None
        beside.rename(folder)
    return checkpoint


def _unzipped(name: str, data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if sum(one.file_size for one in members) > MOST_BYTES:
                raise CheckpointError(
                    f"{name} would unpack to more than {MOST_BYTES // 2**30} GiB. Nothing was kept."
                )
            # a folder around the parts is fine; whatever the path says, nothing is written by it
            return {
                Path(one.filename).name: archive.read(one)
                for one in members
                if not one.filename.startswith("__MACOSX/")
            }
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise CheckpointError(
            f"{name} is no readable zip file ({error}). Nothing was kept."
        ) from None
