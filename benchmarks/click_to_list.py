"""Latency of a rating: from the click on a card to the last change of the page, in a browser.

30 ratings in sequence, each on a card of the list *For me*. The time is measured in the page, from
the click event to the last DOM mutation that is followed by half a second without one. Reference,
in the same run: a Streamlit page whose one button changes one text.

    python -m benchmarks.click_to_list
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import Page

from benchmarks.measure import spread, write
from recsys.profiles.store import ProfileStore
from scripts.browse import browser, open_page, serving

RATINGS = 30
FLOOR = """
import streamlit as st
st.session_state.n = st.session_state.get("n", 0)
def add(): st.session_state.n += 1
st.button("add", on_click=add)
st.write(f"count {st.session_state.n}")
"""
# Observes open shadow roots too, because the grid renders inside one.
WATCH = """() => {
  window.__last = 0;
  const seen = new WeakSet();
  const watch = (root) => {
    if (seen.has(root)) return;
    seen.add(root);
    new MutationObserver((changes) => {
      window.__last = performance.now();
      for (const change of changes) for (const node of change.addedNodes) descend(node);
    }).observe(root, {subtree: true, childList: true, characterData: true, attributes: true});
    descend(root);
  };
  const descend = (node) => {
    if (node.shadowRoot) watch(node.shadowRoot);
    if (node.querySelectorAll)
      for (const inner of node.querySelectorAll('*')) if (inner.shadowRoot) watch(inner.shadowRoot);
  };
  watch(document);
  document.addEventListener('click', () => { window.__clicked = performance.now(); }, true);
}"""
TAKEN = "() => window.__last - window.__clicked"
QUIET = "() => window.__last > window.__clicked && performance.now() - window.__last > 500"


def settle(page: Page) -> float:
    """Wait for half a second without a change; return the milliseconds from click to change."""
    page.wait_for_function(QUIET, timeout=20_000)
    taken: float = page.evaluate(TAKEN)
    return taken


def floor(folder: Path) -> list[float]:
    """Return the milliseconds of each click on a page of one button and one text."""
    script = folder / "floor.py"
    script.write_text(FLOOR, encoding="utf-8")
    with serving(folder, script=script) as server, browser() as opened:
        page = open_page(opened, server.url)
        button = page.get_by_role("button", name="add")
        button.wait_for()
        page.evaluate(WATCH)
        taken = []
        for _ in range(RATINGS):
            button.click()
            taken.append(settle(page))
        return taken


def rate(page: Page) -> list[float]:
    """Rate thirty titles on the list; return the milliseconds of each rating."""
    taken = []
    for number in range(RATINGS):
        card = page.get_by_test_id("card").nth(number % 8)
        card.get_by_test_id(f"rate-{7 + number % 4}").click()
        taken.append(settle(page))
    return taken


def ratings(folder: Path) -> tuple[list[float], float]:
    """Return the milliseconds of each rating, and the resident memory of the server in MB."""
    with ProfileStore.open(f"sqlite:///{folder / 'profiles.sqlite'}") as store:
        profile = store.create("Benchmark")
        store.rate_many(profile.id, {1: 9, 5114: 10, 9253: 9, 30276: 7, 457: 8})
    with serving(folder) as server, browser() as opened:
        page = open_page(opened, f"{server.url}/recommendations?profile={profile.id}")
        page.get_by_test_id("card").first.wait_for(timeout=30_000)
        page.wait_for_timeout(2000)
        page.evaluate(WATCH)
        taken = rate(page)
        memory = psutil.Process(server.pid).memory_info().rss / 2**20
        return taken, memory


def main() -> None:
    """Measure the reference page and the list, and write the result file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        low = spread(floor(folder))
        taken, memory = ratings(folder)
    listed = spread(taken)
    write(
        "click_to_list",
        {
            "unit": "milliseconds from click to last change in the page",
            "floor: one button changes one text": low,
            "a rating on the list, new list of 24 with reasons": listed,
            "median over floor": round(listed["median"] / low["median"], 2),
            "resident memory of the server, MB": round(memory),
            "budget": {"median": 160, "p95": 250, "memory MB": 350},
        },
        ["streamlit", "numpy", "playwright"],
    )


if __name__ == "__main__":
    main()
