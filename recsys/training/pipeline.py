"""The training pipeline: from a table of ratings to a checkpoint.

The CLI, the page Training, the library and the scripts train with this class.
"""

from __future__ import annotations

import importlib.metadata
import logging
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
from recsys.training.dataset_preparation import can_hold_out, hold_out_likes, training_likes
from recsys.training.distributed import SINGLE_PROCESS, ProcessGroup
from recsys.training.objective import Objective
from recsys.training.trainer import Trainer

__all__ = ["TrainingPipeline", "refit_state_path"]

LIBRARIES = ("torch", "numpy", "safetensors", "scikit-learn", "polars")
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class TrainingPipeline:
    """One training from ratings to a checkpoint.

    With a validation share the pipeline has two parts. The part ``search`` trains on the likes
    that are not held out and finds the best step. The part ``final`` trains again on all likes for
    as many epochs. Without refit, or without a validation share, there is one training, whose part
    is ``final``.

    Attributes:
        ratings: all rows of the ratings file.
        settings: the settings of data, model, training and serving.
        validation: share of each user's likes to hold out; 0 trains on all likes at once, and so
            does a share that holds out nothing, with a warning in the log.
        device: where to compute.
        name: name of the checkpoint.
        start: pretrained E⁰ of the users and items of ``training_likes(ratings)``, or none.
        state: file for the state, or none; a training continues from one that exists. The final
            part has a file of its own (``refit_state_path``).
        process_group: the processes that train together.
        refit: train again on all likes.
        epochs: number of epochs of a training without validation; that of the settings where none
            is given. The schedule of the learning rate stays that of the settings.
        trainer: the current trainer, or the last one.
        search_result: what the part ``search`` found, once it has finished.
        part: the current part, ``search`` or ``final``.
        fingerprint: of the ratings.
    """

    ratings: Interactions
    settings: Settings
    validation: float = 0.0
    device: torch.device | str = "cpu"
    name: str = "LightGCN"
    start: Float[Tensor, "nodes d"] | None = None
    state: Path | None = None
    process_group: ProcessGroup = SINGLE_PROCESS
    refit: bool = True
    epochs: float | None = None
    trainer: Trainer | None = None
    search_result: dict[str, Any] | None = None
    part: str = "final"
    fingerprint: str = field(init=False)
    _search_trainer: Trainer | None = field(init=False, default=None)  # only without a state file

    def __post_init__(self) -> None:
        self.fingerprint = self.ratings.fingerprint()

    def run(self, stop_requested: Callable[[], bool] = lambda: False) -> Iterator[events.Event]:
        """Train.

        Args:
            stop_requested: called before each step.

        Yields:
            The events of ``Trainer.run``; with two parts, first those of ``search`` and then those
            of ``final``.

        Raises:
            TrainingError: there is nothing to learn from.
        """
        likes = training_likes(self.ratings, self.settings)
        epochs = self.epochs
        if self.validation > 0 and not can_hold_out(likes, self.validation):
            logger.warning(
                "No user has enough likes to hold out %.0f%% of them for validation, so all likes "
                "are trained on at once.", 100 * self.validation,
            )  # fmt: skip
            self.validation = 0.0
        if self.validation > 0 and not self.refit:
            self.trainer = self._validated_trainer(likes)
            yield from self.trainer.run(stop_requested)
            return
        if self.validation > 0:
            self.part = "search"
            self.trainer = self._validated_trainer(likes)
            last: events.Event | None = None
            for last in self.trainer.run(stop_requested):
                yield last
            if not isinstance(last, events.Finished):
                return
            self._search_trainer = self.trainer if self.state is None else None
            state = self.trainer.state
            # all likes make more steps per epoch, so the number of epochs is kept, not of steps
            epochs = state.best_step / self.trainer.objective.steps_per_epoch
            self.search_result = {
                "held_out": self.validation,
                "ndcg@20": state.best_ndcg,
                "best_step": state.best_step,
                "best_epoch": epochs,
            }
        self.part = "final"
        state_path = self.state
        if self.search_result is not None and self.state is not None:
            state_path = refit_state_path(self.state)
        self.trainer = self._trainer(likes, state_path, steps=self._steps(likes, epochs))
        yield from self.trainer.run(stop_requested)

    def _steps(self, likes: Interactions, epochs: float | None) -> int | None:
        if epochs is None:
            return None
        return max(1, round(epochs * Objective(likes, self.settings.training).steps_per_epoch))

    def _validated_trainer(self, likes: Interactions) -> Trainer:
        train, held_out = hold_out_likes(likes, self.validation, self.settings)
        return self._trainer(train, self.state, validation=held_out)

    def _trainer(self, likes: Interactions, state_path: Path | None, **options: Any) -> Trainer:
        return Trainer(
            likes, self.settings,
            device=self.device, start=self.start, state_path=state_path,
            process_group=self.process_group, **options,
        )  # fmt: skip

    @property
    def kept_step(self) -> int:
        """The step of the model that ``checkpoint`` returns; 0 where there is none yet."""
        if self.trainer is None:
            return 0
        if self.search_result is not None and self._final_incomplete:
            return int(self.search_result["best_step"])
        return self.trainer.state.best_step

    @property
    def _final_incomplete(self) -> bool:
        """Whether the part ``final`` was ended early, after a search."""
        trainer = self.trainer
        return (
            self.search_result is not None
            and trainer is not None
            and trainer.state.step < trainer.steps
        )

    def checkpoint(self, *, items_only: bool = False, half: bool = False) -> Checkpoint:
        """Return the model of the best step as a checkpoint.

        Where the part ``final`` was ended early, this is the best model of ``search``: a few steps
        on all likes teach less than enough steps on most of them.

        Args:
            items_only: leave out the user embeddings.
            half: store 16-bit numbers.

        Returns:
            The checkpoint, ready to be saved.

        Raises:
            TrainingError: nothing was trained.
        """
        if self.trainer is None:
            raise TrainingError("Nothing was trained, so there is no model to save.")
        trainer = self.trainer
        if self._final_incomplete:
            trainer = self._search_trainer or self._validated_trainer(
                training_likes(self.ratings, self.settings)
            )
        return self._pack(trainer, trainer.best(), trainer.state.best_step, items_only, half)

    def snapshot(self) -> Checkpoint:
        """Return the items of the current model as a checkpoint of 16-bit numbers.

        Raises:
            TrainingError: nothing was trained.
        """
        if self.trainer is None:
            raise TrainingError("Nothing was trained, so there is no model to look at.")
        return self._pack(self.trainer, self.trainer.model, self.trainer.state.step, True, True)

    def _pack(
        self, trainer: Trainer, model: LightGCN, step: int, items_only: bool, half: bool
    ) -> Checkpoint:
        likes = trainer.interactions
        dtype = np.float16 if half else np.float32
        with torch.no_grad():
            layers = model.item_layers().cpu().numpy().astype(dtype)
            users, items = (part.cpu().numpy() for part in model())
        estimator = UserEmbeddingEstimator.fit(items, users, likes)
        card = {
            "name": self.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": {
                "fingerprint": self.fingerprint,
                "ratings": len(self.ratings),
                "users": len(likes.users),
                "anime": len(likes.items),
                "likes": len(likes),
            },
            "training": {"steps": step, "validation": self.search_result},
            "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        }
        return Checkpoint(
            likes.items,
            layers,
            likes.item_degrees,
            # rounded as on disk, so that the evaluated model is the one that is served
            UserEmbeddingEstimator.from_arrays(
                estimator.to_arrays(np.dtype(dtype)), layers.shape[2]
            ),
            self.settings,
            card,
            None if items_only else likes.users,
            None if items_only else users.astype(dtype),
        )


def refit_state_path(state: Path) -> Path:
    """Return the path of the state of the part ``final``, beside that of ``search``."""
    return state.with_name(state.name + ".refit")
