"""Session state: the current profile, whose id is in the URL, and notices for the next rerun."""

from __future__ import annotations

import secrets

import streamlit as st

from pages.shared.rerun_cache import once_per_rerun
from pages.shared.resources import profile_store
from recsys.errors import ProfileError
from recsys.logging_setup import session_id
from recsys.profiles.store import Entry, Profile, ProfileContents

__all__ = [
    "add_notice",
    "choose_profile",
    "chosen_profile_id",
    "current_contents",
    "current_entries",
    "current_profile",
    "identify_session",
    "saved_profiles",
    "take_notices",
]

KEY = "profile"


def chosen_profile_id() -> str | None:
    """Return the profile id in the URL or session, without a look at the database.

    A reload, a bookmark and a second tab keep the URL, so they come back to the same profile.
    """
    return st.query_params.get(KEY) or st.session_state.get(KEY) or None


@once_per_rerun
def saved_profiles() -> list[Profile]:
    """Return all profiles by name.

    Raises:
        ProfileError: the database cannot be read.
    """
    return profile_store().profiles()


@once_per_rerun
def current_profile() -> Profile | None:
    """Return the profile of this session, and keep its id in the URL.

    An unknown id becomes a notice and leaves the session without a profile.

    Raises:
        ProfileError: the database cannot be read.
    """
    profile_id = chosen_profile_id()
    if profile_id is None:
        return None
    profile = next((saved for saved in saved_profiles() if saved.id == profile_id), None)
    if profile is None:
        try:
            profile = profile_store().profile(profile_id)  # raises, with the sentence to show
        except ProfileError as error:
            add_notice(str(error))
            choose_profile(None)
            return None
    if st.query_params.get(KEY) != profile.id:
        st.query_params[KEY] = profile.id
    st.session_state[KEY] = profile.id
    return profile


@once_per_rerun
def current_contents() -> ProfileContents:
    """Return the entries and last change of the current profile; empty without a profile.

    Raises:
        ProfileError: the database cannot be read.
    """
    profile = current_profile()
    return ProfileContents() if profile is None else profile_store().contents(profile.id)


def current_entries() -> dict[int, Entry]:
    """Return the entries of the current profile by anime id, newest first.

    Raises:
        ProfileError: the database cannot be read.
    """
    return {entry.anime_id: entry for entry in current_contents().entries}


def choose_profile(profile_id: str | None) -> None:
    """Make a profile the current one; None leaves the session without a profile."""
    if profile_id is None:
        st.session_state.pop(KEY, None)
        st.query_params.pop(KEY, None)
    else:
        st.session_state[KEY] = profile_id
        st.query_params[KEY] = profile_id


def add_notice(sentence: str) -> None:
    """Store a sentence, as plain text, to show once at the top of the next rerun."""
    st.session_state.setdefault("notices", []).append(sentence)


def take_notices() -> list[str]:
    """Return the stored sentences and remove them."""
    notices: list[str] = st.session_state.pop("notices", [])
    return notices


def identify_session() -> None:
    """Give the session a random id, and put it into the log lines of this thread."""
    session_id.set(st.session_state.setdefault("log_session", secrets.token_hex(4)))
