"""Latency of a rating while a training runs on the same cores, against an idle machine.

Thirty ratings on the list *For me* in Chromium, timed as in ``click_to_list``. Then a training
starts as the Training page starts it (a separate process at low priority, with one thread fewer
than cores), and thirty more ratings follow once it takes steps.

    python -m benchmarks.rating_while_training
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from benchmarks.click_to_list import WATCH, rate
from benchmarks.measure import spread, write
from recsys.config import load_settings
from recsys.jobs.journal import read_lines
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.run_registry import RunRegistry
from recsys.jobs.status import RunStatus
from recsys.paths import demo_ratings_path
from recsys.profiles.store import ProfileStore
from recsys.system_resources import default_threads
from scripts.browse import browser, open_page, serving

PRESET, SETTLED = "full", 5  # steps; the data is read and the graph built by then


def start_training(registry: RunRegistry) -> RunFolder:
    """Start a training and return its run once it takes steps."""
    config = RunConfig(
        ratings=demo_ratings_path(), data="demo", preset=PRESET, settings=load_settings(PRESET),
        threads=default_threads(interactive=True),
    )  # fmt: skip
    run = registry.create(config, RunMetadata(name="benchmark"))
    registry.launch([run])
    deadline = time.monotonic() + 120
    while read_history(run).curve.done < SETTLED:
        if time.monotonic() > deadline:
            raise RuntimeError("the training did not begin")
        time.sleep(0.1)
    return run


def read_history(run: RunFolder) -> RunHistory:
    """Return the history of a run, read from its journal."""
    history = RunHistory()
    history.fold(read_lines(run.events)[0])
    return history


def main() -> None:
    """Measure idle and during a training, and write the result file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ANIME_LOCAL"] = name
        with ProfileStore.open(f"sqlite:///{folder / 'profiles.sqlite'}") as store:
            profile = store.create("Benchmark")
            store.rate_many(profile.id, {1: 9, 5114: 10, 9253: 9, 30276: 7, 457: 8})
        with serving(folder) as server, browser() as opened:
            page = open_page(opened, f"{server.url}/recommendations?profile={profile.id}")
            page.get_by_test_id("card").first.wait_for(timeout=30_000)
            page.wait_for_timeout(2000)
            page.evaluate(WATCH)
            idle = spread(rate(page))
            run = start_training(RunRegistry.default())
            before = read_history(run).curve.done
            busy = spread(rate(page))
            after = read_history(run)
            trained = RunRegistry.default().status(run, after) is RunStatus.running
            run.cancel.touch()
            while RunRegistry.default().status(run, read_history(run)) is RunStatus.running:
                time.sleep(0.1)
    write(
        "rating_while_training",
        {
            "unit": "milliseconds from click to last change in the page",
            "idle": idle,
            "while a training runs": busy,
            "median over idle": round(busy["median"] / idle["median"], 2),
            "p95 over idle": round(busy["p95"] / idle["p95"], 2),
            "training": {
                "preset": PRESET, "threads": default_threads(interactive=True),
                "steps meanwhile": after.curve.done - before, "still running at the end": trained,
            },
            "budget": {"median over idle": 1.5, "p95 over idle": 3.0},
        },
        ["streamlit", "torch", "numpy", "playwright"],
    )  # fmt: skip


if __name__ == "__main__":
    main()
