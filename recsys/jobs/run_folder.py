"""The run folder: one training on disk, and all that processes share of it.

::

    run.json            what was asked for; written once (``RunConfig``)
    label.json          name and note, which a person may change
    events.jsonl        what happened, append-only (``recsys.jobs.journal``)
    state.safetensors   the last state and the best model so far, to go on from
    cancel              its presence asks the worker to stop
    snapshots/          the anime's layers at evaluations, each a checkpoint without people
    checkpoint/         the model, once the run has ended with one
    worker.log          what the worker's process printed

Whether a run is running, stopped, failed or finished is stored nowhere; it follows from the lock
and the journal (``recsys.jobs.run_history``).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.config import Settings
from recsys.errors import TrainingError
from recsys.files import slugify, write_json

__all__ = ["RunConfig", "RunFolder", "RunMetadata", "new_folder_name"]

# settings of how people were folded in before estimators: runs of that time are still shown
RETIRED = {"item_exponent", "prior_strength", "prior_halfway", "prior_fall", "direct_low",
           "direct_high", "direct_halfway"}  # fmt: skip
ORDER, LABEL = "run.json", "label.json"


class RunConfig(BaseModel):
    """What was asked for: with it alone a run can be made again.

    Attributes:
        ratings: file or stored table to learn from.
        data: what a person calls it.
        catalogue: leave out ratings of anime that it lacks.
        preset: that the settings came from.
        settings: the whole recipe.
        validation: share of each person's likes that is held out while the best step is looked for;
            0 trains on everything at once.
        refit: train on everything again once the best step is found; else its model is the result.
        baselines: measure Popularity, Item-KNN and EASE on the same split.
        device: ``cpu``, ``cuda`` or ``mps``.
        threads: of the CPU.
        items_only: leave the people out of the checkpoint.
        half: store 16-bit numbers.
        draw_map: draw the map once the model is there, in a process of its own.
        out: a second place for the checkpoint.
        group: runs of one comparison have the same.
        created: when it was ordered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ratings: Path
    data: str
    catalogue: Path | None = None
    preset: str
    settings: Settings
    validation: float = Field(0.1, ge=0, lt=1)
    refit: bool = True
    baselines: bool = True
    device: str = "cpu"
    threads: int = Field(1, ge=1)
    items_only: bool = True
    half: bool = True
    draw_map: bool = False
    out: Path | None = None
    group: str | None = None
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))


class RunMetadata(BaseModel):
    """What a person calls a run, and remembers of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=80)
    note: str = Field("", max_length=2000)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The places of one run.

    Attributes:
        path: the folder.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, config: RunConfig, metadata: RunMetadata) -> RunFolder:
        """Make the folder with its order; the order is written last, and makes it a run.

        Raises:
            TrainingError: something is there already, or it cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise TrainingError(
                    f"The folder {path} is not empty; nothing was started and nothing changed. "
                    "Choose a new folder, or go on with: python -m recsys runs resume."
                )
            run = cls(path)
            run.write_metadata(metadata)
            write_json(path / ORDER, config.model_dump(mode="json"))
        except OSError as error:
            raise TrainingError(
                f"The run folder {path} cannot be written ({error.strerror}); nothing was started."
            ) from None
        return run

    @property
    def events(self) -> Path:
        """Place of the journal."""
        return self.path / "events.jsonl"

    @property
    def state(self) -> Path:
        """Place of the state to go on from."""
        return self.path / "state.safetensors"

    @property
    def cancel(self) -> Path:
        """Place of the marker that asks the worker to stop."""
        return self.path / "cancel"

    @property
    def checkpoint(self) -> Path:
        """Place of the model."""
        return self.path / "checkpoint"

    @property
    def log(self) -> Path:
        """Place of what the worker printed."""
        return self.path / "worker.log"

    def snapshot(self, step: int) -> Path:
        """Return the place of the model as it stood after a step."""
        return self.path / "snapshots" / f"{step:08d}"

    def snapshots(self) -> list[int]:
        """Return the steps of which a snapshot is kept, ascending."""
        return sorted(
            int(one.name) for one in (self.path / "snapshots").glob("*") if one.name.isdigit()
        )

    def is_run(self) -> bool:
        """Say whether an order is there."""
        return (self.path / ORDER).is_file()

    def config(self) -> RunConfig:
        """Read what was asked for.

        Raises:
            TrainingError: it is missing or torn.
        """
        try:
            told = json.loads((self.path / ORDER).read_bytes())
            for name in RETIRED & set(told["settings"].get("serving", {})):
                del told["settings"]["serving"][name]
            return RunConfig.model_validate(told)
        except FileNotFoundError:
            raise TrainingError(
                f"There is no run in {self.path} (it has no {ORDER}). Give a folder that "
                "python -m recsys train --run-folder, or the app, made."
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            what = "it is torn"
            if isinstance(error, OSError):
                what = str(error.strerror)
            elif isinstance(error, ValidationError):
                what = error.errors()[0]["msg"]
            raise TrainingError(
                f"The order {self.path / ORDER} cannot be used ({what}). Nothing was changed; the "
                "run can still be deleted, or its model used."
            ) from None

    def metadata(self) -> RunMetadata:
        """Read name and note; the folder's name where none can be read."""
        try:
            return RunMetadata.model_validate_json((self.path / LABEL).read_bytes())
        except (OSError, ValidationError):
            return RunMetadata(name=self.path.name[:80] or "run")

    def write_metadata(self, metadata: RunMetadata) -> None:
        """Give it another name or note.

        Raises:
            OSError: it cannot be written; the old ones are kept.
        """
        write_json(self.path / LABEL, metadata.model_dump())


def new_folder_name(label: str, moment: datetime) -> str:
    """Return a folder name that sorts by time and can be read: 20261124-191500-quick-look-3f1a."""
    return f"{moment:%Y%m%d-%H%M%S}-{slugify(label)}-{secrets.token_hex(2)}"
