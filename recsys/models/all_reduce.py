"""All-reduce of scores: sums over processes that each hold a part of the embedding dimension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["AllReduce", "all_reduced", "identity"]

AllReduce = Callable[[Tensor], Tensor]  # sums a tensor over the processes, in place


def identity(scores: Tensor) -> Tensor:
    """Return the scores unchanged: one process holds all of d."""
    return scores


class _AllReduced(torch.autograd.Function):
    """Every process computes the same loss of the same sums, so the gradient passes unchanged."""

    @staticmethod
    def forward(_ctx: Any, scores: Tensor, all_reduce: AllReduce) -> Tensor:
        return all_reduce(scores.clone())

    @staticmethod
    def backward(_ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def all_reduced(scores: Tensor, all_reduce: AllReduce) -> Tensor:
    """Return the sum over the processes of their parts of e_u · e_i; differentiable.

    Args:
        scores: this process's part.
        all_reduce: sums a tensor over the processes, in place.
    """
    result: Tensor = scores if all_reduce is identity else _AllReduced.apply(scores, all_reduce)
    return result
