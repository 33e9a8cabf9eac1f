"""Distributed training: each process holds some columns of the embeddings, and all of their rows.

Every column of E⁰ is propagated independently, so propagation needs no communication. Scores are
sums over the columns; only the scores of a batch are summed across processes, never the graph.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, distributed

from recsys.errors import SettingsError

__all__ = ["SINGLE_PROCESS", "ProcessGroup", "join_process_group"]


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """This process among those that train together.

    Attributes:
        rank: index of this process, from 0; process 0 writes the files.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1

    def columns(self, dimension: int) -> slice:
        """Return the columns of the embeddings that this process holds.

        Args:
            dimension: number of columns of all processes together.

        Returns:
            A slice of columns; sizes differ by one at most.

        Raises:
            SettingsError: there are more processes than columns.
        """
        if self.size > dimension:
            raise SettingsError(
                f"{self.size} processes cannot share {dimension} dimensions; nothing was started. "
                f"Start {dimension} processes or fewer."
            )
        start, stop = (dimension * rank // self.size for rank in (self.rank, self.rank + 1))
        return slice(start, stop)

    def all_reduce(self, tensor: Tensor) -> Tensor:
        """Return the tensor after summing it over all processes in place; the bits are equal."""
        if self.size > 1:
            distributed.all_reduce(tensor)
        return tensor

    def any(self, local: bool) -> bool:
        """Return whether a condition holds in any process; all processes get the same answer."""
        if self.size == 1:
            return local
        device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
        return bool(self.all_reduce(torch.tensor(float(local), device=device)) > 0)

    def close(self) -> None:
        """Leave the process group, after all processes have finished.

        Without the barrier, a process that leaves early closes its connections while another one
        still uses them, and that one may be aborted.
        """
        if self.size > 1:
            distributed.barrier()
            distributed.destroy_process_group()

    def gather_columns(self, part: Float[Tensor, "nodes columns"]) -> Float[Tensor, "nodes d"]:
        """Return the columns of all processes, side by side."""
        if self.size == 1:
            return part
        width = torch.tensor(part.shape[1], device=part.device)
        widths = [torch.zeros_like(width) for _ in range(self.size)]
        distributed.all_gather(widths, width)
        widest = int(max(widths))
        padded = torch.nn.functional.pad(part.detach(), (0, widest - part.shape[1])).contiguous()
        parts = [torch.empty_like(padded) for _ in range(self.size)]
        distributed.all_gather(parts, padded)
        return torch.cat([p[:, : int(w)] for p, w in zip(parts, widths, strict=True)], dim=1)


SINGLE_PROCESS = ProcessGroup()


def join_process_group(device: torch.device) -> tuple[ProcessGroup, torch.device]:
    """Join the processes that ``torchrun`` started together with this one.

    Args:
        device: where to compute; each process takes a GPU of its own where there are several.

    Returns:
        The process group, of size 1 without ``torchrun``, and the device of this process.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return SINGLE_PROCESS, device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return ProcessGroup(distributed.get_rank(), size), device
