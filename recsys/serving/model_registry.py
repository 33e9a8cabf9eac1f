"""Which model answers: the one that ships, or one that was chosen; and those to choose among.

A chosen model is copied into a folder of its own, so that it stays what it was when its run goes on
or is deleted. ``in_use.json`` names it, and those that were in use before, for undo.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recsys.data.catalogue import Catalogue
from recsys.errors import CheckpointError
from recsys.files import slugify, write_json
from recsys.models.checkpoint import load_checkpoint
from recsys.models.checkpoint_archive import CHECKPOINT_FILES, unpack_checkpoint
from recsys.paths import default_checkpoint, local_folder
from recsys.serving.recommender import from_checkpoint

__all__ = ["ModelRegistry"]

SHIPPED = ""  # names the model that ships
REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """The models of this installation.

    Attributes:
        folder: of the copies, with ``in_use.json``.
        shipped: checkpoint of the model that ships.
    """

    folder: Path
    shipped: Path

    @classmethod
    def default(cls) -> ModelRegistry:
        """Return those that the app serves."""
        return cls(local_folder() / "models", default_checkpoint())

    def in_use(self) -> Path:
        """Return the checkpoint that answers."""
        return self._place(self._chosen()[-1])

    def listed(self) -> list[Path]:
        """Return all checkpoints to choose among, the one that ships first, then the newest."""
        copies = [one for one in self.folder.glob("*") if (one / "card.json").exists()]
        copies = [one for one in copies if not one.name.startswith(".")]
        copies.sort(key=lambda one: (one / "card.json").stat().st_mtime, reverse=True)
        return [self.shipped, *copies]

    def use(self, checkpoint: Path, catalogue: Catalogue) -> Path:
        """Check a checkpoint, keep a copy of it, and let it answer from now on.

        Args:
            checkpoint: of a run, an upload, or one of ``listed()``.
            catalogue: that it has to fit.

        Returns:
            The place of the copy.

        Raises:
            CheckpointError: it is unusable, or cannot be copied; the model in use stays.
        """
        model = load_checkpoint(checkpoint)
        from_checkpoint(model, catalogue)
        if checkpoint == self.shipped:
            name = SHIPPED
        else:
            name = f"{slugify(model.name)}-{model.content_hash[:8]}"
            self._copy(checkpoint, self.folder / name)
        chosen = self._chosen()
        if chosen[-1] != name:
            self._choose([*chosen, name])
        return self._place(name)

    def previous(self) -> Path | None:
        """Return the checkpoint that undo would put back in use, if there is one."""
        chosen = self._chosen()
        return self._place(chosen[-2]) if len(chosen) > 1 else None

    def undo(self) -> Path:
        """Put the model back in use that answered before; returns its place."""
        chosen = self._chosen()
        if len(chosen) > 1:
            self._choose(chosen[:-1])
        return self.in_use()

    def add(self, files: Mapping[str, bytes]) -> Path:
        """Keep an uploaded checkpoint, to choose later; returns its place.

        Args:
            files: by name: a zip file, or the card and the tensors.

        Raises:
            CheckpointError: it is no checkpoint, or altered; nothing was kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        arriving = self.folder / ".arriving"
        shutil.rmtree(arriving, ignore_errors=True)
        model = unpack_checkpoint(files, arriving)
        place = self.folder / f"{slugify(model.name)}-{model.content_hash[:8]}"
        if place.exists():
            shutil.rmtree(arriving)
        else:
            arriving.rename(place)
        return place

    def _copy(self, checkpoint: Path, place: Path) -> None:
        if place.exists() or place == checkpoint:
            return  # of the same content: its name holds the key
        beside = place.with_name(f".{place.name}")
        try:
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(parents=True)
            for part in CHECKPOINT_FILES:
                if (checkpoint / part).exists():
                    shutil.copy2(checkpoint / part, beside / part)
            beside.rename(place)
        except OSError as error:
            raise CheckpointError(
                f"The model could not be copied to {place} ({error.strerror}); the model in use "
                "was not changed."
            ) from None

    def _place(self, name: str) -> Path:
        return self.folder / name if name else self.shipped

    def _chosen(self) -> list[str]:
        """Return the models in the order they came in use; the one that ships is the first."""
        try:
            told = json.loads((self.folder / "in_use.json").read_bytes())["chosen"]
            names = [name for name in told if isinstance(name, str)]
        except (OSError, ValueError, KeyError, TypeError):
            names = []
        there = [name for name in names if (self._place(name) / "card.json").exists() or not name]
        return there or [SHIPPED]

    def _choose(self, names: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            write_json(self.folder / "in_use.json", {"chosen": names[-REMEMBERED:]})
        except OSError as error:
            raise CheckpointError(
                f"The choice could not be written ({error.strerror}); the model in use stays."
            ) from None
