"""Resource estimates: computed from the settings, with problems where they do not fit."""

import math
from pathlib import Path

import numpy as np
import pytest

from recsys.config import load_settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import TrainingError
from recsys.jobs import resource_estimate as needs
from recsys.jobs.eta import estimate_time
from recsys.jobs.resource_estimate import dataset_size, estimate_resources
from recsys.jobs.run_config import RunConfig
from recsys.jobs.run_history import RunHistory
from recsys.jobs.step_time import DatasetSize, MachineSpeed, measured_speed, step_seconds

SIZE = DatasetSize(rows=640_441, users=4_594, items=6_222, likes=514_423)


def config(preset="quick", **overrides):
    settings = load_settings(preset, overrides=overrides)
    return RunConfig(ratings=Path("r.csv"), data="r", preset=preset, settings=settings)


@pytest.fixture(autouse=True)
def roomy(monkeypatch):
    monkeypatch.setattr(needs, "free_memory", lambda: 8 * 10**9)
    monkeypatch.setattr(needs, "free_disk", lambda _folder: 50 * 10**9)


def test_rows_people_anime_and_likes_are_those_of_the_graph():
    table = Interactions.from_rows(
        IdMap(np.arange(3)), IdMap(np.arange(4)), np.array([0, 0, 1, 2]), np.array([0, 1, 1, 3]),
        np.array([9, 3, 8, 2]),
    )  # fmt: skip
    assert dataset_size(table, load_settings("quick")) == DatasetSize(
        rows=4, users=2, items=2, likes=2
    )


def test_nothing_to_learn_from_is_one_sentence():
    table = Interactions.from_rows(
        IdMap(np.arange(1)), IdMap(np.arange(1)), np.array([0]), np.array([0]), np.array([2])
    )
    with pytest.raises(TrainingError, match="nothing to learn from"):
        dataset_size(table, load_settings("quick"))


@pytest.mark.parametrize(
    ("preset", "steps"),
    [
        ("quick", 25 * math.ceil(4_594 / 1024)),
        ("paper", 1000 * math.ceil(514_423 / 2048)),
        ("predecessor", 8000),
    ],
)
def test_steps_and_parameters_are_counted_exactly(preset, steps, tmp_path):
    estimate = estimate_resources(SIZE, config(preset), tmp_path, MachineSpeed())
    assert estimate.steps == steps
    assert estimate.parameters == (4_594 + 6_222) * 64
    assert estimate.problems == ()


def test_what_does_not_fit_names_a_dimension_that_does(monkeypatch, tmp_path):
    wide = config("full", model={"dimension": 4096})
    monkeypatch.setattr(needs, "free_memory", lambda: 2 * 10**9)
    (problem,) = estimate_resources(SIZE, wide, tmp_path, MachineSpeed()).problems
    fits = int(problem.split("d = ")[1].split()[0])
    assert 8 <= fits < 4096
    again = config("full", model={"dimension": fits})
    assert estimate_resources(SIZE, again, tmp_path, MachineSpeed()).problems == ()
    assert estimate_resources(
        SIZE, config("full", model={"dimension": 2 * fits}), tmp_path, MachineSpeed()
    ).problems


def test_a_full_disk_and_an_impossible_start_are_refused_too(monkeypatch, tmp_path):
    monkeypatch.setattr(needs, "free_disk", lambda _folder: 10**5)
    start = config("benchmark", model={"dimension": 64})
    small = DatasetSize(rows=100, users=50, items=40, likes=90)
    problems = estimate_resources(small, start, tmp_path, MachineSpeed()).problems
    assert any("delete runs" in problem for problem in problems)
    assert any("fewer than 40 dimensions" in problem for problem in problems)


def test_the_time_is_scaled_by_what_runs_took_here(tmp_path):
    computed = step_seconds(DatasetSize(0, SIZE.users, SIZE.items, SIZE.likes), config())
    history = RunHistory()
    started = {"event": "started", "step": 0, "steps": 30, "users": SIZE.users, "part": "search",
               "items": SIZE.items, "edges": SIZE.likes, "at": 0.0}  # fmt: skip
    step = {"event": "progress", "epoch": 0, "loss": 1, "gradient_norm": 1, "learning_rate": 1,
            "part": "search", "at": 0.0}  # fmt: skip
    history.fold([started, *({**step, "step": n, "seconds": 3 * computed} for n in range(1, 31))])
    speed = measured_speed([(config(), history)])
    assert speed.middle == pytest.approx(3)
    assert speed.low < speed.middle < speed.high
    assert speed.runs == 1
    alone = estimate_resources(SIZE, config(), tmp_path, MachineSpeed())
    scaled = estimate_resources(SIZE, config(), tmp_path, speed)
    assert scaled.seconds[1] == pytest.approx(3 * alone.seconds[1])


def test_more_threads_are_faster_and_more_layers_slower():
    two = config().model_copy(update={"threads": 2})
    assert step_seconds(SIZE, two) < step_seconds(SIZE, config())
    assert step_seconds(SIZE, config(model={"layers": 3})) > step_seconds(SIZE, config())


def history_at(seconds, steps=100, part="search"):
    """Return a run of which each step took so long."""
    history, at = RunHistory(), 0.0
    history.fold([{"event": "started", "step": 0, "steps": steps, "part": part, "at": 0.0}])
    for n, taken in enumerate(seconds, 1):
        at += taken
        history.fold(
            [{"event": "progress", "step": n, "epoch": 0, "loss": 1, "gradient_norm": 1,
              "learning_rate": 1, "seconds": taken, "part": part, "at": at}]
        )  # fmt: skip
    return history


def test_the_time_left_of_even_steps_is_exact():
    alone = config().model_copy(update={"validation": 0.0})
    estimate = estimate_time(history_at([0.5] * 40, part="final"), alone)
    assert estimate.left == pytest.approx((30, 30, 30))
    assert estimate.per_second == pytest.approx(2)
    assert (estimate.done, estimate.of) == (40, 100)


def test_the_second_training_is_part_of_what_is_left():
    estimate = estimate_time(history_at([0.5] * 40), config())
    assert estimate.of == 100 + round(100 / 0.9)
    assert estimate.left[1] == pytest.approx(0.5 * (60 + 100 / 0.9))


def test_uneven_steps_have_a_spread_around_the_middle():
    seconds = [0.2 + 0.02 * (n // 10) for n in range(100)]
    low, middle, high = estimate_time(history_at(seconds, steps=200), config()).left
    assert low < middle < high


def test_too_few_steps_promise_nothing():
    assert estimate_time(history_at([0.5] * 5), config()).left is None
