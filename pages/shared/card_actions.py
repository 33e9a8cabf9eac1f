"""What a click on a card does to the profile."""

from __future__ import annotations

import streamlit as st

from pages.shared.grid import CardEvent, Notice
from pages.shared.resources import profile_store, recommender
from pages.shared.session import add_notice, choose_profile, current_profile
from recsys.errors import RecsysError
from recsys.profiles.store import Profile

__all__ = ["apply_event", "skipped_titles", "take_notice", "undo_button"]

NEWCOMER = "My profile"
PASSED, DONE = "passed_over", "done"


def _profile() -> Profile:
    """Return the profile of this session; the first rating of a newcomer makes one."""
    profile = current_profile()
    if profile is not None:
        return profile
    taken = {one.name.casefold() for one in profile_store().profiles()}
    number = 1
    name = NEWCOMER
    while name.casefold() in taken:
        number += 1
        name = f"{NEWCOMER} {number}"
    created = profile_store().create(name)
    choose_profile(created.id)
    return created


def apply_event(event: CardEvent) -> None:
    """Write one click to the store, and keep a line about it with an undo for the next drawing.

    Raises:
        ProfileError: it cannot be written; nothing was lost. The grid shows the sentence.
    """
    profile = _profile()
    done = Notice("")
    if event.action == "not_seen":
        # no answer is no dislike: the title is only not asked about again in this visit
        st.session_state.setdefault(PASSED, set()).add(event.anime_id)
        return
    if event.action == "undo":
        profile_store().undo(profile.id)
        done = Notice("Taken back.")
    elif event.action == "rate" and event.value is not None:
        profile_store().rate(profile.id, event.anime_id, event.value)
    elif event.action == "forget":
        profile_store().forget(profile.id, event.anime_id)
    elif event.action == "hide":
        profile_store().mark(profile.id, event.anime_id, "hidden")
    elif event.action in {"seen", "not_interested"}:
        profile_store().mark(profile.id, event.anime_id, event.action)
    if not done.text:
        done = Notice(f"{_last_change(profile.id)}.", event.anime_id)
    st.session_state[DONE] = done


def take_notice() -> Notice | None:
    """Return the line about the last click, once."""
    done: Notice | None = st.session_state.pop(DONE, None)
    return done


def skipped_titles() -> set[int]:
    """Return the anime that were passed over as not seen in this visit."""
    skipped: set[int] = st.session_state.get(PASSED, set())
    return skipped


def _undo(profile_id: str) -> None:
    """Take the last change of a profile back."""
    try:
        profile_store().undo(profile_id)
    except RecsysError as error:
        add_notice(str(error))


def _last_change(profile_id: str) -> str | None:
    """Say in a few words what undo would take back; none if there is nothing."""
    change = profile_store().last_change(profile_id)
    if change is None:
        return None
    if len(change.anime_ids) > 1:
        return f"{len(change.anime_ids)} changes"
    anime = recommender().catalogue.get(change.anime_ids[0])
    title = anime.title if anime else f"anime {change.anime_ids[0]}"
    after = change.after[0]
    done = {
        None: "removed", "seen": "seen", "not_interested": "not interested", "hidden": "hidden",
    }  # fmt: skip
    if after is not None and after.rating is not None:
        return f"{title}, rated {after.rating}"
    return f"{title}, {done[after.kind if after else None]}"


def undo_button(profile_id: str) -> None:
    """Draw the button that takes the last change back, saying what that was."""
    last = _last_change(profile_id)
    if last is not None:
        st.button(
            f"Undo: {last}", icon=":material/undo:", type="tertiary", on_click=_undo,
            args=(profile_id,), key="undo",
        )  # fmt: skip
