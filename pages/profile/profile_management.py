"""Profile management: create, rename, delete and restore profiles, and example profiles."""

from __future__ import annotations

import streamlit as st

from pages.profile.example_profiles import EXAMPLES, Example
from pages.shared.error_boundary import guard_callback
from pages.shared.markdown import escape_markdown
from pages.shared.resources import profile_store
from pages.shared.session import choose_profile
from recsys.profiles.store import Profile

__all__ = ["draw_examples", "draw_manage"]

DELETED = "deleted"  # session key of the profile that was deleted last


@guard_callback
def _create() -> None:
    choose_profile(profile_store().create(st.session_state["created_name"]).id)


@guard_callback
def _create_from(example: Example) -> None:
    profile = profile_store().create_numbered(example.name)
    profile_store().rate_many(profile.id, example.ratings)
    choose_profile(profile.id)


@guard_callback
def _rename(profile_id: str) -> None:
    profile_store().rename(profile_id, st.session_state[f"name-{profile_id}"])


@guard_callback
def _delete(profile: Profile) -> None:
    profile_store().delete(profile.id)
    choose_profile(None)
    st.session_state[DELETED] = profile


@guard_callback
def _restore(profile: Profile) -> None:
    profile_store().restore(profile.id)
    st.session_state.pop(DELETED, None)  # after a failure the button stays
    choose_profile(profile.id)


def draw_examples() -> None:
    """Draw the example profiles, and a button that restores the profile deleted last."""
    deleted: Profile | None = st.session_state.get(DELETED)
    if deleted is not None:
        st.button(
            f"Restore “{escape_markdown(deleted.name)}”", icon=":material/undo:",
            on_click=_restore, args=(deleted,), key="restore",
        )  # fmt: skip
    st.subheader("Or start from an example profile")
    for column, example in zip(st.columns(len(EXAMPLES)), EXAMPLES, strict=True):
        column.button(
            f"**{example.name}**  \n{example.line}", on_click=_create_from, args=(example,),
            key=f"example-{example.name}", width="stretch",
        )  # fmt: skip


def draw_manage(profile: Profile) -> None:
    """Draw the profile's name and the controls to rename, create and delete."""
    name = escape_markdown(profile.name)
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.title(name)
    with right, st.popover("Manage", icon=":material/settings:", width="stretch"):
        st.text_input("Name", profile.name, max_chars=60, key=f"name-{profile.id}")
        st.button("Rename", on_click=_rename, args=(profile.id,), width="stretch")
        st.text_input("New profile", max_chars=60, key="created_name", placeholder="Name")
        st.button("Create", width="stretch", on_click=_create)
        st.button(
            f"Delete “{name}”", icon=":material/delete:", on_click=_delete, args=(profile,),
            width="stretch",
        )  # fmt: skip
