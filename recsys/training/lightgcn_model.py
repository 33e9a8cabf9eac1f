"""LightGCN as a model of the protocol: ``fit`` trains, ``score`` and ``fold_in`` serve.

The module stands in ``recsys.training`` because fitting needs the trainer.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float32

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.errors import TrainingError
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.models.checkpoint import Checkpoint
from recsys.progress import ProgressCallback, no_progress
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline

__all__ = ["LightGCNModel"]


class LightGCNModel:
    """LightGCN with its trainer and its fold-in of new users.

    Args:
        settings: the recipe.
        epochs: passes over the data; those of the recipe by default.
        device: device that trains.
        progress: receives the step that is being trained.

    Source: He et al., SIGIR 2020, arXiv:2002.02126.
    """

    name = "lightgcn"

    def __init__(
        self,
        settings: Settings,
        *,
        epochs: float | None = None,
        device: torch.device | str = "cpu",
        progress: ProgressCallback = no_progress,
    ) -> None:
        self.settings, self.epochs, self.device = settings, epochs, device
        self.progress = progress
        self._checkpoint: Checkpoint | None = None
        self._fold_in_model: FoldInModel | None = None

    def fit(self, interactions: Interactions) -> LightGCNModel:
        """Train on a table of ratings.

        Args:
            interactions: ratings of the training users.

        Returns:
            The model itself, fitted.

        Raises:
            TrainingError: there is nothing to learn from, or the training diverged.
        """
        pipeline = TrainingPipeline(
            interactions, self.settings, device=self.device, name=self.name, epochs=self.epochs
        )
        total = 1
        for event in pipeline.run():
            if isinstance(event, events.Started):
                total = event.steps
            elif isinstance(event, events.StepCompleted):
                description = f"Training {self.name}: step {event.step:,} of {total:,}"
                self.progress(description, event.step / total)
            elif isinstance(event, events.Failed):
                raise TrainingError(f"The training of {self.name} ended: {event.reason}.")
        self._checkpoint = pipeline.checkpoint(items_only=True, half=True)
        self._fold_in_model = None
        return self

    @property
    def trained_checkpoint(self) -> Checkpoint:
        """The trained checkpoint: items only, in 16-bit numbers, as it would be served.

        Raises:
            TrainingError: ``fit`` was not called.
        """
        if self._checkpoint is None:
            raise TrainingError(f"The model {self.name} is not fitted; call fit first.")
        return self._checkpoint

    @property
    def fitted(self) -> FoldInModel:
        """The fitted model, which serves any user.

        Raises:
            TrainingError: ``fit`` was not called.
        """
        if self._fold_in_model is None:
            self._fold_in_model = FoldInModel(self.trained_checkpoint, name=self.name)
        return self._fold_in_model

    def score(self, histories: Interactions) -> Float32[np.ndarray, "users items"]:
        """Score all of ``histories.items`` for each user by fold-in; −∞ for unknown items.

        Returns:
            Scores [users × items].
        """
        return self.fitted.score(histories)

    def fold_in(self, ratings: Interactions) -> Float32[np.ndarray, "users d"]:
        """Return the estimated embedding of each user of ``ratings``."""
        return self.fitted.fold_in(ratings)
