"""Links and side bar: who is here, which model answers, on what device, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.shared.number_format import count_noun
from pages.shared.resources import profile_store, recommender
from pages.shared.session import choose_profile, current_profile
from recsys.errors import RecsysError

__all__ = ["draw_links", "draw_sidebar", "quality"]


def quality(card: Mapping[str, Any]) -> str | None:
    """Return the model's quality in one figure, with what it means; none where it was not measured.

    Args:
        card: of the checkpoint.
    """
    figures = card.get("figures", {}).get("new-people")
    if not figures:
        return None
    given = "5" if "5" in figures["methods"]["lightgcn"] else min(figures["methods"]["lightgcn"])
    value = figures["methods"]["lightgcn"][given]["recall@20"]
    return (
        f"Told {given} likes of someone it has never seen, {100 * value:.0f} % of its first 20 "
        f"titles are ones they like too ({figures['people']:,} people tested)."
    )


def draw_links(pages: Sequence[StreamlitPage]) -> None:
    """Draw a link for each page; the built-in navigation would drop the profile from the URL."""
    profile = current_profile()
    params = {"profile": profile.id} if profile else {}
    topbar = st.container(horizontal=True, key="topbar")  # on a phone the side bar is folded
    for place in (topbar, st.sidebar):
        for page in pages:
            place.page_link(page, query_params=params, width="stretch")


def draw_sidebar() -> None:
    """Draw profile, model and device."""
    profile = current_profile()
    with st.sidebar:
        _draw_profile(profile.id if profile else None)
        try:
            in_use = recommender()
        except RecsysError:  # the page says why
            st.caption("**Model** none is loaded")
            return
        told = quality(in_use.card)
        st.caption(
            f"**Model** {in_use.name} · {len(in_use.items):,} anime  \n"
            + (f"**Quality** {told}  \n" if told else "")
            + f"**Device** {in_use.device.upper()}"
        )


def _draw_profile(profile_id: str | None) -> None:
    profiles = profile_store().profiles()
    if not profiles:
        st.caption("No profile yet: rate an anime and one is made.")
        return
    by_id = {one.id: one for one in profiles}

    def switch() -> None:
        choose_profile(st.session_state["switch"])

    st.session_state["switch"] = profile_id
    st.selectbox(
        "Profile",
        list(by_id),
        format_func=lambda id_: f"{by_id[id_].name} · {count_noun(by_id[id_].ratings, 'rating')}",
        placeholder="Pick a profile",
        key="switch",
        on_change=switch,
    )
