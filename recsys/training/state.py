"""The state of a training: all that a resumed run needs to go on with the same bits."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from recsys.errors import TrainingError
from recsys.files import atomic_path

__all__ = ["State"]


@dataclass(slots=True)
class State:
    """Parameters and optimiser of the last step, and the best model so far.

    Attributes:
        base: E⁰ after ``step`` steps.
        mean, square: Adam's running means of the gradient and of its square.
        best: E⁰ of the best evaluation, or of the last good step where nothing was evaluated.
        step: steps done.
        best_step: steps done when ``best`` was taken.
        best_ndcg: NDCG@20 of ``best``; −1 before the first evaluation.
        waited: evaluations since.
        first_loss: loss of the first step; a run far above it has diverged.
        recipe: fingerprint of settings and data; a state resumes only the run that it came from.
    """

    base: Float[Tensor, "nodes d"]
    mean: Float[Tensor, "nodes d"]
    square: Float[Tensor, "nodes d"]
    best: Float[Tensor, "nodes d"]
    step: int = 0
    best_step: int = 0
    best_ndcg: float = -1.0
    waited: int = 0
    first_loss: float = float("nan")
    recipe: str = ""

    @classmethod
    def fresh(cls, base: Float[Tensor, "nodes d"], recipe: str) -> State:
        """Return the state before the first step."""
        return cls(
            base.clone(),
            torch.zeros_like(base),
            torch.zeros_like(base),
            base.clone(),
            recipe=recipe,
        )

    def mapped(self, change: Callable[[Tensor], Tensor]) -> State:
        """Return the state with each of its tensors changed: a part of it, or the whole."""
        return replace(
            self,
            base=change(self.base),
            mean=change(self.mean),
            square=change(self.square),
            best=change(self.best),
        )

    def save(self, path: Path) -> None:
        """Write the state beside ``path`` and rename: a reader sees the old one or the new one.

        Raises:
            TrainingError: it cannot be written; the old one is kept.
        """
        tensors, plain = {}, {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Tensor):
                tensors[field.name] = value.detach().cpu().contiguous()
            else:
                plain[field.name] = value
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as temporary:
                save_file(tensors, temporary, metadata={"state": json.dumps(plain)})
        except (OSError, SafetensorError) as error:
            no_room = "os error 28" in str(error) or getattr(error, "errno", 0) == errno.ENOSPC
            full = "the disk is full" if no_room else str(error)
            raise TrainingError(
                f"The state {path} cannot be written ({full}); the one saved before is kept. Free "
                "some space, then resume."
            ) from None

    @classmethod
    def load(cls, path: Path) -> State:
        """Read a state.

        Raises:
            TrainingError: the file is missing, torn or something else.
        """
        try:
            with safe_open(path, framework="pt") as file:
                plain = json.loads(file.metadata()["state"])
                return cls(**{name: file.get_tensor(name) for name in file.keys()}, **plain)  # noqa: SIM118 - safe_open is no dict
        except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
            raise TrainingError(
                f"The state {path} cannot be read ({type(error).__name__}): it is missing, torn or "
                "of another kind. Start the run anew; nothing else was changed."
            ) from None
