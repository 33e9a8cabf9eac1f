"""Links and side bar: the pages, the current profile, and the active model with its quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.shared.error_boundary import guard_callback
from pages.shared.markdown import escape_markdown
from pages.shared.number_format import count_noun
from pages.shared.resources import recommender
from pages.shared.session import (
    choose_profile,
    chosen_profile_id,
    current_profile,
    saved_profiles,
)
from recsys.errors import RecsysError

__all__ = ["draw_links", "draw_sidebar", "quality"]

SWITCH = "switch"  # key of the selectbox


def quality(card: Mapping[str, Any]) -> str | None:
    """Return the measured quality of a model in one sentence of Markdown.

    Args:
        card: the card of its checkpoint.

    Returns:
        The sentence, or None if the card holds no such metrics.
    """
    try:
        figures = card["figures"]["new-people"]
        by_given = figures["methods"]["lightgcn"]
        given = "5" if "5" in by_given else min(by_given)
        share, users = 100 * by_given[given]["precision@20"], int(figures["people"])
        return (
            f"Given {escape_markdown(given)} likes of a new person, {share:.0f} % of its top 20 "
            f"are titles they like ({users:,} people tested)."
        )
    except (KeyError, TypeError, ValueError, AttributeError):  # a card of another program
        return None


def draw_links(pages: Sequence[StreamlitPage]) -> None:
    """Draw a link to each page; the built-in navigation would drop the profile from the URL."""
    profile_id = chosen_profile_id()
    params = {"profile": profile_id} if profile_id else {}
    topbar = st.container(horizontal=True, key="topbar")  # on a phone the side bar is closed
    for parent in (topbar, st.sidebar):
        for page in pages:
            parent.page_link(page, query_params=params, width="stretch")


def draw_sidebar() -> None:
    """Draw the choice of a profile, and the model with its quality and device."""
    with st.sidebar:
        _draw_profiles()
        try:
            model = recommender()
        except RecsysError:  # the page shows the reason
            st.caption("**Model** none is loaded")
            return
        lines = [f"**Model** {escape_markdown(model.name)} · {len(model.items):,} anime"]
        if sentence := quality(model.card):
            lines.append(f"**Quality** {sentence}")
        lines.append(f"**Device** {model.device.upper()}")
        st.caption("  \n".join(lines))


def _draw_profiles() -> None:
    profiles = {profile.id: profile for profile in saved_profiles()}
    if not profiles:
        st.caption("No profile yet. Rate an anime to create one.")
        return
    profile = current_profile()
    st.session_state[SWITCH] = profile.id if profile else None
    st.selectbox(
        "Profile",
        list(profiles),
        format_func=lambda id_: (
            f"{profiles[id_].name} · {count_noun(profiles[id_].ratings, 'rating')}"
        ),
        placeholder="Choose a profile",
        key=SWITCH,
        on_change=_switch_profile,
    )


@guard_callback
def _switch_profile() -> None:
    choose_profile(st.session_state[SWITCH])
