"""Training divided among processes: each holds a part of the dimension, and all rows of it.

Every column of E⁰ is propagated by itself, so propagation needs no communication at all; only
scores, which are sums over the dimension, are added up: of a batch, not of the graph.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, distributed

from recsys.errors import SettingsError

__all__ = ["SINGLE_PROCESS", "Processes", "join_process_group"]


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among those that train together.

    Attributes:
        rank: its number, from 0; the first one writes what is written.
        count: how many they are.
    """

    rank: int = 0
    count: int = 1

    def columns(self, dimension: int) -> slice:
        """Return the part of the dimension that this process holds.

        Raises:
            SettingsError: there are more processes than columns.
        """
        if self.count > dimension:
            raise SettingsError(
                f"{self.count} processes cannot share {dimension} dimensions; nothing was started. "
                f"Start {dimension} processes or fewer."
            )
        first, end = (dimension * place // self.count for place in (self.rank, self.rank + 1))
        return slice(first, end)

    def all_reduce(self, tensor: Tensor) -> Tensor:
        """Add up the processes' tensors, in place, to the same bits in each."""
        if self.count > 1:
            distributed.all_reduce(tensor)
        return tensor

    def any(self, mine: bool) -> bool:
        """Say whether it holds in any process: all of them then do the same."""
        if self.count == 1:
            return mine
        device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
        return bool(self.all_reduce(torch.tensor(float(mine), device=device)) > 0)

    def leave(self) -> None:
        """Part from the others, once nothing is left to do together."""
        if self.count > 1:
            distributed.destroy_process_group()

    def whole(self, part: Float[Tensor, "nodes mine"]) -> Float[Tensor, "nodes d"]:
        """Return the columns of all processes, side by side."""
        if self.count == 1:
            return part
        width = torch.tensor(part.shape[1], device=part.device)
        widths = [torch.zeros_like(width) for _ in range(self.count)]
        distributed.all_gather(widths, width)
        most = int(max(widths))
        padded = torch.nn.functional.pad(part.detach(), (0, most - part.shape[1])).contiguous()
        parts = [torch.empty_like(padded) for _ in range(self.count)]
        distributed.all_gather(parts, padded)
        return torch.cat([p[:, : int(w)] for p, w in zip(parts, widths, strict=True)], dim=1)


SINGLE_PROCESS = Processes()


def join_process_group(device: torch.device) -> tuple[Processes, torch.device]:
    """Join the processes that ``torchrun`` started with this one; alone, nothing happens.

    Args:
        device: where to compute; of several GPUs of a machine each process takes its own.

    Returns:
        The processes, and the device of this one.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return SINGLE_PROCESS, device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Processes(distributed.get_rank(), count), device
