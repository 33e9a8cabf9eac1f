"""List of ratings: all entries of the profile, to change or remove."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.shared.card_actions import apply_event
from pages.shared.card_content import card_of, unknown_card
from pages.shared.grid import card_grid
from recsys.profiles.store import Entry
from recsys.serving.recommender import Recommender

__all__ = ["draw_ratings"]

ORDERS = {
    "Newest": lambda entry: -entry.changed.timestamp(),
    "Highest": lambda entry: -(entry.rating or 0),
    "Lowest": lambda entry: entry.rating or 11,
}
SHOWN = 60


def draw_ratings(model: Recommender, entries: Mapping[int, Entry]) -> None:
    """Draw the entries of a profile as compact rows, in an order to choose.

    Args:
        model: the active model with the catalogue.
        entries: the profile's entries by anime id.
    """
    st.subheader("My ratings")
    if not entries:
        st.caption("No ratings yet. Rate a title above; it will be listed here.")
        return
    order = st.segmented_control(
        "Order", list(ORDERS), default="Newest", key="order", label_visibility="collapsed"
    )
    ordered = sorted(entries.values(), key=ORDERS[order or "Newest"])
    cards = []
    for entry in ordered if st.session_state.get("all-mine") else ordered[:SHOWN]:
        anime = model.catalogue.get(entry.anime_id)
        known = entry.anime_id in model.items
        cards.append(card_of(anime, entry=entry, known=known) if anime else unknown_card(entry))
    card_grid(cards, key="mine", mode="rows", on_event=apply_event)
    if len(ordered) > SHOWN:
        st.toggle(f"Show all {len(ordered):,}", key="all-mine")
