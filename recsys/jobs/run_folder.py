"""The run folder: one training on disk, shared by all processes that deal with it.

::

    run.json            the configuration (``RunConfig``), written once
    label.json          name and note (``RunMetadata``), which a person may change
    ratings.json        the drop report: rows of the ratings file that are in use, and the others
    events.jsonl        the journal (``recsys.jobs.journal``), append-only
    state.safetensors   the last state and the best model so far, from which a run can resume
    cancel              its presence asks the worker to stop
    snapshots/          the item layers at evaluations, each a checkpoint without users
    checkpoint/         the model, once the run has ended with one
    worker.log          the output of the worker process

The status of a run is stored nowhere; it follows from the lock and the journal
(``recsys.jobs.run_history``).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from recsys.data.drop_report import DropReport
from recsys.errors import TrainingError
from recsys.files import slugify, write_json
from recsys.jobs.run_config import RunConfig, RunMetadata

__all__ = ["RunFolder", "new_folder_name"]

# serving settings of versions before user estimators: runs of that time can still be shown
RETIRED_SETTINGS = {"item_exponent", "prior_strength", "prior_halfway", "prior_fall", "direct_low",
                    "direct_high", "direct_halfway"}  # fmt: skip
CONFIG, METADATA, REPORT = "run.json", "label.json", "ratings.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: the folder.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, config: RunConfig, metadata: RunMetadata) -> RunFolder:
        """Create the folder; the configuration is written last and makes it a run.

        Args:
            path: an empty or missing folder.
            config: the configuration.
            metadata: name and note.

        Returns:
            The run.

        Raises:
            TrainingError: the folder is not empty or cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise TrainingError(
                    f"The folder {path} is not empty; nothing was started and nothing changed. "
                    "Choose a new folder, or continue its run with: python -m recsys runs resume."
                )
            run = cls(path)
            run.write_metadata(metadata)
            write_json(path / CONFIG, config.model_dump(mode="json"))
        except OSError as error:
            raise TrainingError(
                f"The run folder {path} cannot be written ({error.strerror}); nothing was started."
            ) from None
        return run

    @property
    def events(self) -> Path:
        """Path of the journal."""
        return self.path / "events.jsonl"

    @property
    def state(self) -> Path:
        """Path of the state from which the run can resume."""
        return self.path / "state.safetensors"

    @property
    def cancel(self) -> Path:
        """Path of the marker that asks the worker to stop."""
        return self.path / "cancel"

    @property
    def checkpoint(self) -> Path:
        """Folder of the model."""
        return self.path / "checkpoint"

    @property
    def log(self) -> Path:
        """Path of the worker's output."""
        return self.path / "worker.log"

    def snapshot(self, step: int) -> Path:
        """Return the folder of the model after a step."""
        return self.path / "snapshots" / f"{step:08d}"

    def snapshots(self) -> list[int]:
        """Return the steps whose snapshots are kept, ascending."""
        folders = (self.path / "snapshots").glob("*")
        return sorted(int(folder.name) for folder in folders if folder.name.isdigit())

    def is_run(self) -> bool:
        """Return whether the folder holds a configuration."""
        return (self.path / CONFIG).is_file()

    def config(self) -> RunConfig:
        """Return the configuration, read from its file.

        Raises:
            TrainingError: the file is missing or damaged.
        """
        try:
            values = json.loads((self.path / CONFIG).read_bytes())
            for name in RETIRED_SETTINGS & set(values["settings"].get("serving", {})):
                del values["settings"]["serving"][name]
            return RunConfig.model_validate(values)
        except FileNotFoundError as error:
            raise TrainingError(
                f"There is no run in {self.path} (it has no {CONFIG}). Give a folder that "
                "python -m recsys train --run-folder, or the app, made."
            ) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = "the file is damaged"
            if isinstance(error, OSError):
                reason = str(error.strerror)
            elif isinstance(error, ValidationError):
                reason = error.errors()[0]["msg"]
            raise TrainingError(
                f"The configuration {self.path / CONFIG} cannot be used ({reason}). Nothing was "
                "changed; the run can still be deleted, or its model used."
            ) from error

    def threads(self) -> int:
        """Return the number of CPU threads; 1 where the configuration cannot be read."""
        try:
            return self.config().threads
        except TrainingError:
            return 1

    def metadata(self) -> RunMetadata:
        """Return name and note; the folder's name where they cannot be read."""
        try:
            return RunMetadata.model_validate_json((self.path / METADATA).read_bytes())
        except (OSError, ValidationError):
            return RunMetadata(name=self.path.name[:80] or "run")

    def write_metadata(self, metadata: RunMetadata) -> None:
        """Change name and note.

        Raises:
            OSError: the file cannot be written; the previous name and note are unchanged.
        """
        write_json(self.path / METADATA, metadata.model_dump())

    def drop_report(self) -> DropReport | None:
        """Return what was read from the ratings file; none in a run of an earlier version."""
        try:
            values = json.loads((self.path / REPORT).read_bytes())
            dropped = {str(reason): int(rows) for reason, rows in values["dropped"].items()}
            return DropReport(
                str(values["source"]), int(values["read"]), int(values["kept"]), dropped
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write_drop_report(self, report: DropReport) -> None:
        """Store what was read from the ratings file.

        Raises:
            OSError: the file cannot be written.
        """
        write_json(self.path / REPORT, report.to_dict())


def new_folder_name(name: str, moment: datetime) -> str:
    """Return a readable folder name that sorts by time, like 20261124-191500-quick-look-3f1a."""
    return f"{moment:%Y%m%d-%H%M%S}-{slugify(name)}-{secrets.token_hex(2)}"
