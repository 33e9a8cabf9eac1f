"""Communication of two processes per training step: dimensions split, against rows split.

Two processes on one machine use gloo over the loopback device. The byte counter of that device is
read before and after, so any other loopback traffic adds to the result. *Dimensions split* is this
project's training on Gowalla. *Rows split* is only the exchange that a graph split by rows needs:
before each of the 2 K products of a step, every process sends its half of the rows of X to the
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
from recsys.training.distributed import ProcessGroup, join_process_group
from recsys.training.trainer import Trainer

STEPS, PROCESSES, NODES, D, K = 20, 2, 70_839, 64, 3
Measured = dict[str, float]


def sent_bytes() -> int:
    """Return the number of bytes sent over the loopback device so far."""
    lines = Path("/proc/net/dev").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[9]) for line in lines if line.strip().startswith("lo:"))


def measure_action(
    group: ProcessGroup, action: Callable[[], object], times: int = STEPS
) -> Measured:
    """Return the mean bytes (sum of all processes) and milliseconds of a repeated action."""
    action()
    group.any(local=False)  # a barrier: all processes have finished the first call
    bytes_before, began = sent_bytes(), time.perf_counter()
    for _ in range(times):
        action()
    group.any(local=False)
    seconds, sent = time.perf_counter() - began, sent_bytes() - bytes_before
    return {
        "sent by both, bytes a step": round(sent / times),
        "a step, milliseconds": round(seconds / times * 1e3, 1),
    }


def steps_of(trainer: Trainer) -> Iterator[events.Event]:
    """Yield the event of each completed step of a training."""
    return (event for event in trainer.run() if isinstance(event, events.StepCompleted))


def measure() -> dict[str, Measured]:
    """Measure in one of the processes; return the results in the first, else an empty dict."""
    group, _ = join_process_group(torch.device("cpu"))
    train, _ = tables("gowalla")
    results = {}
    for preset, loss in (("paper", "BPR"), ("benchmark", "softmax")):
        settings = load_settings(preset)
        trainer = Trainer(train, settings, process_group=group, steps=STEPS + 2)
        running = steps_of(trainer)
        results[f"dimension divided, preset {preset} ({loss})"] = measure_action(
            group, lambda running=running: next(running)
        )
    half = torch.zeros(NODES // PROCESSES, D)
    others = [torch.empty_like(half) for _ in range(PROCESSES)]

    def exchange() -> None:
        for _ in range(2 * K):
            distributed.all_gather(others, half)

    results["rows divided, the exchange alone"] = measure_action(group, exchange)
    if group.rank:
        results = {}
    group.close()
    return results


def main() -> None:
    """Start the processes; the first one writes the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    if "WORLD_SIZE" not in os.environ:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
                   f"--nproc-per-node={PROCESSES}", "-m", "benchmarks.communication"]  # fmt: skip
        subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)
        return
    torch.set_num_threads(1)
    results: dict[str, Any] = measure()
    if results:
        write("communication", {
            "what": f"{PROCESSES} processes, Gowalla (d = {D}, K = {K}), {STEPS} steps each",
            **results,
        }, ["torch"])  # fmt: skip


if __name__ == "__main__":
    main()
