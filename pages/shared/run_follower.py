"""Following runs: their journals, read on from where the last look ended, shared by sessions."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from pages.shared.resources import recommender, stamp
from recsys.data.ratings_file import read_ratings
from recsys.errors import RecsysError
from recsys.jobs.journal import read_lines
from recsys.jobs.resource_estimate import DatasetSize, MachineSpeed, dataset_size, measured_speed
from recsys.jobs.run_folder import RunConfig, RunFolder
from recsys.jobs.run_history import RunHistory, RunStatus
from recsys.jobs.run_registry import RunRegistry
from recsys.models.checkpoint import load_checkpoint
from recsys.serving.recommender import Recommender, from_checkpoint

__all__ = [
    "FollowedRun",
    "cached_dataset_size",
    "follow_all_runs",
    "follow_run",
    "machine_speed",
    "snapshot_bundle",
]

LEARNED_FROM = 8  # runs, for how fast this machine is


@dataclass(slots=True)
class _Follower:
    """A journal read so far. Derived from the file alone, so all sessions may share it."""

    history: RunHistory = field(default_factory=RunHistory)
    offset: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read_on(self, path: Path) -> RunHistory:
        """Take in what was appended since."""
        with self.lock:
            lines, self.offset = read_lines(path, self.offset)
            self.history.fold(lines)
            return self.history


@st.cache_resource(max_entries=64, show_spinner=False)
def _follower(path: str, created: float) -> _Follower:  # noqa: ARG001 - the cache's key
    return _Follower()


@dataclass(frozen=True, slots=True)
class FollowedRun:
    """A run as it stands now."""

    run: RunFolder
    history: RunHistory
    status: RunStatus

    @property
    def alive(self) -> bool:
        """Whether a process works on it, or will."""
        return self.status in {RunStatus.running, RunStatus.waiting}


def follow_run(run: RunFolder) -> FollowedRun:
    """Look at a run, reading only what is new in its journal.

    Raises:
        TrainingError: it is gone.
    """
    created = run.config().created.timestamp()
    history = _follower(str(run.path.resolve()), created).read_on(run.events)
    return FollowedRun(run, history, RunRegistry.default().status(run, history))


def follow_all_runs() -> list[FollowedRun]:
    """Look at all runs that can be read, the newest first."""
    seen = []
    for run in RunRegistry.default().runs():
        try:
            seen.append(follow_run(run))
        except RecsysError:
            continue  # a torn order: its folder can be deleted by hand
    return seen


def machine_speed() -> MachineSpeed:
    """Return how fast this machine is, learned from its latest runs."""
    return measured_speed((one.run, one.history) for one in follow_all_runs()[:LEARNED_FROM])


@st.cache_resource(max_entries=8, show_spinner=False)
def _size(ratings: tuple[str, int], recipe: str, _config: RunConfig) -> DatasetSize:  # noqa: ARG001 - as above
    return dataset_size(read_ratings(_config.ratings).interactions, _config.settings)


def cached_dataset_size(config: RunConfig) -> DatasetSize:
    """Read an order's ratings and count what its recipe makes of them.

    Raises:
        DataError: the file cannot be used.
        TrainingError: nothing is left to learn from.
    """
    settings = config.settings
    recipe = f"{settings.data.model_dump_json()}{settings.training.seed}"
    return _size(stamp(config.ratings), recipe, config)


@st.cache_resource(max_entries=6, show_spinner=False)
def _snapshot(checkpoint: tuple[str, int], facts: str) -> Recommender:  # noqa: ARG001 - as above
    return from_checkpoint(load_checkpoint(Path(checkpoint[0]).parent), recommender().catalogue)


def snapshot_bundle(run: RunFolder, step: int) -> Recommender:
    """Return the model of a run as it stood after a step, ready to recommend from.

    Raises:
        CheckpointError: it is unusable, or was thinned out this instant.
    """
    return _snapshot(stamp(run.snapshot(step) / "card.json"), recommender().catalogue.fingerprint)
