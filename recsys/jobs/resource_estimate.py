"""Before the start: what a training will need, and whether this machine has it.

The time is computed from the recipe's arithmetic with rates measured on one core, and then scaled
by how long the runs before took on this machine; the spread is told with it. Nothing here imports
torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.jobs.run_folder import RunConfig
from recsys.jobs.run_history import RunHistory
from recsys.system_resources import free_disk, free_memory
from recsys.training.dataset_preparation import training_likes

__all__ = [
    "DatasetSize",
    "MachineSpeed",
    "ResourceEstimate",
    "dataset_size",
    "estimate_resources",
    "measured_speed",
]

# Seconds on one core, measured on a shared two-core machine (benchmarks/README.md, Preflight).
PER_SPARSE, PER_DENSE, PER_SCORE, PER_DROPPED, PER_PARAMETER = 6.5e-11, 2e-11, 4e-9, 2e-8, 5e-9
START_SECONDS, EASE_SECONDS = 4.0, 1.4e-10  # importing torch; per item cubed
SHORT = 2e-3  # seconds; a shorter step is mostly Python, and tells nothing of the arithmetic
SPREAD = (0.6, 2.0)  # of a machine that has trained nothing yet
BASE_BYTES, ROW_BYTES, EDGE_BYTES, COPIES = 500e6, 60, 60, 9
VALIDATED = 2048  # people at a time (recsys.training.validation)
KEEP_FREE = 0.1  # of the free memory and disk, for everybody else


@dataclass(frozen=True, slots=True)
class DatasetSize:
    """A table of ratings as the graph of a recipe: rows of the file, and what they become."""

    rows: int
    users: int
    items: int
    likes: int


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """How long runs took on this machine, over what was computed for them: lowest, middle, highest.

    Attributes:
        runs: how many were looked at.
    """

    low: float = SPREAD[0]
    middle: float = 1.0
    high: float = SPREAD[1]
    runs: int = 0


@dataclass(frozen=True, slots=True)
class ResourceEstimate:
    """What a training needs.

    Attributes:
        size: of the graph.
        parameters: numbers in E⁰.
        steps: of the first training; the second takes as many epochs.
        memory, free_memory: bytes; none where the system does not say what is free.
        disk, free_disk: bytes.
        seconds: low, middle and high estimate of all of it.
        speed: that they rest on.
        problems: why it cannot start and what would fit, a sentence each; empty where it can.
    """

    size: DatasetSize
    parameters: int
    steps: int
    memory: int
    free_memory: int | None
    disk: int
    free_disk: int
    seconds: tuple[float, float, float]
    speed: MachineSpeed
    problems: tuple[str, ...]


def dataset_size(ratings: Interactions, settings: Settings) -> DatasetSize:
    """Count what a recipe makes of a table.

    Raises:
        TrainingError: nothing is left to learn from.
    """
    likes = training_likes(ratings, settings)
    return DatasetSize(len(ratings), len(likes.users), len(likes.items), len(likes))


def _steps(size: DatasetSize, settings: Settings) -> int:
    training = settings.training
    units = size.users if training.loss == "softmax" else size.likes
    return training.steps or training.epochs * math.ceil(units / training.batch)


def step_seconds(size: DatasetSize, config: RunConfig) -> float:
    """Return the computed time of a step on the CPU, before scaling by the machine's speed."""
    model, training = config.settings.model, config.settings.training
    nodes = size.users + size.items
    kept = (1 - training.edge_dropout) * (1 - training.node_dropout) ** 2
    seconds = PER_SPARSE * 4 * model.layers * size.likes * kept * model.dimension
    seconds += PER_PARAMETER * nodes * model.dimension
    if training.edge_dropout or training.node_dropout:
        seconds += PER_DROPPED * size.likes
    if training.loss == "softmax":
        scores = min(training.batch, size.users) * min(training.negatives or size.items, size.items)
        seconds += PER_SCORE * scores + PER_DENSE * 3 * scores * model.dimension
    else:
        seconds += PER_SPARSE * 20 * training.batch * model.dimension * training.hard_pool
    return float(seconds / config.threads**0.9)


def _seconds(size: DatasetSize, config: RunConfig) -> float:
    """Return the computed time of a whole run: steps, evaluations, baselines, second training."""
    step, steps = step_seconds(size, config), _steps(size, config.settings)
    total = START_SECONDS + step * steps
    if config.validation:
        scores = size.users * size.items
        looks = max(1, steps // _between(size, config.settings))
        total += looks * scores * (PER_SCORE / 2 + PER_DENSE * config.settings.model.dimension)
        total += step * steps / (1 - config.validation) if config.refit else 0
        total += (EASE_SECONDS * size.items**3 / config.threads**0.9) if config.baselines else 0
    return total


def _between(size: DatasetSize, settings: Settings) -> int:
    training = settings.training
    units = size.users if training.loss == "softmax" else size.likes
    return training.evaluate_steps or training.evaluate_every * math.ceil(units / training.batch)


def measured_speed(runs: Iterable[tuple[RunConfig, RunHistory]]) -> MachineSpeed:
    """Estimate the speed of this machine from earlier runs.

    Args:
        runs: the configuration and the history of each.
    """
    ratios = []
    for config, history in runs:
        seconds, started = history.curve.column("seconds"), history.started
        if started is None or seconds.size < 20:
            continue
        size = DatasetSize(0, started["users"], started["items"], started["edges"])
        computed = step_seconds(size, config)
        if computed > SHORT:
            ratios.append(float(np.median(seconds)) / computed)
    if not ratios:
        return MachineSpeed()
    middle = float(np.median(ratios))
    return MachineSpeed(min(*ratios, 0.8 * middle), middle, max(*ratios, 1.3 * middle), len(ratios))


def estimate_resources(
    size: DatasetSize, config: RunConfig, place: Path, speed: MachineSpeed
) -> ResourceEstimate:
    """Say what a training of a graph of this size will need.

    Args:
        size: of the graph.
        order: what is asked for.
        place: where the run folder will be.
        speed: of this machine.
    """
    model, training = config.settings.model, config.settings.training
    nodes, steps = size.users + size.items, _steps(size, config.settings)
    parameters = nodes * model.dimension
    scores = VALIDATED * size.items * 8 if config.validation else 0
    if training.loss == "softmax":
        batch = min(training.batch, size.users)
        scores = max(scores, batch * min(training.negatives or size.items, size.items) * 16)
    memory = int(
        BASE_BYTES + ROW_BYTES * size.rows + EDGE_BYTES * size.likes + 4 * COPIES * parameters
        + scores
    )  # fmt: skip
    layers = 2 * (model.layers + 1) * size.items * model.dimension
    looks = min(16, max(1, steps // _between(size, config.settings)))
    disk = int(32 * parameters + (looks + 1) * layers + 160 * steps)
    computed = _seconds(size, config)
    free, room = free_memory(), free_disk(place)
    told = ResourceEstimate(
        size, parameters, steps, memory, free, disk, room,
        (computed * speed.low, computed * speed.middle, computed * speed.high), speed, (),
    )  # fmt: skip
    return _judged(told, config)


def _judged(told: ResourceEstimate, config: RunConfig) -> ResourceEstimate:
    """Add why it cannot start, and what would."""
    problems = []
    size, dimension = told.size, config.settings.model.dimension
    if told.free_memory is not None and told.memory > (1 - KEEP_FREE) * told.free_memory:
        fits = (1 - KEEP_FREE) * told.free_memory
        per_dimension = 4 * COPIES * (size.users + size.items)
        rest = told.memory - per_dimension * dimension
        most = int((fits - rest) / per_dimension)
        what = (
            f"d = {2 ** int(math.log2(most))} would fit"
            if most >= 8
            else "keep a share of the anime, or take a smaller batch"
        )
        problems.append(
            f"It needs about {told.memory / 1e9:.1f} GB of memory and {told.free_memory / 1e9:.1f} "
            f"GB are free: {what}."
        )
    if told.disk > (1 - KEEP_FREE) * told.free_disk:
        problems.append(
            f"It writes about {told.disk / 1e9:.1f} GB and {told.free_disk / 1e9:.1f} GB of the "
            "disk are free: delete runs that are no longer needed, or evaluate less often."
        )
    if config.settings.model.start == "svd" and dimension >= min(size.users, size.items):
        problems.append(
            f"An SVD start needs fewer than {min(size.users, size.items):,} dimensions, the number "
            "of people or anime; take a smaller d, or the start xavier."
        )
    return replace(told, problems=tuple(problems))
