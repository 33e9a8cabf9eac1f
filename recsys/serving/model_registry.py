"""Model registry: the stored models, which of them is in use, and undo.

A chosen model is copied into a folder of its own, so that it does not change when its run goes on
or is deleted. ``in_use.json`` names the model in use and those that were in use before, for undo.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from recsys.data.catalogue import Catalogue
from recsys.errors import CheckpointError
from recsys.files import file_lock, slugify, write_json
from recsys.models.checkpoint import Checkpoint, load_checkpoint
from recsys.models.checkpoint_archive import unpack_checkpoint
from recsys.models.checkpoint_folder import (
    CARD,
    CHECKPOINT_FILES,
    is_checkpoint,
    read_current,
    resolve_checkpoint,
)
from recsys.paths import default_checkpoint, local_folder
from recsys.serving.recommender import Recommender

__all__ = ["ModelRegistry"]

SHIPPED = ""  # stands for the shipped model in in_use.json
UNDO_STEPS = 20


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """The models of this installation.

    Attributes:
        folder: holds the copied models and ``in_use.json``.
        shipped: folder of the shipped model.
    """

    folder: Path
    shipped: Path

    @classmethod
    def default(cls) -> ModelRegistry:
        """Return the registry of the app."""
        return cls(local_folder() / "models", default_checkpoint())

    def in_use(self) -> Path:
        """Return the folder of the model in use."""
        return self._folder_of(self._history()[-1])

    def history(self) -> tuple[Path, ...]:
        """Return the folders of the models that were in use, the present one last."""
        return tuple(self._folder_of(name) for name in self._history())

    def listed(self) -> list[Path]:
        """Return the folders of all models, the shipped one first, then the newest."""
        times: dict[Path, float] = {}
        for path in self.folder.glob("[!.]*"):
            with suppress(CheckpointError, OSError):  # no checkpoint, or removed meanwhile
                times[path] = read_current(path, _card_time)
        return [self.shipped, *sorted(times, key=times.__getitem__, reverse=True)]

    def use(self, checkpoint: Path, catalogue: Catalogue) -> Path:
        """Check a model, copy it, and make it the model in use.

        Args:
            checkpoint: folder of a run's or an uploaded checkpoint, or one of ``listed()``.
            catalogue: must match the model.

        Returns:
            The folder of the copy.

        Raises:
            CheckpointError: the model is unusable or cannot be copied; the model in use is
                unchanged.
        """
        name = read_current(checkpoint, lambda version: self._stored_name(version, catalogue))
        with self._locked():
            history = self._history()
            if history[-1] != name:
                self._write([*history, name])
        return self._folder_of(name)

    def previous(self) -> Path | None:
        """Return the folder of the model that undo would bring back; None where there is none."""
        history = self._history()
        return self._folder_of(history[-2]) if len(history) > 1 else None

    def undo(self) -> Path:
        """Make the previous model the model in use again.

        Returns:
            The folder of the model in use.

        Raises:
            CheckpointError: the choice cannot be written; the model in use is unchanged.
        """
        with self._locked():
            history = self._history()
            if len(history) > 1:
                self._write(history[:-1])
            return self.in_use()

    def add(self, files: Mapping[str, bytes]) -> Path:
        """Store an uploaded checkpoint.

        Args:
            files: content by file name: one zip file, or the card and the tensors.

        Returns:
            The folder of the stored model.

        Raises:
            CheckpointError: the files are no checkpoint, or were altered; nothing was stored.
        """
        try:
            with self._temporary_folder() as temporary:
                model = unpack_checkpoint(files, temporary / "checkpoint")
                folder = self.folder / _folder_name(model)
                _store(temporary / "checkpoint", folder, model.content_hash)
        except OSError as error:
            raise CheckpointError(
                f"The upload could not be stored in {self.folder} ({error.strerror}); nothing was "
                "stored. Free some space, or check the permissions of the folder."
            ) from None
        return folder

    def _stored_name(self, checkpoint: Path, catalogue: Catalogue) -> str:
        """Check a model, copy it if no intact copy is stored yet, and return its name."""
        model = load_checkpoint(checkpoint)
        Recommender.from_checkpoint(model, catalogue, device="cpu")
        if checkpoint == resolve_checkpoint(self.shipped):
            return SHIPPED
        name = _folder_name(model)
        if not _is_intact(self.folder / name, model.content_hash):
            self._copy(checkpoint, self.folder / name, model.content_hash)
        return name

    def _copy(self, checkpoint: Path, folder: Path, content_hash: str) -> None:
        try:
            with self._temporary_folder() as temporary:
                copy = temporary / "checkpoint"
                copy.mkdir()
                for name in CHECKPOINT_FILES:
                    if (checkpoint / name).exists():
                        shutil.copy2(checkpoint / name, copy / name)
                _store(copy, folder, content_hash)
        except OSError as error:
            raise CheckpointError(
                f"The model could not be copied to {folder} ({error.strerror}); the model in use "
                "is unchanged. Free some space, or check the permissions of the folder."
            ) from None

    @contextmanager
    def _temporary_folder(self) -> Iterator[Path]:
        """Make a folder with a unique name beside the models; it is removed afterwards."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as name:
            yield Path(name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of ``in_use.json``, so that no two choices overwrite each other.

        Raises:
            CheckpointError: another process holds the lock for too long, or the folder cannot be
                written; the model in use is unchanged.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with file_lock(self.folder / "in_use.json"):
                yield
        except OSError as error:
            raise CheckpointError(
                f"The choice could not be written to {self.folder} ({error.strerror}); the model "
                "in use is unchanged. Check the permissions of the folder and the free space."
            ) from None

    def _folder_of(self, name: str) -> Path:
        return self.folder / name if name else self.shipped

    def _history(self) -> list[str]:
        """Return the names of the models that were in use, the one in use now last."""
        try:
            stored = json.loads((self.folder / "in_use.json").read_bytes())["chosen"]
            names = [name for name in stored if isinstance(name, str)]
        except (OSError, ValueError, KeyError, TypeError):
            names = []
        usable = [name for name in names if not name or self._is_stored(name)]
        return usable or [SHIPPED]

    def _is_stored(self, name: str) -> bool:
        """Say whether a name is that of a stored model; a path is never followed."""
        return Path(name).name == name and is_checkpoint(self.folder / name)

    def _write(self, names: list[str]) -> None:
        write_json(self.folder / "in_use.json", {"chosen": names[-UNDO_STEPS:]})


def _folder_name(model: Checkpoint) -> str:
    return f"{slugify(model.name)}-{model.content_hash[:8]}"


def _card_time(version: Path) -> float:
    return (version / CARD).stat().st_mtime


def _is_intact(folder: Path, content_hash: str) -> bool:
    """Return whether a folder holds a certain model, with all its bytes unchanged."""
    try:
        return load_checkpoint(folder).content_hash == content_hash
    except CheckpointError:
        return False


def _store(source: Path, folder: Path, content_hash: str) -> None:
    """Rename a new copy of a model to its folder; a damaged copy is replaced, an intact one stays.

    Args:
        source: the new copy, in a temporary folder; a damaged copy is moved beside it.
        folder: of the stored model.
        content_hash: of the model.

    Raises:
        OSError: the folder cannot be written, or is locked for too long.
    """
    with file_lock(folder.with_name("copies")):  # several processes may store the same model
        if _is_intact(folder, content_hash):
            return
        with suppress(FileNotFoundError):  # there is no copy yet
            folder.rename(source.with_name("damaged"))
        source.rename(folder)
