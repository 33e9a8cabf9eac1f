"""Card actions: what a click on a card changes in the profile, the notice about it, and undo."""

from __future__ import annotations

import streamlit as st

from pages.shared.error_boundary import guard_callback
from pages.shared.grid import CardEvent, Notice
from pages.shared.markdown import escape_markdown
from pages.shared.resources import profile_store, recommender
from pages.shared.session import choose_profile, chosen_profile_id
from recsys.data.catalogue import Catalogue
from recsys.profiles.store import Change, Profile

__all__ = ["apply_event", "skipped_titles", "take_notice", "undo_button"]

NEW_PROFILE = "My profile"
SKIPPED, LAST_CLICK = "skipped_titles", "last_click"  # keys of the session state
MARKS = {"seen": "seen", "not_interested": "not interested", "hidden": "hidden"}


def apply_event(event: CardEvent) -> None:
    """Write one click to the store, and remember it for the notice in the next drawing.

    The first click of a visitor without a profile creates one.

    Raises:
        ProfileError: the change cannot be written; the profile is unchanged.
    """
    if event.action == "not_seen":
        # no dislike, only an answer: the title is not suggested again in this session
        st.session_state.setdefault(SKIPPED, set()).add(event.anime_id)
        return
    profile_id = chosen_profile_id() or _create_profile()
    store = profile_store()
    change: Change | None = None
    if event.action == "undo":
        change = store.undo(profile_id)
    elif event.action == "rate" and event.value is not None:
        change = store.rate(profile_id, event.anime_id, event.value)
    elif event.action == "forget":
        change = store.forget(profile_id, event.anime_id)
    elif event.action == "hide":
        change = store.mark(profile_id, event.anime_id, "hidden")
    elif event.action in {"seen", "not_interested"}:
        change = store.mark(profile_id, event.anime_id, event.action)
    if change is not None:
        st.session_state[LAST_CLICK] = (event, change)


def take_notice() -> Notice | None:
    """Return the notice about the last click, once."""
    last: tuple[CardEvent, Change] | None = st.session_state.pop(LAST_CLICK, None)
    if last is None:
        return None
    event, change = last
    description = describe_change(change, recommender().catalogue)
    if event.action == "undo":
        return Notice(f"Undone: {description}.")
    return Notice(f"{description}.", event.anime_id)


def skipped_titles() -> set[int]:
    """Return the anime that were answered with "not seen" in this session."""
    skipped: set[int] = st.session_state.get(SKIPPED, set())
    return skipped


def describe_change(change: Change, catalogue: Catalogue) -> str:
    """Return a change in a few words, for example "Cowboy Bebop, rated 9"."""
    if len(change.anime_ids) > 1:
        return f"{len(change.anime_ids)} changes"
    anime = catalogue.get(change.anime_ids[0])
    title = anime.title if anime else f"anime {change.anime_ids[0]}"
    entry = change.after[0]
    if entry is None:
        return f"{title}, removed"
    if entry.rating is not None:
        return f"{title}, rated {entry.rating}"
    return f"{title}, {MARKS[entry.kind]}"


def undo_button(profile: Profile, change: Change | None) -> None:
    """Draw the button that takes back the last change of a profile, if there is one."""
    if change is None:
        return
    description = describe_change(change, recommender().catalogue)
    st.button(
        f"Undo: {escape_markdown(description)}", icon=":material/undo:", type="tertiary",
        on_click=_undo, args=(profile.id,), key="undo",
    )  # fmt: skip


@guard_callback
def _undo(profile_id: str) -> None:
    profile_store().undo(profile_id)


def _create_profile() -> str:
    profile = profile_store().create_numbered(NEW_PROFILE)
    choose_profile(profile.id)
    return profile.id
