"""Who is here: the profile's id lives in the URL, so that a reload or a bookmark returns to it."""

from __future__ import annotations

import secrets

import streamlit as st

from pages.shared.resources import profile_store
from recsys.errors import ProfileError
from recsys.logging_setup import session_id
from recsys.profiles.store import Profile

__all__ = ["add_notice", "choose_profile", "current_profile", "identify_session", "take_notices"]

KEY = "profile"


def current_profile() -> Profile | None:
    """Return the profile of this session, and keep its id in the URL."""
    wanted = st.query_params.get(KEY) or st.session_state.get(KEY)
    if not wanted:
        return None
    try:
        profile = profile_store().profile(wanted)
    except ProfileError as error:
        add_notice(f"{error}")
        choose_profile(None)
        return None
    if st.query_params.get(KEY) != profile.id:
        st.query_params[KEY] = profile.id
    st.session_state[KEY] = profile.id
    return profile


def choose_profile(profile_id: str | None) -> None:
    """Make a profile the one of this session; none leaves."""
    if profile_id is None:
        st.session_state.pop(KEY, None)
        st.query_params.pop(KEY, None)
    else:
        st.session_state[KEY] = profile_id
        st.query_params[KEY] = profile_id


def add_notice(sentence: str) -> None:
    """Keep a sentence to show once, at the top of the next drawing."""
    st.session_state.setdefault("notices", []).append(sentence)


def take_notices() -> list[str]:
    """Return the sentences kept since the last drawing, and forget them."""
    taken: list[str] = st.session_state.pop("notices", [])
    return taken


def identify_session() -> None:
    """Give the session a random id, and put it into the log lines of this thread."""
    session_id.set(st.session_state.setdefault("log_session", secrets.token_hex(4)))
