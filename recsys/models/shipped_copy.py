"""The writable copy of the shipped checkpoint: it holds the user's results of the shipped model.

Nothing may write to the files of an installed package. So its checkpoint is copied to the folder
of the user's data before the first map or evaluation is stored. The folder of the copy is named
after the seal of the card, so an update of the package with another model makes another copy. In a
checkout the checkpoint itself is writable, and no copy is made.
"""

from __future__ import annotations

from pathlib import Path

from recsys.errors import CheckpointError
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import (
    CHECKPOINT_FILES,
    is_checkpoint,
    read_current,
    write_checkpoint_files,
)
from recsys.paths import is_package_data, local_folder

__all__ = ["readable_checkpoint", "writable_checkpoint"]


def readable_checkpoint(folder: Path) -> Path:
    """Return the writable copy of a checkpoint where one was made; else the checkpoint's folder.

    Args:
        folder: of a checkpoint, which may be part of an installed package.

    Returns:
        The folder with all results of the model.

    Raises:
        CheckpointError: the card of a shipped checkpoint cannot be used.
    """
    if not is_package_data(folder):
        return folder
    copy = _copy_of(folder)
    return copy if is_checkpoint(copy) else folder


def writable_checkpoint(folder: Path) -> Path:
    """Return the folder in which results of a checkpoint are stored; copy it there if needed.

    Args:
        folder: of a checkpoint, which may be part of an installed package.

    Returns:
        The folder of the copy; ``folder`` itself where it is no part of an installed package.

    Raises:
        CheckpointError: a shipped checkpoint cannot be read or copied.
    """
    readable = readable_checkpoint(folder)
    if not is_package_data(readable):
        return readable
    copy = _copy_of(folder)
    try:
        files = read_current(
            folder,
            lambda version: {
                name: (version / name).read_bytes()
                for name in CHECKPOINT_FILES
                if (version / name).exists()
            },
        )
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_checkpoint_files(copy, files)
    except OSError as error:
        raise CheckpointError(
            f"The shipped model could not be copied to {copy} ({error.strerror}), so no results "
            "can be stored; nothing was started. Free some space, or check the permissions."
        ) from None
    return copy


def _copy_of(folder: Path) -> Path:
    return local_folder() / "shipped_model" / str(read_card(folder)["seal"])[:16]
