"""Run follower: immutable snapshots of all runs; each file is read again only when it changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from pages.shared.file_cache import FileVersion, file_version, is_read_failure
from pages.shared.rerun_cache import once_per_rerun
from pages.shared.resources import recommender
from recsys.data.ratings_file import read_ratings
from recsys.errors import RecsysError, TrainingError
from recsys.jobs.journal import read_lines
from recsys.jobs.resource_estimate import dataset_size
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.run_registry import RunRegistry
from recsys.jobs.status import RunStatus
from recsys.jobs.step_time import DatasetSize, MachineSpeed, measured_speed
from recsys.models.checkpoint import load_checkpoint
from recsys.models.checkpoint_folder import CARD, read_current
from recsys.serving.recommender import Recommender

__all__ = [
    "FollowedRun",
    "active_jobs",
    "cached_dataset_size",
    "follow_all_runs",
    "follow_run",
    "machine_speed",
    "snapshot_recommender",
]

MEASURED_RUNS = 8  # the latest runs, from which the speed of this computer is estimated


@dataclass(slots=True)
class _JournalReader:
    """A journal that is read once: each call reads only what was appended since the last one."""

    history: RunHistory = field(default_factory=RunHistory)
    version: FileVersion = ("", 0, 0)
    offset: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, path: Path) -> RunHistory:
        """Return the history up to now; a history that was handed out never changes."""
        with self.lock:
            version = file_version(path)
            if version != self.version:
                lines, self.offset = read_lines(path, self.offset)
                history = self.history.snapshot()
                history.fold(lines)
                self.history, self.version = history, version
            return self.history


@st.cache_resource(max_entries=256, show_spinner=False)
def _journal_reader(path: str, created: float) -> _JournalReader:  # noqa: ARG001 - the cache's key
    return _JournalReader()


@st.cache_resource(max_entries=1024, show_spinner=False)
def _config(file: FileVersion) -> RunConfig | str:
    """Return a run's configuration, or the sentence that says why its content cannot be used."""
    try:
        return RunFolder(Path(file[0]).parent).config()
    except TrainingError as error:
        if is_read_failure(error):
            raise  # not cached: the next attempt may succeed
        return str(error)


@st.cache_resource(max_entries=1024, show_spinner=False)
def _metadata(file: FileVersion) -> RunMetadata:
    return RunFolder(Path(file[0]).parent).metadata()


@dataclass(frozen=True, slots=True)
class FollowedRun:
    """The state of a run at one moment. Immutable; all sessions share its parts.

    Attributes:
        run: the folder.
        config: the settings of the run.
        metadata: its name and note.
        history: the events up to this moment.
        status: waiting, running, stopped, failed or finished.
    """

    run: RunFolder
    config: RunConfig
    metadata: RunMetadata
    history: RunHistory
    status: RunStatus

    @property
    def key(self) -> str:
        """Name of the folder, which is unique."""
        return self.run.path.name

    @property
    def alive(self) -> bool:
        """Whether a process works on it, or will."""
        return self.status in {RunStatus.running, RunStatus.waiting}


@once_per_rerun
def active_jobs() -> list[Path]:
    """Return the folders of the runs and evaluations that a process works on, the current first."""
    return RunRegistry.default().active()


def follow_run(run: RunFolder) -> FollowedRun:
    """Return the state of a run.

    Args:
        run: its folder.

    Raises:
        TrainingError: the run was deleted, or its configuration cannot be used.
    """
    config = _config(file_version(run.path / "run.json"))
    if isinstance(config, str):
        raise TrainingError(config)
    reader = _journal_reader(str(run.path.resolve()), config.created.timestamp())
    history = reader.read(run.events)
    metadata = _metadata(file_version(run.path / "label.json"))
    return FollowedRun(
        run, config, metadata, history, RunRegistry.default().status(run, history, active_jobs())
    )


def follow_all_runs() -> list[FollowedRun]:
    """Return the state of all runs that can be read, the newest first."""
    runs = []
    for run in RunRegistry.default().runs():
        try:
            runs.append(follow_run(run))
        except RecsysError:
            continue  # an unreadable configuration; the page cannot show anything of this run
    return runs


def machine_speed(runs: Sequence[FollowedRun]) -> MachineSpeed:
    """Return the speed of this computer, estimated from its latest runs.

    Args:
        runs: all runs, the newest first.
    """
    return measured_speed((run.config, run.history) for run in runs[:MEASURED_RUNS])


@st.cache_resource(max_entries=8, show_spinner=False)
def _size(ratings: FileVersion, recipe: str, _run_config: RunConfig) -> DatasetSize:  # noqa: ARG001 - as above
    return dataset_size(read_ratings(_run_config.ratings).interactions, _run_config.settings)


def cached_dataset_size(config: RunConfig) -> DatasetSize:
    """Return the size of the training data of a run.

    Raises:
        DataError: the ratings file cannot be used.
        TrainingError: no training data is left after the filters of the settings.
    """
    settings = config.settings
    recipe = f"{settings.data.model_dump_json()}{settings.training.seed}"
    return _size(file_version(config.ratings), recipe, config)


@st.cache_resource(max_entries=6, show_spinner=False)
def _snapshot(card: FileVersion, catalogue: str) -> Recommender:  # noqa: ARG001 - as above
    return Recommender.from_checkpoint(
        load_checkpoint(Path(card[0]).parent), recommender().catalogue
    )


def snapshot_recommender(run: RunFolder, step: int) -> Recommender:
    """Return the model of a run at a snapshot, ready to recommend from.

    Raises:
        CheckpointError: it cannot be used, or the running training deleted it in this moment.
    """
    catalogue = recommender().catalogue.fingerprint
    return read_current(
        run.snapshot(step), lambda version: _snapshot(file_version(version / CARD), catalogue)
    )
