"""My ratings: all that the profile holds, to change or remove."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.shared.card_actions import apply_event
from pages.shared.card_content import card_of, unknown_card
from pages.shared.grid import card_grid
from pages.shared.resources import recommender
from recsys.profiles.store import Entry

__all__ = ["draw_ratings"]

ORDERS = {
    "Newest": lambda one: -one.changed.timestamp(),
    "Highest": lambda one: -(one.rating or 0),
    "Lowest": lambda one: one.rating or 11,
}
SHOWN = 60


def draw_ratings(entries: Mapping[int, Entry]) -> None:
    """Draw the entries of a profile as compact cards, in an order of choice."""
    st.subheader("My ratings")
    if not entries:
        st.caption("Nothing yet. Rate a title above; everything you say is listed here.")
        return
    order = st.segmented_control(
        "Order", list(ORDERS), default="Newest", key="order", label_visibility="collapsed"
    )
    ordered = sorted(entries.values(), key=ORDERS[order or "Newest"])
    in_use = recommender()
    cards = []
    for entry in ordered if st.session_state.get("all-mine") else ordered[:SHOWN]:
        anime = in_use.catalogue.get(entry.anime_id)
        known = entry.anime_id in in_use.items
        cards.append(card_of(anime, entry=entry, known=known) if anime else unknown_card(entry))
    card_grid(cards, key="mine", mode="rows", on_event=apply_event)
    if len(ordered) > SHOWN:
        st.toggle(f"Show all {len(ordered):,}", key="all-mine")
