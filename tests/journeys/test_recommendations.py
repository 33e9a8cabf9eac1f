"""User journey in a browser: open, rate five, list with reasons, hide a title, reload."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from pages.shared.markdown import JOINER
from recsys.profiles.store import ProfileStore
from scripts.browse import new_page, open_page, serving

WAIT = 20_000


def rate_suggested(page, count):
    """Rate the first suggested title several times; the grid suggests another one each time."""
    titles = []
    grid = page.get_by_test_id("grid").first
    for number in range(count):
        card = grid.get_by_test_id("card").first
        card.wait_for(timeout=WAIT)
        title = card.get_by_test_id("card-title").text_content()
        card.get_by_test_id(f"rate-{6 + number}").click()
        expect(grid.get_by_test_id("card-title").first).not_to_have_text(title, timeout=WAIT)
        titles.append(title)
    return titles


def profile_in(url):
    """Return the profile id in an address."""
    return parse_qs(urlsplit(url).query).get("profile", [None])[0]


def titles_of(page):
    """Return the titles of the page's only grid, once it has 24 cards."""
    expect(page.get_by_test_id("card")).to_have_count(24, timeout=WAIT)
    return page.get_by_test_id("card-title").all_text_contents()


@pytest.mark.parametrize("width", [1440, 390])
def test_ratings_list_and_hidden_titles_survive_a_reload(chromium, server, width):
    page = open_page(chromium, server.url, width=width)
    rated = rate_suggested(page, 5)
    profile = profile_in(page.url)
    assert profile

    parent = "stMain" if width < 600 else "stSidebar"  # on a phone the side bar is closed
    page.get_by_test_id(parent).get_by_role("link", name="Recommendations").click()
    listed = titles_of(page)
    assert not set(listed) & set(rated)
    assert profile_in(page.url) == profile
    reasons = page.get_by_test_id("card").first.get_by_test_id("because").all_text_contents()
    assert reasons
    assert all("%" in reason for reason in reasons)

    page.get_by_test_id("card").first.get_by_test_id("hide").click()
    expect(page.get_by_test_id("card-title").first).not_to_have_text(listed[0], timeout=WAIT)
    after = titles_of(page)
    assert listed[0] not in after

    page.reload()
    expect(page.get_by_test_id("card-title").first).to_have_text(after[0], timeout=WAIT)
    assert titles_of(page) == after
    assert profile_in(page.url) == profile

    page.goto(f"{server.url}/profile?profile={profile}")
    page.get_by_text("My ratings").wait_for(timeout=WAIT)
    ratings = page.get_by_test_id("grid").last
    expect(ratings.get_by_test_id("card")).to_have_count(6, timeout=WAIT)
    titles = ratings.get_by_test_id("card-title").all_text_contents()
    assert set(rated) <= set(titles)
    page.context.close()


def test_a_page_switch_keeps_the_profile_in_the_url(chromium, server):
    page = open_page(chromium, server.url)
    rate_suggested(page, 1)
    profile = profile_in(page.url)
    for name in ("Recommendations", "Profile", "Recommendations"):
        page.get_by_role("link", name=name).click()
        page.wait_for_url(f"**/{name.lower()}?*profile={profile}*", timeout=WAIT)
        page.get_by_test_id("card").first.wait_for(timeout=WAIT)
        assert profile_in(page.url) == profile
    page.context.close()


def test_a_cold_deep_link_on_a_fresh_server_shows_the_list(chromium, tmp_path):
    with ProfileStore.open(f"sqlite:///{tmp_path / 'profiles.sqlite'}") as store:
        profile = store.create("Deep link")
        store.rate_many(profile.id, {1: 9, 5114: 10, 9253: 8})
    with serving(tmp_path) as server:
        page = open_page(chromium, f"{server.url}/recommendations?profile={profile.id}")
        titles_of(page)
        expect(page.get_by_text("Page not found")).to_have_count(0)
        assert profile_in(page.url) == profile.id
        page.context.close()


def test_a_title_can_be_rated_with_the_keyboard(chromium, server):
    page = open_page(chromium, server.url)
    card = page.get_by_test_id("card").first
    card.wait_for(timeout=WAIT)
    title = card.get_by_test_id("card-title").text_content()
    card.get_by_test_id("rate-1").focus()
    page.keyboard.press("9")
    expect(page.get_by_test_id("card-title").first).not_to_have_text(title, timeout=WAIT)
    expect(page.get_by_text(f"Undo: {title}, rated 9")).to_be_visible(timeout=WAIT)
    page.context.close()


def test_search_finds_with_a_typo_and_rates_in_place(chromium, server):
    page = open_page(chromium, server.url)
    page.get_by_test_id("card").first.wait_for(timeout=WAIT)
    page.get_by_placeholder("Search").fill("fullmetal alchemst brotherhod")
    card = page.get_by_test_id("card").filter(has_text="Fullmetal Alchemist: Brotherhood").first
    card.wait_for(timeout=WAIT)
    card.get_by_test_id("rate-10").click()
    expect(page.get_by_text("Undo: Fullmetal Alchemist: Brotherhood, rated 10")).to_be_visible(
        timeout=WAIT
    )
    page.context.close()


def test_a_broken_model_is_one_sentence_on_the_page(chromium, tmp_path):
    with serving(tmp_path, ANIME_CHECKPOINT=str(tmp_path / "nothing")) as server:
        page = open_page(chromium, server.url)
        sentence = page.get_by_text("so there is no model to load").first
        sentence.wait_for(timeout=WAIT)
        assert "Traceback" not in page.content()
        page.context.close()


def test_markup_in_a_profile_name_is_shown_as_text_and_fetches_nothing(chromium, tmp_path):
    name = "![](https://example.invalid/x.png) **b** :red[x] $y$ :smile:"
    with ProfileStore.open(f"sqlite:///{tmp_path / 'profiles.sqlite'}") as store:
        profile = store.create(name)
    with serving(tmp_path) as server:
        page = new_page(chromium)
        addresses = []
        page.on("request", lambda request: addresses.append(request.url))
        page.goto(f"{server.url}/profile?profile={profile.id}")
        heading = page.get_by_role("heading", level=1)
        heading.wait_for(timeout=WAIT)
        assert heading.text_content().replace(JOINER, "") == name
        page.get_by_role("button", name="Manage").click()
        button = page.get_by_role("button", name="Delete")
        button.wait_for(timeout=WAIT)
        assert button.text_content().replace(JOINER, "").endswith(f"Delete “{name}”")
        assert addresses
        assert not [address for address in addresses if "example.invalid" in address]
        page.context.close()
