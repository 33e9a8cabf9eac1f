"""The map in a real browser: search flies, a lasso fills a table, layers morph, my dot moves."""

import pytest
from playwright.sync_api import expect

from recsys.profiles.store import ProfileStore
from scripts.browse import open_page

WAIT = 30_000
CHART = "document.querySelector('.js-plotly-plot')"
PLACES = f"""(name) => {{
  const trace = {CHART}?._fullData?.find((one) => one.name === name);
  return trace && Array.from(trace.x).map((x, n) => [x, trace.y[n]]);
}}"""
SPAN = f"() => {CHART}?._fullLayout?.xaxis?.range"


@pytest.fixture
def page(chromium, server, tmp_path):
    """The map of somebody with four likes, drawn."""
    with ProfileStore.open(f"sqlite:///{tmp_path / 'profiles.sqlite'}") as store:
        profile = store.create("Me").id
        store.rate_many(profile, {1: 9, 5114: 10, 9253: 9, 457: 8})
    opened = open_page(chromium, f"{server.url}/map?profile={profile}", height=1400)
    opened.wait_for_function(f"({PLACES})('Me')?.length === 1", timeout=WAIT)
    yield opened
    opened.context.close()


def width(page):
    low, high = page.evaluate(SPAN)
    return high - low


def test_search_flies_to_a_title_and_a_click_on_a_neighbour_flies_on(page):
    whole = width(page)
    box = page.get_by_label("Find a title")
    box.fill("stiens gate")
    box.press("Enter")
    page.wait_for_function(f"{whole} > 4 * (({SPAN})()[1] - ({SPAN})()[0])", timeout=WAIT)
    expect(page.get_by_test_id("card").get_by_text("Steins;Gate", exact=True)).to_be_visible()
    assert "title=9253" in page.url
    middle = page.evaluate(SPAN)
    page.get_by_role("radiogroup", name="Nearest in the full space").get_by_role(
        "radio"
    ).first.click()
    page.wait_for_function(f"(old) => ({SPAN})()[0] !== old", arg=middle[0], timeout=WAIT)
    expect(page.get_by_test_id("card").get_by_text("Steins;Gate", exact=True)).not_to_be_visible()
    page.get_by_role("button", name="Whole map").click()
    page.wait_for_function(f"({SPAN})()[1] - ({SPAN})()[0] > {0.9 * whole}", timeout=WAIT)


def test_a_lasso_opens_a_table_of_what_it_holds(page):
    area = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    page.locator(".js-plotly-plot").hover()
    page.locator("[data-title='Lasso Select']").click()
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    for across, up in ((60, -60), (60, 60), (-60, 60), (-60, -50)):
        page.mouse.move(x + across, y + up, steps=4)
    page.mouse.up()
    head = page.get_by_role("heading", name="titles in this region")
    expect(head).to_be_visible(timeout=WAIT)
    count = int(head.inner_text().split()[0].replace(",", ""))
    assert 20 < count < 3000
    expect(page.get_by_text("More common here than on the whole map")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_role("radio", name="Recommend from here").click()
    expect(page.get_by_test_id("card")).to_have_count(12, timeout=WAIT)
    page.get_by_role("button", name="Clear selection").click()
    expect(head).not_to_be_visible(timeout=WAIT)


def test_the_layer_slider_morphs_from_one_layer_to_the_next(page):
    page.get_by_role("radio", name="Layers").click()
    slider = page.get_by_role("slider", name="Layer")
    expect(slider).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("The picture of layer 1 keeps")).to_be_visible(timeout=WAIT)
    page.wait_for_function(f"({PLACES})('My ratings')?.length === 4", timeout=WAIT)
    seen = [page.evaluate(PLACES, "My ratings")]
    for _ in range(2):
        slider.press("ArrowLeft")
        page.wait_for_function(
            f"(old) => JSON.stringify(({PLACES})('My ratings')) !== JSON.stringify(old)",
            arg=seen[-1], timeout=WAIT,
        )  # fmt: skip
        seen.append(page.evaluate(PLACES, "My ratings"))
    first, middle, last = seen  # equal steps on a straight line
    for (x, y), (a, b), (u, v) in zip(first, middle, last, strict=True):
        assert (x + u) / 2 == pytest.approx(a, abs=1e-3)
        assert (y + v) / 2 == pytest.approx(b, abs=1e-3)
    expect(page.get_by_text("Is there over-smoothing?")).to_be_visible()


def test_my_dot_moves_at_once_after_a_rating_on_the_map(page):
    before = page.evaluate(PLACES, "Me")
    box = page.get_by_label("Find a title")
    box.fill("Naruto")
    box.press("Enter")
    card = page.get_by_test_id("card").first
    expect(card.get_by_text("Naruto", exact=True)).to_be_visible(timeout=WAIT)
    card.get_by_role("button", name="10").click()
    page.wait_for_function(
        f"(old) => JSON.stringify(({PLACES})('Me')) !== JSON.stringify(old)", arg=before,
        timeout=WAIT,
    )  # fmt: skip
    assert len(page.evaluate(PLACES, "My ratings")) == 5
    page.wait_for_function(f"({PLACES})('how I moved')?.length >= 2", timeout=WAIT)
    assert page.evaluate(PLACES, "how I moved")[0] == pytest.approx(before[0], abs=1e-3)


def test_pointing_at_the_link_starts_the_chart_library_ahead(chromium, server):
    opened = open_page(chromium, server.url)
    link = opened.get_by_test_id("stSidebar").get_by_role("link", name="Map")
    expect(link).to_be_visible(timeout=WAIT)
    expect(opened.get_by_test_id("card").first).to_be_visible(timeout=WAIT)
    with opened.expect_request("**/PlotlyChart.*.js", timeout=WAIT):
        link.hover()
    opened.context.close()
