"""Screenshots under ``docs/``: every page, in light and dark mode, at desktop and phone width.

make screenshots
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from pages.profile.example_profiles import EXAMPLES
from recsys.paths import ROOT
from recsys.profiles.store import ProfileStore
from scripts.browse import Server, browser, open_page, serving

DOCS = ROOT / "docs"
WIDTHS = {"": 1440, "-phone": 390}
CARD, CHART = "[data-testid=card] >> nth=5", ".js-plotly-plot >> nth=0"


def take_screenshots(
    opened: Browser, server: Server, address: str, name: str, ready: str = CARD, height: int = 0
) -> None:
    """Take four screenshots of a page once the selector ``ready`` matches: mode by width."""
    for suffix, width in WIDTHS.items():
        for dark in (False, True):
            page = open_page(
                opened, f"{server.url}/{address}", width=width, dark=dark, height=height
            )
            page.locator(ready).wait_for(timeout=30_000)
            page.wait_for_timeout(2500)  # covers, fonts and curves
            path = DOCS / f"{name}{suffix}{'-dark' if dark else ''}.png"
            page.screenshot(path=path)
            print(path.relative_to(ROOT))
            page.context.close()


def train(opened: Browser, server: Server, profile: str) -> None:
    """Train a quick model through the page Training."""
    page = open_page(opened, f"{server.url}/training?profile={profile}")
    page.get_by_role("button", name="Start training").click(timeout=60_000)
    page.get_by_text("Finished: all steps are done; the best model").wait_for(timeout=300_000)
    page.context.close()


def main() -> None:
    """Run the app with an example profile and take all screenshots."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder) as server, browser() as opened:
            take_screenshots(opened, server, "", "first-visit")
        with ProfileStore.open(f"sqlite:///{folder / 'profiles.sqlite'}") as store:
            example = EXAMPLES[2]
            profile = store.create(example.name)
            store.rate_many(profile.id, example.ratings)
        with serving(folder) as server, browser() as opened:
            take_screenshots(opened, server, f"profile?profile={profile.id}", "profile")
            take_screenshots(
                opened, server, f"recommendations?profile={profile.id}", "recommendations"
            )
            take_screenshots(opened, server, f"map?profile={profile.id}", "map", CHART, 1000)
            evaluation = f"evaluation?profile={profile.id}"
            take_screenshots(opened, server, evaluation, "evaluation", f"{CHART[:-1]}8", 1500)
            train(opened, server, profile.id)
            take_screenshots(
                opened, server, f"training?profile={profile.id}", "training", CHART, 1150
            )


if __name__ == "__main__":
    main()
