"""Scores of a model whose dimension is divided among processes: each has a part of every sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["AllReduce", "all_reduced", "identity"]

AllReduce = Callable[[Tensor], Tensor]  # adds up the processes' tensors, in place


def identity(scores: Tensor) -> Tensor:
    """Return the scores as they are: one process holds all of d."""
    return scores


class _Summed(torch.autograd.Function):
    """Every process computes the same loss of the same sums, so each gradient is its own."""

    @staticmethod
    def forward(_ctx: Any, scores: Tensor, all_reduce: AllReduce) -> Tensor:
        return all_reduce(scores.clone())

    @staticmethod
    def backward(_ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def all_reduced(scores: Tensor, all_reduce: AllReduce) -> Tensor:
    """Return e_u · e_i from the parts of it that the processes hold; differentiable."""
    result: Tensor = scores if all_reduce is identity else _Summed.apply(scores, all_reduce)
    return result
