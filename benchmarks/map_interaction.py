"""Responsiveness of the map with 17,000 titles: first draw, panning, hovering, lasso, in Chromium.

Chromium runs without a GPU, so the processor renders WebGL. The server is warm. A synthetic model
of 17,000 titles is compared with the model that ships. *Interactive* means that the chart and its
WebGL canvas are drawn and react to the mouse. *Warm* is a click on "Map" in an open app, 160 ms
after the pointer reached the link, for the first time in that browser and again. *Cold* is a
browser without any of Streamlit's files; reference: a Streamlit page of one small Plotly chart. A
*frame* is the time between two paints while the mouse drags the map.

    python -m benchmarks.map_interaction
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.measure import spread, write
from benchmarks.rating_weights import sum_estimator
from recsys.config import ModelSettings, Settings
from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.embedding_map import compute_map, save_map
from recsys.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from recsys.paths import catalogue_path, default_checkpoint
from recsys.profiles.store import ProfileStore
from scripts.browse import browser, new_page, serving

TITLES, D, GROUPS, RUNS, MOVES = 17_000, 64, 60, 7, 40
POINTED = 160  # milliseconds from pointing at a link to the click; users take 100 to 300
WARM = ("warm: first interactive draw", "warm, once more")
FLOOR = """
import plotly.graph_objects as go, streamlit as st
st.plotly_chart(go.Figure(go.Scattergl(x=[0, 1], y=[0, 1], mode="markers")))
"""
# Records when a chart is first drawn completely, in milliseconds since the navigation.
LOOK = """
const look = () => {
  const chart = document.querySelector('.js-plotly-plot');
  if (chart && !chart.__watched) {
    chart.__watched = true;
    chart.on?.('plotly_afterplot', () => { window.__drawn ??= performance.now(); });
  }
  if (chart?._fullLayout && chart.querySelector('.nsewdrag')) window.__drawn ??= performance.now();
  requestAnimationFrame(look);
};
look();
"""
FRAMES = """() => {
  window.__frames = [];
  let last = performance.now();
  const tick = (now) => {
    window.__frames.push(now - last);
    last = now;
    window.__tick = requestAnimationFrame(tick);
  };
  window.__tick = requestAnimationFrame(tick);
}"""
STOP = "() => { cancelAnimationFrame(window.__tick); return window.__frames.slice(2); }"
HOVER = """async ([x, y]) => {
  const area = document.querySelector('.js-plotly-plot .nsewdrag');
  const began = performance.now();
  const place = {clientX: x, clientY: y, bubbles: true, view: window};
  area.dispatchEvent(new MouseEvent('mousemove', place));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return [performance.now() - began, document.querySelectorAll('.hovertext').length];
}"""
OTHER_HEADINGS = """(old) => {
  const now = [...document.querySelectorAll('h3')].map((heading) => heading.innerText);
  return JSON.stringify(now) !== JSON.stringify(old);
}"""


def save_synthetic_model(folder: Path) -> None:
    """Save a checkpoint of random titles in groups, with its map."""
    catalogue = Catalogue.load(catalogue_path())
    rng = np.random.default_rng(0)
    ids = np.sort(rng.permutation(catalogue.ids.ids)[:TITLES])
    centres = rng.normal(size=(GROUPS, D))
    layers = centres[rng.integers(0, GROUPS, (2, TITLES))] + 0.7 * rng.normal(size=(2, TITLES, D))
    settings = Settings(model=ModelSettings(dimension=D, layers=1))
    degrees = rng.integers(10, 5000, TITLES)
    model = Checkpoint(
        IdMap(ids), layers.astype(np.float16), degrees, sum_estimator(D), settings,
        {"name": "Made of 17,000"},
    )  # fmt: skip
    save_checkpoint(folder, model)
    save_map(folder, compute_map(load_checkpoint(folder)))


def time_first_draw(opened: Browser, address: str) -> tuple[Page, float]:
    """Open a page; return it and the milliseconds to its first complete drawing."""
    page = new_page(opened, height=1000)
    page.add_init_script(LOOK)
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.__drawn", timeout=60_000)
    return page, page.evaluate("() => window.__drawn")


def time_navigation(opened: Browser, url: str, profile: str) -> tuple[float, float]:
    """Go twice from a page of an open app to the map; return the milliseconds of both."""
    page = new_page(opened, height=1000)
    page.add_init_script(LOOK)
    page.goto(f"{url}/recommendations?profile={profile}", wait_until="commit")
    page.locator("[data-testid=card] >> nth=5").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    links = page.get_by_test_id("stSidebar")
    taken = []
    for _ in range(2):
        page.evaluate(
            "() => { window.__drawn = undefined; document.addEventListener('click', "
            "() => { window.__clicked = performance.now(); }, {capture: true, once: true}); }"
        )
        link = links.get_by_role("link", name="Map")
        link.hover()
        page.wait_for_timeout(POINTED)
        link.click()
        page.wait_for_function("() => window.__drawn", timeout=60_000)
        taken.append(page.evaluate("() => window.__drawn - window.__clicked"))
        page.wait_for_timeout(1000)
        links.get_by_role("link", name="Recommendations").click()
        page.locator("[data-testid=card] >> nth=5").wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
    page.context.close()
    return taken[0], taken[1]


def time_interactions(page: Page) -> dict[str, Any]:
    """Return the durations of panning, hovering and drawing a lasso on an open map."""
    page.wait_for_timeout(1500)
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    if box is None:
        raise SystemExit("the map has no area to drag")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hovers, labels = [], 0
    rng = np.random.default_rng(0)
    for across, up in rng.uniform(-140, 140, (MOVES, 2)).tolist():
        taken, shown = page.evaluate(HOVER, [x + across, y + up])
        hovers.append(taken)
        labels += int(shown > 0)
    page.evaluate(FRAMES)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(MOVES):
        page.mouse.move(x + 2 * step, y + step)
    page.mouse.up()
    frames = page.evaluate(STOP)
    page.locator(".js-plotly-plot").hover()
    page.locator("[data-title='Lasso Select']").click()
    lassos = []
    for size in (40, 60, 80, 100, 120):
        page.mouse.move(x - size, y - size)
        page.mouse.down()
        for across, up in ((size, -size), (size, size), (-size, size), (-size, 10 - size)):
            page.mouse.move(x + across, y + up, steps=3)
        before = page.locator("h3").all_inner_texts()
        page.evaluate("() => { window.__released = performance.now(); }")
        page.mouse.up()
        page.wait_for_function(OTHER_HEADINGS, arg=before, timeout=30_000)
        lassos.append(page.evaluate("() => performance.now() - window.__released"))
        page.wait_for_timeout(800)
    return {
        "a frame while panning": spread(frames),
        "from a move of the mouse to the label": spread(hovers),
        "moves that showed a label": f"{labels} of {MOVES}",
        "from the end of a lasso to its table": spread(lassos),
    }


def main() -> None:
    """Measure both models and the reference, and write the result file."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, browser() as opened:
        folder = Path(name)
        save_synthetic_model(folder / "made")
        with ProfileStore.open(f"sqlite:///{folder / 'profiles.sqlite'}") as store:
            profile = store.create("Benchmark").id
            store.rate_many(profile, {1: 9, 5114: 10, 9253: 9, 30276: 7, 457: 8})
        script = folder / "floor.py"
        script.write_text(FLOOR, encoding="utf-8")
        sides: dict[str, tuple[Path | None, Path]] = {
            "floor: a page of one small Plotly chart": (script, default_checkpoint()),
            "the model that ships, 6,331 titles": (None, default_checkpoint()),
            "made model, 17,000 titles": (None, folder / "made"),
        }
        for side, (app, checkpoint) in sides.items():
            with serving(folder, script=app, ANIME_CHECKPOINT=str(checkpoint)) as server:
                address = server.url if app else f"{server.url}/map?profile={profile}"
                time_first_draw(opened, address)[0].context.close()  # warms the server
                times = []
                for _ in range(RUNS):
                    page, taken = time_first_draw(opened, address)
                    times.append(taken)
                    if len(times) < RUNS:
                        page.context.close()
                results[side] = {"cold browser: first interactive draw": spread(times)}
                if app is None:
                    clicks = [time_navigation(opened, server.url, profile) for _ in range(RUNS)]
                    for name_, column in zip(WARM, zip(*clicks, strict=True), strict=True):
                        results[side][name_] = spread(column)
                    results[side] |= time_interactions(page)
                page.context.close()
    write(
        "map_interaction",
        {"unit": "milliseconds", **results, "budget": {WARM[0]: 1500}},
        ["streamlit", "plotly", "numpy", "polars"],
    )


if __name__ == "__main__":
    main()
