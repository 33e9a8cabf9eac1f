"""Profile: rate, search, see what was rated, manage profiles."""

from __future__ import annotations

import streamlit as st

from pages.profile.my_ratings import draw_ratings
from pages.profile.profile_management import draw_examples, draw_manage
from pages.shared.card_actions import apply_event, skipped_titles, take_notice, undo_button
from pages.shared.card_content import card_of
from pages.shared.grid import card_grid
from pages.shared.resources import profile_store, recommender, title_index
from pages.shared.session import current_profile
from recsys.profiles.store import Entry, Profile
from recsys.serving.elicitation import suggest_items_to_rate

ASKED = 6


def draw_suggested(entries: dict[int, Entry]) -> None:
    """Draw covers to rate: known titles that tell tastes apart."""
    asked = suggest_items_to_rate(recommender(), {*entries, *skipped_titles()}, ASKED)
    facts = [anime for id_ in asked if (anime := recommender().catalogue.get(id_)) is not None]
    cards = [card_of(one) for one in facts]
    card_grid(cards, key="suggested", mode="rate", notice=take_notice(), on_event=apply_event)


def draw_search(entries: dict[int, Entry]) -> None:
    """Draw the search field and what it finds, to rate in place."""
    query = st.text_input(
        "Search", key="query", live=True, type="search", label_visibility="collapsed",
        placeholder=f"Search {len(recommender().catalogue):,} titles in romaji, English or Japanese; "
        "typos are fine",
    )  # fmt: skip
    if not query:
        return
    catalogue, known = recommender().catalogue, recommender().items
    found = [catalogue.anime(row) for row in title_index().search(query, 12)]
    if not found:
        st.caption(f"Nothing is called anything like “{query}”. Try another title or language.")
    cards = [
        card_of(one, entry=entries.get(one.anime_id), known=one.anime_id in known) for one in found
    ]
    card_grid(
        cards, key="found", mode="rows", actions=("rate", "seen", "forget"), on_event=apply_event
    )


def draw(profile: Profile | None) -> None:
    """Draw the page for a profile, or for a first visit."""
    entries = {one.anime_id: one for one in profile_store().entries(profile.id)} if profile else {}
    if profile is None:
        st.title("Rate a few anime, get a list you can trust.")
        st.caption("Every title comes with its reasons: which of your ratings speak for it.")
    else:
        draw_manage(profile)
        undo_button(profile.id)
    draw_search(entries)
    st.subheader("Seen any of these?")
    draw_suggested(entries)
    if profile is None:
        draw_examples()
    else:
        draw_ratings(entries)


draw(current_profile())
