"""What two processes say to each other in a step: the dimension divided, against rows divided.

Two processes on one machine, gloo over the loopback device, whose counters of bytes are read before
and after (whatever else this machine sends itself is in them: run it alone). The dimension divided
is our own training on Gowalla. Rows divided is the exchange alone that such a graph could not do
without: before each of a step's 2 K products, every process sends its half of the rows of X to the
other.

    python -m benchmarks.communication
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import distributed

from benchmarks.measure import write
from benchmarks.quality import tables
from recsys.config import load_settings
from recsys.paths import ROOT
from recsys.training import events
from recsys.training.distributed import Processes, join_process_group
from recsys.training.trainer import Trainer

STEPS, PROCESSES, NODES, D, K = 20, 2, 70_839, 64, 3
Measured = dict[str, float]


def sent() -> int:
    """Return the bytes that this machine has sent itself."""
    lines = Path("/proc/net/dev").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[9]) for line in lines if line.strip().startswith("lo:"))


def between(processes: Processes, one: Callable[[], object], times: int = STEPS) -> Measured:
    """Measure bytes and seconds of one of many equal actions, all processes together."""
    one()
    processes.any(mine=False)  # both have come here
    bytes_before, began = sent(), time.perf_counter()
    for _ in range(times):
        one()
    processes.any(mine=False)
    taken, told = time.perf_counter() - began, sent() - bytes_before
    return {
        "sent by both, bytes a step": round(told / times),
        "a step, milliseconds": round(taken / times * 1e3, 1),
    }


def steps_of(trainer: Trainer) -> Iterator[events.Event]:
    """Run a training; yields where a step has ended."""
    return (event for event in trainer.run() if isinstance(event, events.StepCompleted))


def measure() -> dict[str, Measured]:
    """Measure, as one of the processes."""
    processes, _ = join_process_group(torch.device("cpu"))
    train, _ = tables("gowalla")
    found = {}
    for preset, what in (("paper", "BPR"), ("benchmark", "softmax")):
        settings = load_settings(preset)
        trainer = Trainer(train, settings, processes=processes, steps=STEPS + 2)
        running = steps_of(trainer)
        found[f"dimension divided, preset {preset} ({what})"] = between(
            processes, lambda running=running: next(running)
        )
    half = torch.zeros(NODES // PROCESSES, D)
    others = [torch.empty_like(half) for _ in range(PROCESSES)]

    def exchange() -> None:
        for _ in range(2 * K):
            distributed.all_gather(others, half)

    found["rows divided, the exchange alone"] = between(processes, exchange)
    if processes.rank:
        found = {}
    processes.leave()
    return found


def main() -> None:
    """Start the processes; the first of them writes the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    if "WORLD_SIZE" not in os.environ:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
                   f"--nproc-per-node={PROCESSES}", "-m", "benchmarks.communication"]  # fmt: skip
        subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)
        return
    torch.set_num_threads(1)
    found: dict[str, Any] = measure()
    if found:
        write("communication", {
            "what": f"{PROCESSES} processes, Gowalla (d = {D}, K = {K}), {STEPS} steps each",
            **found,
        }, ["torch"])  # fmt: skip


if __name__ == "__main__":
    main()
