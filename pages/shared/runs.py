"""Following runs: their journals, read on from where the last look ended, shared by sessions."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from pages.shared.resources import bundle, stamp
from recsys.data.ratings_file import read_ratings
from recsys.errors import RecsysError
from recsys.model.checkpoint import load_checkpoint
from recsys.serving.bundle import Bundle, join
from recsys.training.history import History, Standing
from recsys.training.journal import read_lines
from recsys.training.place import Place
from recsys.training.preflight import Size, Speed, measured_speed, size_of
from recsys.training.run_folder import Order, RunFolder

__all__ = ["Seen", "look", "look_at_all", "size", "snapshot_bundle", "speed"]

LEARNED_FROM = 8  # runs, for how fast this machine is


@dataclass(slots=True)
class _Follower:
    """A journal read so far. Derived from the file alone, so all sessions may share it."""

    history: History = field(default_factory=History)
    offset: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read_on(self, path: Path) -> History:
        """Take in what was appended since."""
        with self.lock:
            lines, self.offset = read_lines(path, self.offset)
            self.history.fold(lines)
            return self.history


@st.cache_resource(max_entries=64, show_spinner=False)
def _follower(path: str, created: float) -> _Follower:  # noqa: ARG001 - the cache's key
    return _Follower()


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it stands now."""

    run: RunFolder
    history: History
    standing: Standing

    @property
    def alive(self) -> bool:
        """Whether a process works on it, or will."""
        return self.standing in {Standing.running, Standing.waiting}


def look(run: RunFolder) -> Seen:
    """Look at a run, reading only what is new in its journal.

    Raises:
        TrainingError: it is gone.
    """
    created = run.order().created.timestamp()
    history = _follower(str(run.path.resolve()), created).read_on(run.events)
    return Seen(run, history, Place.default().standing(run, history))


def look_at_all() -> list[Seen]:
    """Look at all runs that can be read, the newest first."""
    seen = []
    for run in Place.default().runs():
        try:
            seen.append(look(run))
        except RecsysError:
            continue  # a torn order: its folder can be deleted by hand
    return seen


def speed() -> Speed:
    """Return how fast this machine is, learned from its latest runs."""
    return measured_speed((one.run, one.history) for one in look_at_all()[:LEARNED_FROM])


@st.cache_resource(max_entries=8, show_spinner=False)
def _size(ratings: tuple[str, int], recipe: str, _order: Order) -> Size:  # noqa: ARG001 - as above
    return size_of(read_ratings(_order.ratings).interactions, _order.settings)


def size(order: Order) -> Size:
    """Read an order's ratings and count what its recipe makes of them.

    Raises:
        DataError: the file cannot be used.
        TrainingError: nothing is left to learn from.
    """
    settings = order.settings
    recipe = f"{settings.data.model_dump_json()}{settings.training.seed}"
    return _size(stamp(order.ratings), recipe, order)


@st.cache_resource(max_entries=6, show_spinner=False)
def _snapshot(checkpoint: tuple[str, int], facts: str) -> Bundle:  # noqa: ARG001 - as above
    return join(load_checkpoint(Path(checkpoint[0]).parent), bundle().catalogue)


def snapshot_bundle(run: RunFolder, step: int) -> Bundle:
    """Return the model of a run as it stood after a step, ready to recommend from.

    Raises:
        CheckpointError: it is unusable, or was thinned out this instant.
    """
    return _snapshot(stamp(run.snapshot(step) / "card.json"), bundle().catalogue.fingerprint)
