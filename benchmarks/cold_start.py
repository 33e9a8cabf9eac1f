"""Start-up time: from ``streamlit run app.py`` to the first text, and to the list of a link.

Each run starts a new server and a new browser context; Chromium is already running. The page checks
its own content in every animation frame, so that polling by the driver does not add to the times.
Reference, in the same run: a Streamlit app that shows one title.

    python -m benchmarks.cold_start
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page

from benchmarks.measure import spread, write
from recsys.profiles.store import ProfileStore
from scripts.browse import browser, new_page, serving

RUNS = 7
FLOOR = "import streamlit as st\n\nst.title('A title')\n"
# Records when a text and a card first appear, in milliseconds since 1970.
LOOK = """
window.__seen = {};
const roots = [];  // the grid draws inside a shadow root
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  roots.push(root);
  return root;
};
const look = () => {
  const heading = document.querySelector("h1, h2, h3, h4");
  const text = heading && heading.textContent && heading.getBoundingClientRect().height;
  if (text) window.__seen.text ??= Date.now();
  const card = roots.some((root) => root.querySelector("[data-testid='card']"));
  if (card) window.__seen.card ??= Date.now();
  requestAnimationFrame(look);
};
look();
"""


def first_seen(page: Page, target: str) -> float:
    """Wait for a text or a card; return when it first appeared, in milliseconds since 1970."""
    page.wait_for_function(f"() => window.__seen.{target}", timeout=30_000)
    moment: float = page.evaluate(f"() => window.__seen.{target}")
    return moment


def time_start(
    opened: Browser, folder: Path, address: str, target: str, script: Path | None = None
) -> tuple[float, float]:
    """Start a server and open a page; return the milliseconds to the target, and memory in MB."""
    with serving(folder, script=script) as server:
        page = new_page(opened)
        page.add_init_script(LOOK)
        page.goto(f"{server.url}/{address}", wait_until="commit")
        taken = first_seen(page, target) - server.started * 1000
        memory = psutil.Process(server.pid).memory_info().rss / 2**20
        page.context.close()
        return taken, memory


def main() -> None:
    """Measure all starts and write the result file."""
    floor, first_text, deep_list, memory = [], [], [], []
    with tempfile.TemporaryDirectory() as name, browser() as opened:
        folder = Path(name)
        with ProfileStore.open(f"sqlite:///{folder / 'profiles.sqlite'}") as store:
            profile = store.create("Benchmark")
            store.rate_many(profile.id, {1: 9, 5114: 10, 9253: 9, 30276: 7, 457: 8})
        script = folder / "floor.py"
        script.write_text(FLOOR, encoding="utf-8")
        for _ in range(RUNS):
            floor.append(time_start(opened, folder, "", "text", script)[0])
            first_text.append(time_start(opened, folder, "", "text")[0])
            address = f"recommendations?profile={profile.id}"
            taken, used = time_start(opened, folder, address, "card")
            deep_list.append(taken)
            memory.append(used)
    write(
        "cold_start",
        {
            "unit": "milliseconds from the start of the server's process",
            "floor: the first text of an app of one title": spread(floor),
            "first text": spread(first_text),
            "list of a cold deep link": spread(deep_list),
            "resident memory of the server with a list shown, MB": spread(memory),
            "budget": {"first text": 2000, "deep link": 3000, "memory MB": 350},
        },
        ["streamlit", "numpy", "polars", "sqlalchemy"],
    )


if __name__ == "__main__":
    main()
