"""The training state: all that a resumed run needs to continue with the same bits."""

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
    """Parameters and optimiser state of the last step, and the best model so far.

    Attributes:
        base: E⁰ after ``step`` steps.
        mean, square: Adam's running means of the gradient and of its square.
        best: E⁰ of the best evaluation, or of the last one where nothing is held out.
        step: number of steps done.
        best_step: number of steps done when ``best`` was stored.
        best_ndcg: NDCG@20 of ``best``; −1 before the first evaluation.
        waited: number of evaluations since the best one.
        first_loss: loss of the first step; a loss far above it means divergence.
        recipe: fingerprint of settings and data; a state resumes only the run that saved it.
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
        """Return the state before the first step.

        Args:
            base: E⁰ at the start.
            recipe: fingerprint of settings and data.
        """
        return cls(
            base.clone(),
            torch.zeros_like(base),
            torch.zeros_like(base),
            base.clone(),
            recipe=recipe,
        )

    def map_tensors(self, function: Callable[[Tensor], Tensor]) -> State:
        """Return a state with a function applied to each tensor."""
        return replace(
            self,
            base=function(self.base),
            mean=function(self.mean),
            square=function(self.square),
            best=function(self.best),
        )

    def save(self, path: Path) -> None:
        """Save the state atomically: a reader sees the previous one or this one.

        Raises:
            TrainingError: it cannot be written; the previous state is unchanged.
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
            disk_full = "os error 28" in str(error) or getattr(error, "errno", 0) == errno.ENOSPC
            reason = "the disk is full" if disk_full else str(error)
            raise TrainingError(
                f"The state {path} cannot be written ({reason}); the previous state is unchanged. "
                "Free some space, then resume."
            ) from None

    @classmethod
    def load(cls, path: Path) -> State:
        """Return the state that a file holds.

        Raises:
            TrainingError: the file is missing, damaged or of another kind.
        """
        try:
            with safe_open(path, framework="pt") as file:
                plain = json.loads(file.metadata()["state"])
                return cls(**{name: file.get_tensor(name) for name in file.keys()}, **plain)  # noqa: SIM118 - safe_open is not a dict
        except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
            raise TrainingError(
                f"The state {path} cannot be read ({type(error).__name__}): it is missing, "
                "damaged or of another kind. Start the run anew; nothing was changed."
            ) from None
