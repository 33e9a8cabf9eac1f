"""From a table of ratings to a checkpoint: the verb behind ``train``, the page and the scripts."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.errors import TrainingError
from recsys.models.checkpoint import Checkpoint
from recsys.models.lightgcn import LightGCN
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.training import events
from recsys.training.dataset_preparation import hold_out_likes, training_likes
from recsys.training.distributed import SINGLE_PROCESS, Processes
from recsys.training.objective import Objective
from recsys.training.trainer import Trainer

__all__ = ["TrainingPipeline"]

LIBRARIES = ("torch", "numpy", "safetensors", "scikit-learn", "polars")


@dataclass(slots=True)
class TrainingPipeline:
    """One training from ratings to a checkpoint.

    With a validation share the run holds it out of each person's likes, stops early on it, and then
    trains again on everything for the steps found, unless it is told not to.

    Attributes:
        ratings: all rows of the file.
        settings: the recipe.
        validation: share of each person's likes to hold out; 0 trains on everything at once.
        refit: train again on everything.
        epochs: passes over the data of a training without validation; the recipe's where it is
            none. The step size falls as it would along all of the recipe's.
        device: where to compute.
        name: of the checkpoint.
        start: pretrained E⁰ of the users and items of ``training_likes(ratings)``, or none.
        state: file for the state at each evaluation, or none; a run goes on from one that is there.
            With validation the second training keeps its own beside it, named ``.refit``.
        processes: those that train together.
        trainer: the one at work, or the last one.
        found: what the first training found, once it is over.
        fingerprint: of the ratings.
        part: ``search`` while the best step is looked for, ``final`` while all likes are learned.
    """

    ratings: Interactions
    settings: Settings
    validation: float = 0.0
    device: torch.device | str = "cpu"
    name: str = "LightGCN"
    start: Float[Tensor, "nodes d"] | None = None
    state: Path | None = None
    processes: Processes = SINGLE_PROCESS
    refit: bool = True
    epochs: float | None = None
    trainer: Trainer | None = None
    found: dict[str, Any] | None = None
    part: str = "final"
    fingerprint: str = field(init=False)
    _first: Trainer | None = field(init=False, default=None)  # kept where no state is

    def __post_init__(self) -> None:
        self.fingerprint = self.ratings.fingerprint()

    def run(self, cancelled: Callable[[], bool] = lambda: False) -> Iterator[events.Event]:
        """Train; yields the events of the run, and with validation those of the second one too.

        Raises:
            TrainingError: there is nothing to learn from.
        """
        likes = training_likes(self.ratings, self.settings)
        epochs = self.epochs
        if self.validation > 0 and not self.refit:
            self.trainer = self._searching(likes)
            yield from self.trainer.run(cancelled)
            return
        if self.validation > 0:
            self.part = "search"
            self.trainer = self._searching(likes)
            last: events.Event | None = None
            for last in self.trainer.run(cancelled):
                yield last
            if not isinstance(last, events.Finished):
                return
            self._first = self.trainer if self.state is None else None
            state = self.trainer.state
            # the whole table has more edges: as many passes over it, not as many steps
            epochs = state.best_step / self.trainer.objective.steps_per_epoch
            self.found = {
                "held_out": self.validation,
                "ndcg@20": state.best_ndcg,
                "best_step": state.best_step,
                "best_epoch": epochs,
            }
        self.part = "final"
        second = self.state if self.found is None else self._refit_state()
        self.trainer = self._trainer(likes, second, steps=self._steps(likes, epochs))
        yield from self.trainer.run(cancelled)

    def _steps(self, likes: Interactions, epochs: float | None) -> int | None:
        if epochs is None:
            return None
        return max(1, round(epochs * Objective(likes, self.settings.training).steps_per_epoch))

    def _searching(self, likes: Interactions) -> Trainer:
        train, held_out = hold_out_likes(likes, self.validation, self.settings)
        return self._trainer(train, self.state, validation=held_out)

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

    @property
    def kept_step(self) -> int:
        """The step of the model that ``checkpoint`` returns; 0 where none was reached yet."""
        if self.trainer is None:
            return 0
        found = self._cut_short
        return int(found["best_step"]) if found else self.trainer.state.best_step

    @property
    def _cut_short(self) -> dict[str, Any] | None:
        """What the first training found, where the second one has not come to its end."""
        trainer = self.trainer
        return self.found if trainer and trainer.state.step < trainer.steps else None

    def checkpoint(self, *, items_only: bool = False, half: bool = False) -> Checkpoint:
        """Return the model of the best step, ready to save.

        Where a second training was ended early, that is the best of the first one, read back from
        its state where it has one: all likes after a few steps teach less than most of them after
        enough.

        Args:
            items_only: leave the people out.
            half: store 16-bit numbers.

        Raises:
            TrainingError: nothing was trained.
        """
        if self.trainer is None:
            raise TrainingError("Nothing was trained, so there is no model to save.")
        trainer = self.trainer
        if self._cut_short:
            trainer = self._first or self._searching(training_likes(self.ratings, self.settings))
        return self._packed(trainer, trainer.best(), trainer.state.best_step, items_only, half)

    def snapshot(self) -> Checkpoint:
        """Return the anime of the model as it stands, in 16-bit numbers, ready to save.

        Raises:
            TrainingError: nothing was trained.
        """
        if self.trainer is None:
            raise TrainingError("Nothing was trained, so there is no model to look at.")
        return self._packed(self.trainer, self.trainer.model, self.trainer.state.step, True, True)

    def _packed(
        self, trainer: Trainer, model: LightGCN, step: int, items_only: bool, half: bool
    ) -> Checkpoint:
        table = trainer.interactions
        dtype = np.float16 if half else np.float32
        with torch.no_grad():
            layers = model.item_layers().cpu().numpy().astype(dtype)
            people, anime = (part.cpu().numpy() for part in model())
        fitted = UserEmbeddingEstimator.of(anime, people, table)
        card = {
            "name": self.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": {
                "fingerprint": self.fingerprint,
                "ratings": len(self.ratings),
                "users": len(table.users),
                "anime": len(table.items),
                "likes": len(table),
            },
            "training": {"steps": step, "validation": self.found},
            "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        }
        return Checkpoint(
            table.items,
            layers,
            table.item_degrees,
            # as it will be read back, so that what is measured is what is served
            UserEmbeddingEstimator.of_arrays(fitted.arrays(np.dtype(dtype)), layers.shape[2]),
            self.settings,
            card,
            None if items_only else table.users,
            None if items_only else people.astype(dtype),
        )
