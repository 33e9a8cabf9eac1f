"""A journal of 100,000 events: how long a redraw of the page Training takes, beside a short run's.

In Chromium: a key on the smoothing slider draws the whole page again; the clock runs in the page
from the key to the last change of the document. In the same run, the same with 100 events, and, in
this process, what the page does once a second while a run is at work: read on, thin, smooth, draw.

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
from recsys.jobs.run_folder import RunConfig, RunFolder, RunMetadata
from recsys.jobs.run_history import RunHistory
from recsys.jobs.run_registry import RunRegistry
from recsys.paths import demo_ratings_path
from recsys.training.downsampling import downsample, smooth_curve
from scripts.browse import browser, open_page, serving

EVENTS, KEYS = {"100 events": 100, "100,000 events": 100_000}, 20
CLOCK = """() => document.addEventListener(
  'keydown', () => { window.__clicked = performance.now(); }, true)"""


def journal(steps: int) -> str:
    """Return the journal of a run of so many steps, evaluated every hundredth."""
    common = {"part": "search", "at": 0.0}
    told = [{"event": "started", "step": 0, "steps": steps, "users": 4594, "items": 6222,
             "edges": 462_978, "parameters": 692_224, "device": "cpu", **common}]  # fmt: skip
    for step in range(1, steps + 1):
        loss = 7 + math.exp(-step / 2000) + 0.1 * math.sin(step * 12.9898)
        told.append({"event": "progress", "step": step, "epoch": step / 5, "loss": loss,
                     "gradient_norm": 1.0, "learning_rate": 0.05, "seconds": 0.02, "part": "search",
                     "at": step * 0.02})  # fmt: skip
        if step % max(1, steps // 100) == 0:
            figures = {"precision@20": 0.1, "recall@20": 0.2, "ndcg@20": 0.2 - 0.1 / (step + 1)}
            told.append({"event": "evaluated", "step": step, "metrics": figures, "best": True,
                         "part": "search", "at": step * 0.02})  # fmt: skip
    told.append({"event": "cancelled", "step": steps, "best_step": steps, **common})
    return "".join(json.dumps(one) + "\n" for one in told)


def made(steps: int) -> RunFolder:
    """Make a stopped run in the default place."""
    config = RunConfig(
        ratings=demo_ratings_path(), data="demo", preset="quick", settings=load_settings("quick")
    )
    run = RunRegistry.default().create(config, RunMetadata(name=f"{steps:,} events"))
    run.events.write_text(journal(steps), encoding="utf-8")
    return run


def redraws(opened: Browser, url: str, run: RunFolder) -> dict[str, float]:
    """Measure whole redraws of the page for one run."""
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
    """Measure what is done once a second while a run is at work, with one new event each time."""
    history = RunHistory()
    lines, offset = read_lines(run.events)
    history.fold(lines)
    new = json.dumps(lines[-3]) + "\n"

    def once() -> None:
        nonlocal offset
        with run.events.open("a", encoding="utf-8") as file:
            file.write(new)
        further, offset = read_lines(run.events, offset)
        history.fold(further)
        steps, loss = history.curve.column("step"), history.curve.column("loss")
        downsample(steps, loss)
        downsample(steps, smooth_curve(loss, 0.8))

    return milliseconds(once, runs=50, warm=3)


def main() -> None:
    """Measure both journals, and write the result file."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["ANIME_LOCAL"] = name
        runs = {told: made(steps) for told, steps in EVENTS.items()}
        with serving(Path(name)) as server, browser() as opened:
            drawn = {told: redraws(opened, server.url, run) for told, run in runs.items()}
        reading = {told: live(run) for told, run in runs.items()}
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
