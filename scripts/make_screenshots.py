"""Take the pictures under ``docs/``: both pages, light and dark, at a desk and on a phone.

make screenshots
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from pages.profile.examples import EXAMPLES
from recsys.places import ROOT
from recsys.profiles.store import Store
from scripts.browse import Server, browser, open_page, serving

DOCS = ROOT / "docs"
WIDTHS = {"": 1440, "-phone": 390}


def picture(opened: Browser, server: Server, address: str, name: str) -> None:
    """Take one page light and dark, wide and narrow."""
    for suffix, width in WIDTHS.items():
        for dark in (False, True):
            page = open_page(opened, f"{server.url}/{address}", width=width, dark=dark)
            page.get_by_test_id("card").nth(5).wait_for(timeout=30_000)
            page.wait_for_timeout(1500)  # covers and fonts
            path = DOCS / f"{name}{suffix}{'-dark' if dark else ''}.png"
            page.screenshot(path=path)
            print(path.relative_to(ROOT))
            page.context.close()


def main() -> None:
    """Start the app on an example profile and take every picture."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder) as server, browser() as opened:
            picture(opened, server, "", "first-visit")
        with Store.open(f"sqlite:///{folder / 'profiles.sqlite'}") as store:
            example = EXAMPLES[2]
            profile = store.create(example.name)
            store.rate_many(profile.id, example.ratings)
        with serving(folder) as server, browser() as opened:
            picture(opened, server, f"profile?profile={profile.id}", "profile")
            picture(opened, server, f"recommendations?profile={profile.id}", "recommendations")


if __name__ == "__main__":
    main()
