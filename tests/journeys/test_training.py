"""Training in a real browser: start, watch, zoom, reload, stop, resume, finish, use."""

import pytest
from playwright.sync_api import expect

from recsys.profiles.store import ProfileStore
from scripts.browse import open_page

WAIT = 30_000
LOSS = """() => {
  const chart = [...document.querySelectorAll('.js-plotly-plot')]
    .find((one) => one._fullLayout?.title?.text.includes('Loss'));
  return chart && {points: chart.calcdata[0].length, range: chart._fullLayout.xaxis.range};
}"""


def loss(page):
    """Return how many steps the loss curve shows, and the span of its axis."""
    return page.evaluate(LOSS)


def wait_for_more(page, points):
    page.wait_for_function(f"({LOSS})()?.points > {points}", timeout=WAIT)
    return loss(page)["points"]


def zoom(page):
    """Drag over the middle of the loss chart."""
    area = page.locator(".js-plotly-plot").first.locator(".nsewdrag").first
    box = area.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5, steps=5)
    page.mouse.up()


@pytest.mark.timeout(300)
def test_start_watch_zoom_reload_stop_resume_finish_and_use(chromium, server, tmp_path):
    with ProfileStore.open(f"sqlite:///{tmp_path / 'profiles.sqlite'}") as store:
        profile = store.create("Me").id
        store.rate_many(profile, {1: 9, 5114: 10, 9253: 9, 457: 8})
    page = open_page(chromium, f"{server.url}/training?profile={profile}", height=1600)
    page.get_by_role("button", name="Start training").click(timeout=WAIT)

    shown = wait_for_more(page, 5)
    zoom(page)
    page.wait_for_function(f"({LOSS})()?.range[0] > 0.5", timeout=WAIT)
    span = loss(page)["range"]
    wait_for_more(page, shown)
    assert loss(page)["range"] == span

    expect(page.get_by_label("My top ten at step 25")).to_be_visible(timeout=60_000)
    page.reload()
    shown = wait_for_more(page, shown)

    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped on request;")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Resume").click(timeout=WAIT)
    wait_for_more(page, shown)
    ended = page.get_by_text("Finished: all steps are done; the best model")
    expect(ended).to_be_visible(timeout=150_000)

    page.get_by_role("button", name="Use this model").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("Quick look")).to_be_visible(timeout=WAIT)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Recommendations").click()
    expect(page.get_by_test_id("card")).to_have_count(24, timeout=WAIT)
    expect(page.get_by_test_id("stSidebar").get_by_text("Quick look")).to_be_visible(timeout=WAIT)
    page.context.close()
