"""Profiles: make, name, delete with undo; and examples to start from in one click."""

from __future__ import annotations

import streamlit as st

from pages.profile.example_profiles import EXAMPLES, Example
from pages.shared.resources import profile_store
from pages.shared.session import add_notice, choose_profile
from recsys.errors import RecsysError
from recsys.profiles.store import Profile

__all__ = ["draw_examples", "draw_manage"]


def _create(name: str) -> None:
    try:
        choose_profile(profile_store().create(name).id)
    except RecsysError as error:
        add_notice(str(error))


def _start_from(example: Example) -> None:
    try:
        taken = {one.name.casefold() for one in profile_store().profiles()}
        name, number = example.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{example.name} {number}"
        profile = profile_store().create(name)
        profile_store().rate_many(profile.id, example.ratings)
        choose_profile(profile.id)
    except RecsysError as error:
        add_notice(str(error))


def _rename(profile_id: str) -> None:
    try:
        profile_store().rename(profile_id, st.session_state[f"name-{profile_id}"])
    except RecsysError as error:
        add_notice(str(error))


def _delete(profile: Profile) -> None:
    try:
        profile_store().delete(profile.id)
        choose_profile(None)
        st.session_state["deleted"] = profile
    except RecsysError as error:
        add_notice(str(error))


def _restore(profile: Profile) -> None:
    try:
        profile_store().restore(profile.id)
        choose_profile(profile.id)
    except RecsysError as error:
        add_notice(str(error))
    st.session_state.pop("deleted", None)


def draw_examples() -> None:
    """Draw the example profiles, and the one that was just deleted."""
    deleted: Profile | None = st.session_state.get("deleted")
    if deleted is not None:
        st.button(
            f"Undo: bring “{deleted.name}” back", icon=":material/undo:", on_click=_restore,
            args=(deleted,), key="restore",
        )  # fmt: skip
    st.subheader("Or start from somebody's taste")
    for column, example in zip(st.columns(len(EXAMPLES)), EXAMPLES, strict=True):
        column.button(
            f"**{example.name}**  \n{example.line}", on_click=_start_from, args=(example,),
            key=f"example-{example.name}", width="stretch",
        )  # fmt: skip


def draw_manage(profile: Profile) -> None:
    """Draw the profile's name and what can be done with it."""
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.title(profile.name)
    with right, st.popover("Manage", icon=":material/settings:", width="stretch"):
        st.text_input("Name", profile.name, max_chars=60, key=f"name-{profile.id}")
        st.button("Rename", on_click=_rename, args=(profile.id,), width="stretch")
        st.text_input("New profile", max_chars=60, key="created_name", placeholder="Its name")
        st.button(
            "Create", width="stretch",
            on_click=lambda: _create(st.session_state["created_name"]),
        )  # fmt: skip
        st.button(
            f"Delete “{profile.name}”", icon=":material/delete:", on_click=_delete,
            args=(profile,), width="stretch",
        )  # fmt: skip
