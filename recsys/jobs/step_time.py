"""The duration of a training: computed from its arithmetic, scaled by earlier runs here.

The rates were measured on one core. How long earlier runs took on this computer, compared with
what was computed for them, gives the range of the estimate. Nothing here imports PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from recsys.config import Settings
from recsys.jobs.run_config import RunConfig
from recsys.jobs.run_history import RunHistory

__all__ = [
    "DatasetSize",
    "MachineSpeed",
    "evaluation_count",
    "measured_speed",
    "run_seconds",
    "step_count",
    "step_seconds",
]

# Seconds on one core, measured on a shared two-core machine (benchmarks/README.md, Preflight).
PER_SPARSE, PER_DENSE, PER_SCORE, PER_DROPPED, PER_PARAMETER = 6.5e-11, 2e-11, 4e-9, 2e-8, 5e-9
START_SECONDS, EASE_SECONDS = 4.0, 1.4e-10  # importing PyTorch; per item cubed
MIN_STEP_SECONDS = 2e-3  # a shorter step is mostly Python and says nothing about the arithmetic
MIN_STEPS = 20  # of a run from which the speed is measured
SPREAD = (0.6, 2.0)  # range of the estimate on a computer that has trained nothing yet


@dataclass(frozen=True, slots=True)
class DatasetSize:
    """Size of a table of ratings and of the training graph made from it.

    Attributes:
        rows: rows of the file that are in use.
        users, items, likes: of the graph.
    """

    rows: int
    users: int
    items: int
    likes: int


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """Duration of earlier runs on this computer, divided by the computed duration.

    Attributes:
        low, middle, high: smallest, median and largest ratio.
        runs: number of runs that were compared.
    """

    low: float = SPREAD[0]
    middle: float = 1.0
    high: float = SPREAD[1]
    runs: int = 0


def step_count(size: DatasetSize, settings: Settings) -> int:
    """Return the number of steps of one training."""
    training = settings.training
    return training.steps or training.epochs * _steps_per_epoch(size, settings)


def evaluation_count(size: DatasetSize, settings: Settings) -> int:
    """Return the number of evaluations of one training, at least 1."""
    training = settings.training
    between = training.evaluate_steps or training.evaluate_every * _steps_per_epoch(size, settings)
    return max(1, step_count(size, settings) // between)


def _steps_per_epoch(size: DatasetSize, settings: Settings) -> int:
    units = size.users if settings.training.loss == "softmax" else size.likes
    return math.ceil(units / settings.training.batch)


def step_seconds(size: DatasetSize, config: RunConfig) -> float:
    """Return the computed duration of a step on the CPU, before scaling by the machine's speed."""
    model, training = config.settings.model, config.settings.training
    nodes = size.users + size.items
    edge_share = (1 - training.edge_dropout) * (1 - training.node_dropout) ** 2
    seconds = PER_SPARSE * 4 * model.layers * size.likes * edge_share * model.dimension
    seconds += PER_PARAMETER * nodes * model.dimension
    if training.edge_dropout or training.node_dropout:
        seconds += PER_DROPPED * size.likes
    if training.loss == "softmax":
        scores = min(training.batch, size.users) * min(training.negatives or size.items, size.items)
        seconds += PER_SCORE * scores + PER_DENSE * 3 * scores * model.dimension
    else:
        seconds += PER_SPARSE * 20 * training.batch * model.dimension * training.hard_pool
    return float(seconds / config.threads**0.9)


def run_seconds(size: DatasetSize, config: RunConfig) -> float:
    """Return the computed duration of a run: steps, evaluations, baselines, second training."""
    step, steps = step_seconds(size, config), step_count(size, config.settings)
    total = START_SECONDS + step * steps
    if config.validation:
        scores = size.users * size.items
        evaluation = scores * (PER_SCORE / 2 + PER_DENSE * config.settings.model.dimension)
        total += evaluation_count(size, config.settings) * evaluation
        total += step * steps / (1 - config.validation) if config.refit else 0
        total += (EASE_SECONDS * size.items**3 / config.threads**0.9) if config.baselines else 0
    return total


def measured_speed(runs: Iterable[tuple[RunConfig, RunHistory]]) -> MachineSpeed:
    """Return the speed of this computer, measured from earlier runs.

    Args:
        runs: configuration and history of each run; runs that are too short are skipped.

    Returns:
        The speed; the default one where no run can be used.
    """
    ratios = []
    for config, history in runs:
        seconds, started = history.curve.column("seconds"), history.started
        if started is None or seconds.size < MIN_STEPS:
            continue
        size = DatasetSize(0, started["users"], started["items"], started["edges"])
        computed = step_seconds(size, config)
        if computed > MIN_STEP_SECONDS:
            ratios.append(float(np.median(seconds)) / computed)
    if not ratios:
        return MachineSpeed()
    middle = float(np.median(ratios))
    return MachineSpeed(min(*ratios, 0.8 * middle), middle, max(*ratios, 1.3 * middle), len(ratios))
