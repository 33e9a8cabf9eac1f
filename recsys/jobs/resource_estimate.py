"""Resource estimates: the memory, disk and time of a training, before it starts.

Nothing here imports PyTorch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.jobs.run_config import RunConfig
from recsys.jobs.step_time import (
    DatasetSize,
    MachineSpeed,
    evaluation_count,
    run_seconds,
    step_count,
)
from recsys.system_resources import free_disk, free_memory
from recsys.training.dataset_preparation import training_likes

__all__ = ["ResourceEstimate", "dataset_size", "estimate_resources"]

BASE_BYTES = 500e6  # the process with its libraries
ROW_BYTES, EDGE_BYTES = 60, 60  # per row of the file and per edge of the graph
COPIES = 9  # arrays of the size of E⁰: parameters, gradient, optimiser, layers, best model
VALIDATION_BATCH = 2048  # users that are ranked at once (recsys.training.validation)
SNAPSHOTS = 16  # of a run at most (recsys.jobs.run_executor)
RESERVED_SHARE = 0.1  # of the free memory and disk, which a training leaves to other programs
MIN_DIMENSION = 8  # a smaller dimension is no longer suggested


@dataclass(frozen=True, slots=True)
class ResourceEstimate:
    """What a training needs and what this computer has.

    Attributes:
        size: of the training graph.
        parameters: numbers in E⁰.
        steps: of the first training; the second one takes as many epochs.
        memory, free_memory: bytes; ``free_memory`` is none where the system does not report it.
        disk, free_disk: bytes.
        seconds: lower, middle and upper estimate of the whole run.
        speed: of this computer, on which ``seconds`` is based.
        problems: sentences that say why the training cannot start, and what would fit.
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
    """Return the size of the training graph of a table of ratings.

    Args:
        ratings: all rows of the file.
        settings: of data and training.

    Returns:
        The size.

    Raises:
        TrainingError: there is nothing to learn from.
    """
    likes = training_likes(ratings, settings)
    return DatasetSize(len(ratings), len(likes.users), len(likes.items), len(likes))


def estimate_resources(
    size: DatasetSize, config: RunConfig, folder: Path, speed: MachineSpeed
) -> ResourceEstimate:
    """Estimate what a training needs.

    Args:
        size: of the training graph.
        config: of the run.
        folder: folder in which the run folder will be made.
        speed: of this computer.

    Returns:
        The estimate, with the problems that prevent a start.
    """
    model, steps = config.settings.model, step_count(size, config.settings)
    parameters = (size.users + size.items) * model.dimension
    memory = int(
        BASE_BYTES + ROW_BYTES * size.rows + EDGE_BYTES * size.likes + 4 * COPIES * parameters
        + _score_bytes(size, config)
    )  # fmt: skip
    layer_bytes = 2 * (model.layers + 1) * size.items * model.dimension
    snapshots = min(SNAPSHOTS, evaluation_count(size, config.settings))
    disk = int(32 * parameters + (snapshots + 1) * layer_bytes + 160 * steps)
    seconds = run_seconds(size, config)
    estimate = ResourceEstimate(
        size, parameters, steps, memory, free_memory(), disk, free_disk(folder),
        (seconds * speed.low, seconds * speed.middle, seconds * speed.high), speed, (),
    )  # fmt: skip
    return replace(estimate, problems=tuple(_problems(estimate, config)))


def _score_bytes(size: DatasetSize, config: RunConfig) -> int:
    """Return the bytes of the largest matrix of scores: of a validation or a softmax batch."""
    training = config.settings.training
    validation = VALIDATION_BATCH * size.items * 8 if config.validation else 0
    if training.loss != "softmax":
        return validation
    batch = min(training.batch, size.users)
    return max(validation, batch * min(training.negatives or size.items, size.items) * 16)


def _problems(estimate: ResourceEstimate, config: RunConfig) -> list[str]:
    """Return why a training cannot start and what would fit, one sentence each."""
    problems = []
    size, dimension = estimate.size, config.settings.model.dimension
    free = estimate.free_memory
    if free is not None and estimate.memory > (1 - RESERVED_SHARE) * free:
        per_dimension = 4 * COPIES * (size.users + size.items)
        rest = estimate.memory - per_dimension * dimension
        largest = int(((1 - RESERVED_SHARE) * free - rest) / per_dimension)
        advice = (
            f"d = {2 ** int(math.log2(largest))} would fit"
            if largest >= MIN_DIMENSION
            else "keep a share of the anime, or take a smaller batch"
        )
        problems.append(
            f"It needs about {estimate.memory / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are "
            f"free: {advice}."
        )
    if estimate.disk > (1 - RESERVED_SHARE) * estimate.free_disk:
        problems.append(
            f"It writes about {estimate.disk / 1e9:.1f} GB and {estimate.free_disk / 1e9:.1f} GB "
            "of the disk are free: delete runs that are no longer needed, or evaluate less often."
        )
    if config.settings.model.start == "svd" and dimension >= min(size.users, size.items):
        problems.append(
            f"An SVD start needs fewer than {min(size.users, size.items):,} dimensions, the number "
            "of people or anime; take a smaller d, or the start xavier."
        )
    return problems
