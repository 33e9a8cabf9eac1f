"""From a table of ratings to a checkpoint: the verb behind ``train``, the page and the scripts."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.data.split import sample_items, split_edges_per_user
from recsys.errors import TrainingError
from recsys.model.checkpoint import Checkpoint
from recsys.training import events
from recsys.training.objective import Objective
from recsys.training.processes import ALONE, Processes
from recsys.training.trainer import Trainer

__all__ = ["Fit", "likes_of"]

LIBRARIES = ("torch", "numpy", "safetensors", "scikit-learn", "polars")


def likes_of(ratings: Interactions, settings: Settings) -> Interactions:
    """Return the training edges of a table of ratings: sample, core, likes, no empty rows.

    Raises:
        TrainingError: nothing is left.
    """
    data = settings.data
    table = ratings
    if data.sample_items < 1:
        rng = np.random.default_rng(settings.training.seed)
        table = sample_items(table, data.sample_items, rng)
    if data.core > 1:
        table = table.core(data.core)
    likes = table.likes(data.like_at).without_empty()
    if len(likes) == 0:
        raise TrainingError(
            f"No rating of {data.like_at:g} or more is left of {len(ratings)} rows (core "
            f"{data.core}); there is nothing to learn from and nothing was started."
        )
    return likes


@dataclass(slots=True)
class Fit:
    """One training from ratings to a checkpoint.

    With a validation share the run holds it out of each person's likes, stops early on it, and then
    trains again on everything for the steps found.

    Attributes:
        ratings: all rows of the file.
        settings: the recipe.
        validation: share of each person's likes to hold out; 0 trains on everything at once.
        device: where to compute.
        name: of the checkpoint.
        start: pretrained E⁰ of the users and items of ``likes_of(ratings)``, or none.
        state: file for the state at each evaluation, or none; a run goes on from one that is there.
            With validation the second training keeps its own beside it, named ``.refit``.
        processes: those that train together.
    """

    ratings: Interactions
    settings: Settings
    validation: float = 0.0
    device: torch.device | str = "cpu"
    name: str = "LightGCN"
    start: Float[Tensor, "nodes d"] | None = None
    state: Path | None = None
    processes: Processes = ALONE
    trainer: Trainer | None = None
    found: dict[str, Any] | None = None

    def run(self, cancelled: Callable[[], bool] = lambda: False) -> Iterator[events.Event]:
        """Train; yields the events of the run, and with validation those of the second one too.

        Raises:
            TrainingError: there is nothing to learn from.
        """
        likes = likes_of(self.ratings, self.settings)
        steps = None
        if self.validation > 0:
            rng = np.random.default_rng([self.settings.training.seed, 1])
            train, held_out = split_edges_per_user(likes, self.validation, rng)
            self.trainer = self._trainer(train, self.state, validation=held_out)
            last: events.Event | None = None
            for last in self.trainer.run(cancelled):
                yield last
            if not isinstance(last, events.Finished):
                return
            state = self.trainer.state
            # the whole table has more edges: as many passes over it, not as many steps
            epochs = state.best_step / self.trainer.objective.steps_per_epoch
            self.found = {
                "held_out": self.validation,
                "ndcg@20": state.best_ndcg,
                "best_step": state.best_step,
                "best_epoch": epochs,
            }
            steps = round(epochs * Objective(likes, self.settings.training).steps_per_epoch)
        second = self.state if self.found is None else self._refit_state()
        self.trainer = self._trainer(likes, second, steps=steps)
        yield from self.trainer.run(cancelled)

    def _trainer(self, likes: Interactions, state: Path | None, **more: Any) -> Trainer:
        return Trainer(
            likes,
            self.settings,
            device=self.device,
            start=self.start,
            state_path=state,
            processes=self.processes,
            **more,
        )

    def _refit_state(self) -> Path | None:
        return None if self.state is None else self.state.with_name(self.state.name + ".refit")

    def checkpoint(self, *, items_only: bool = False, half: bool = False) -> Checkpoint:
        """Return the model of the best step, ready to save.

        Args:
            items_only: leave the people out.
            half: store 16-bit numbers.

        Raises:
            TrainingError: nothing was trained.
        """
        if self.trainer is None:
            raise TrainingError("Nothing was trained, so there is no model to save.")
        trainer, table = self.trainer, self.trainer.interactions
        dtype = np.float16 if half else np.float32
        with torch.no_grad():
            model = trainer.best()
            layers = model.item_layers().cpu().numpy().astype(dtype)
            people = None if items_only else model()[0].cpu().numpy().astype(dtype)
        card = {
            "name": self.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": {
                "fingerprint": self.ratings.fingerprint(),
                "ratings": len(self.ratings),
                "users": len(table.users),
                "anime": len(table.items),
                "likes": len(table),
            },
            "training": {"steps": trainer.state.best_step, "validation": self.found},
            "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        }
        return Checkpoint(
            table.items,
            layers,
            table.item_degrees,
            self.settings,
            card,
            None if items_only else table.users,
            people,
        )
