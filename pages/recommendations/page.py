"""Recommendations page: the list for the current profile, with the reasons for each title."""

from __future__ import annotations

import streamlit as st

from pages.recommendations.list_controls import draw_list_controls
from pages.shared.card_actions import apply_event, take_notice
from pages.shared.card_content import recommendation_cards
from pages.shared.error_boundary import error_boundary
from pages.shared.grid import EmptyState, card_grid
from pages.shared.number_format import count_noun
from pages.shared.resources import recommender
from pages.shared.session import chosen_profile_id, current_entries
from recsys.defaults import LIKE_THRESHOLD
from recsys.serving.ranking import RecommendationList

SHOWN = 24
EMPTY = EmptyState(
    "No title matches your filters",
    "Open Filters and remove one: allow more years, fewer people or another genre.",
)
PREVIOUS = "shown"  # session key of the settings and anime ids of the list shown before


def summary(result: RecommendationList) -> str:
    """Return one line about a list: what it is based on, and what it leaves out."""
    if result.is_personalized:
        sentences = [f"Based on your {count_noun(len(result.known_ids), 'rating')}."]
    else:
        sentences = [
            f"No likes yet (ratings of {LIKE_THRESHOLD:.0f} or more): showing popular titles.",
            "Rate a few anime here or on the Profile page.",
        ]
    if count := len(result.unknown_ids):
        subject, verb = ("it is", "is") if count == 1 else ("they are", "are")
        sentences.append(
            f"{count:,} of your ratings {verb} for titles that this model does not cover; "
            f"{subject} saved but not used."
        )
    if result.hidden_adult:
        sentences.append(f"{count_noun(result.hidden_adult, 'adult title')} hidden.")
    if len(result) < SHOWN:
        sentences.append("No more matches. Remove a filter to see more.")
    return " ".join(sentences)


def draw() -> None:
    """Draw the controls and the list."""
    st.title("For me")
    model, entries = recommender(), current_entries().values()
    filters, familiarity = draw_list_controls(model.catalogue)
    result = model.recommend(
        {entry.anime_id: float(entry.rating) for entry in entries if entry.rating is not None},
        seen=[entry.anime_id for entry in entries if entry.rating is None],
        filters=filters,
        k=min(SHOWN, len(model.items)),
        familiarity=familiarity,
    )
    st.caption(summary(result))
    settings = (chosen_profile_id(), filters, familiarity)
    before_settings, before = st.session_state.get(PREVIOUS, (None, ()))
    cards = recommendation_cards(
        model,
        result,
        before=before if before_settings == settings else (),
        familiarity=familiarity,
    )
    st.session_state[PREVIOUS] = (settings, [item.item_id for item in result])
    card_grid(cards, key="list", empty=EMPTY, notice=take_notice(), on_event=apply_event)


with error_boundary():
    draw()
