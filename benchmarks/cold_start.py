"""From ``streamlit run app.py`` to the first text, and to the list of a deep link, both cold.

Each run starts a fresh server and a fresh browser context; Chromium itself is already open.

    python -m benchmarks.cold_start
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.measure import spread, write
from recsys.profiles.store import Store
from scripts.browse import browser, open_page, serving

RUNS = 5


def main() -> None:
    """Measure, and write the result file."""
    first_text, deep_list, memory = [], [], []
    with tempfile.TemporaryDirectory() as name, browser() as opened:
        folder = Path(name)
        with Store.open(f"sqlite:///{folder / 'profiles.sqlite'}") as store:
            profile = store.create("Benchmark")
            store.rate_many(profile.id, {1: 9, 5114: 10, 9253: 9, 30276: 7, 457: 8})
        for _ in range(RUNS):
            with serving(folder) as server:
                page = open_page(opened, server.url)
                page.get_by_role("heading").first.wait_for(timeout=30_000)
                first_text.append((time.perf_counter() - server.started) * 1000)
                page.context.close()
            with serving(folder) as server:
                page = open_page(opened, f"{server.url}/recommendations?profile={profile.id}")
                page.get_by_test_id("card").first.wait_for(timeout=30_000)
                deep_list.append((time.perf_counter() - server.started) * 1000)
                memory.append(psutil.Process(server.pid).memory_info().rss / 2**20)
                page.context.close()
    write(
        "cold_start",
        {
            "unit": "milliseconds from the start of the server's process",
            "first text": spread(first_text),
            "list of a cold deep link": spread(deep_list),
            "resident memory of the server with a list shown, MB": spread(memory),
            "budget": {"first text": 2000, "deep link": 3000, "memory MB": 350},
        },
        ["streamlit", "numpy", "polars", "sqlalchemy"],
    )


if __name__ == "__main__":
    main()
