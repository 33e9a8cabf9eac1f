"""Recommendations, for me: a full list, each title with its exact reasons."""

from __future__ import annotations

import streamlit as st

from pages.recommendations.list_controls import draw_controls
from pages.shared.card_actions import apply_event, take_notice
from pages.shared.card_content import recommendation_cards
from pages.shared.grid import EmptyState, card_grid
from pages.shared.number_format import count_noun
from pages.shared.resources import profile_store, recommender
from pages.shared.session import current_profile
from recsys.profiles.store import Profile
from recsys.serving.ranking import RecommendationList

SHOWN = 24
EMPTY = EmptyState(
    "No title passes your filters",
    "Open Filters and loosen one: a wider span of years, fewer people, another genre.",
)


def told_of(found: RecommendationList) -> str:
    """Say in one line what kind of list this is, and what is not on it."""
    if found.is_personalized:
        parts = [f"From {count_noun(len(found.known_ids), 'rating')} of yours."]
    else:
        parts = ["You like nothing here yet, so this is what many people like."]
        parts.append("Rate a few anime, here or on the page Profile.")
    if found.unknown_ids:
        unknown = count_noun(len(found.unknown_ids), "rating")
        parts.append(f"{unknown} of titles that this model does not know: kept, without effect.")
    if found.hidden_adult:
        parts.append(f"{count_noun(found.hidden_adult, 'adult title')} hidden.")
    if len(found) < SHOWN:
        parts.append("No more titles pass your filters; loosen one to see more.")
    return " ".join(parts)


def draw_list(profile: Profile | None) -> None:
    """Draw controls, the list, and what undo would take back."""
    model = recommender()
    filters, familiarity = draw_controls(model.catalogue)
    entries = profile_store().entries(profile.id) if profile else []
    found = model.recommend(
        {one.anime_id: float(one.rating) for one in entries if one.rating is not None},
        seen=[one.anime_id for one in entries if one.rating is None],
        filters=filters,
        k=min(SHOWN, len(model.items)),
        familiarity=familiarity,
    )
    st.caption(told_of(found))
    remembered = ("list", profile.id if profile else "", filters, familiarity)
    before = st.session_state.get("shown", (None, []))
    listed = [entry.item_id for entry in found]
    cards = recommendation_cards(model, found, before[1] if before[0] == remembered else [])
    st.session_state["shown"] = (remembered, listed)
    card_grid(cards, key="list", empty=EMPTY, notice=take_notice(), on_event=apply_event)


st.title("For me")
draw_list(current_profile())
