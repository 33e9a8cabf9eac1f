"""Training page with a journal of 100,000 events: duration of a rerun, against a journal of 100.

In Chromium, a key on the smoothing slider reruns the whole page; the time is measured in the page,
from the key to the last change of the document. In the same run, in this process: the work that the
page repeats each second during a run, which is to read new events, downsample and smooth.

    python -m benchmarks.long_run
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.click_to_list import WATCH, settle
from benchmarks.measure import milliseconds, spread, write
from recsys.config import load_settings
from recsys.jobs.journal import read_lines
from recsys.jobs.run_config import RunConfig, RunMetadata
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.run_registry import RunRegistry
from recsys.paths import demo_ratings_path
from recsys.training.downsampling import downsample, smooth_curve
from scripts.browse import browser, open_page, serving

EVENTS, KEYS = {"100 events": 100, "100,000 events": 100_000}, 20
CLOCK = """() => document.addEventListener(
  'keydown', () => { window.__clicked = performance.now(); }, true)"""


def journal(steps: int) -> str:
    """Return the journal text of a run with this number of steps and a hundred evaluations."""
    common = {"part": "search", "at": 0.0}
    lines = [{"event": "started", "step": 0, "steps": steps, "users": 4594, "items": 6222,
             "edges": 462_978, "parameters": 692_224, "device": "cpu", **common}]  # fmt: skip
    for step in range(1, steps + 1):
        loss = 7 + math.exp(-step / 2000) + 0.1 * math.sin(step * 12.9898)
        lines.append({"event": "progress", "step": step, "epoch": step / 5, "loss": loss,
                     "gradient_norm": 1.0, "learning_rate": 0.05, "seconds": 0.02, "part": "search",
                     "at": step * 0.02})  # fmt: skip
        if step % max(1, steps // 100) == 0:
            figures = {"precision@20": 0.1, "recall@20": 0.2, "ndcg@20": 0.2 - 0.1 / (step + 1)}
            lines.append({"event": "evaluated", "step": step, "metrics": figures, "best": True,
                         "part": "search", "at": step * 0.02})  # fmt: skip
    lines.append({"event": "cancelled", "step": steps, "best_step": steps, **common})
    return "".join(json.dumps(line) + "\n" for line in lines)


def create_run(steps: int) -> RunFolder:
    """Create a stopped run in the default folder."""
    config = RunConfig(
        ratings=demo_ratings_path(), data="demo", preset="quick", settings=load_settings("quick")
    )
    run = RunRegistry.default().create(config, RunMetadata(name=f"{steps:,} events"))
    run.events.write_text(journal(steps), encoding="utf-8")
    return run


def redraws(opened: Browser, url: str, run: RunFolder) -> dict[str, float]:
    """Return the duration of page reruns for a run."""
    page = open_page(opened, f"{url}/training?view=Watch&run={run.path.name}", height=1600)
    page.locator(".js-plotly-plot").nth(3).wait_for(timeout=60_000)
    slider = page.get_by_role("slider", name="Smoothing of the loss")
    slider.focus()
    page.wait_for_timeout(3000)
    page.evaluate(WATCH)
    page.evaluate(CLOCK)
    taken = []
    for number in range(KEYS):
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        taken.append(settle(page))
    page.context.close()
    return spread(taken)


def live(run: RunFolder) -> dict[str, float]:
    """Return the duration of the work that repeats each second during a run, with one new event."""
    history = RunHistory()
    lines, offset = read_lines(run.events)
    history.fold(lines)
    new = json.dumps(lines[-3]) + "\n"

    def update() -> None:
        nonlocal offset
        with run.events.open("a", encoding="utf-8") as file:
            file.write(new)
        further, offset = read_lines(run.events, offset)
        history.fold(further)
        steps, loss = history.curve.column("step"), history.curve.column("loss")
        downsample(steps, loss)
        downsample(steps, smooth_curve(loss, 0.8))

    return milliseconds(update, runs=50, warm=3)


def main() -> None:
    """Measure with both journals, and write the result file."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["ANIME_LOCAL"] = name
        runs = {length: create_run(steps) for length, steps in EVENTS.items()}
        with serving(Path(name)) as server, browser() as opened:
            drawn = {length: redraws(opened, server.url, run) for length, run in runs.items()}
        reading = {length: live(run) for length, run in runs.items()}
    write(
        "long_run",
        {
            "unit": "milliseconds",
            "a redraw of the whole page, from the key to the last change": drawn,
            "reading on, thinning and smoothing, in the process": reading,
            "budget": {"redraw with 100,000 events": 300},
        },
        ["streamlit", "plotly", "numpy", "playwright"],
    )


if __name__ == "__main__":
    main()
