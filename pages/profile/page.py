"""Profile page: rate suggested titles, search, list of ratings, profile management."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.profile.my_ratings import draw_ratings
from pages.profile.profile_management import draw_examples, draw_manage
from pages.shared.card_actions import apply_event, skipped_titles, take_notice, undo_button
from pages.shared.card_content import card_of
from pages.shared.error_boundary import error_boundary
from pages.shared.grid import card_grid
from pages.shared.markdown import escape_markdown
from pages.shared.resources import recommender, title_index
from pages.shared.session import current_contents, current_entries, current_profile
from recsys.profiles.store import Entry
from recsys.serving.elicitation import suggest_items_to_rate
from recsys.serving.recommender import Recommender

SUGGESTIONS = 6
SEARCH_RESULTS = 12


def draw_suggested(model: Recommender, entries: Mapping[int, Entry]) -> None:
    """Draw well-known titles whose ratings tell the model most about a taste."""
    suggested = suggest_items_to_rate(model, {*entries, *skipped_titles()}, SUGGESTIONS)
    titles = [anime for id_ in suggested if (anime := model.catalogue.get(id_)) is not None]
    cards = [card_of(anime) for anime in titles]
    card_grid(cards, key="suggested", mode="rate", notice=take_notice(), on_event=apply_event)


def draw_search(model: Recommender, entries: Mapping[int, Entry]) -> None:
    """Draw the search field and its results, which can be rated in place."""
    catalogue, known = model.catalogue, model.items
    query = st.text_input(
        "Search", key="query", live=True, type="search", label_visibility="collapsed",
        placeholder=f"Search {len(catalogue):,} titles in romaji, English or Japanese; "
        "typos are fine",
    )  # fmt: skip
    if not query:
        return
    results = [catalogue.anime(row) for row in title_index().search(query, SEARCH_RESULTS)]
    if not results:
        text = escape_markdown(query)
        st.caption(f"No title is similar to “{text}”. Try another title or language.")
    cards = [
        card_of(anime, entry=entries.get(anime.anime_id), known=anime.anime_id in known)
        for anime in results
    ]
    card_grid(
        cards, key="found", mode="rows", actions=("rate", "seen", "forget"), on_event=apply_event
    )


def draw() -> None:
    """Draw the page for the current profile, or for a first visit."""
    profile, entries, model = current_profile(), current_entries(), recommender()
    if profile is None:
        st.title("Rate a few anime, get a list you can trust.")
        st.caption("Every title comes with its reasons: which of your ratings led to it.")
    else:
        draw_manage(profile)
        undo_button(profile, current_contents().last_change)
    draw_search(model, entries)
    st.subheader("Seen any of these?")
    draw_suggested(model, entries)
    if profile is None:
        draw_examples()
    else:
        draw_ratings(model, entries)


with error_boundary():
    draw()
