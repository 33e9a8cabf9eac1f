"""Grid component: sends the cards to the browser and passes clicks to a callback."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.shared.error_boundary import error_sentence
from pages.shared.grid.card import Card, EmptyState, Mode, Notice
from pages.shared.grid.event import Action, CardEvent, read_events

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

__all__ = ["card_grid"]

HERE = Path(__file__).parent
SCRIPTS = ("element.js", "rating.js", "card.js", "grid.js")
DEFAULT_ACTIONS: dict[Mode, tuple[Action, ...]] = {
    "list": ("rate", "seen", "not_interested", "hide"),
    "rate": ("rate", "not_seen", "seen", "not_interested"),
    "rows": ("rate", "forget"),
}
NOTHING = EmptyState("Nothing to show", "No title is listed here yet.")


@cache
def _renderer() -> ComponentRenderer:
    return st.components.v2.component(
        "anime_grid",
        css=(HERE / "grid.css").read_text(encoding="utf-8"),
        js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
    )


def card_grid(
    cards: Sequence[Card],
    *,
    key: str,
    mode: Mode = "list",
    actions: Sequence[Action] | None = None,
    empty: EmptyState = NOTHING,
    notice: Notice | None = None,
    on_event: Callable[[CardEvent], None] | None = None,
) -> CardEvent | None:
    """Draw cards as one element and return the click that caused this rerun.

    ``on_event`` runs before the page, so that the same rerun draws the result of the click. It
    receives each click once, even if the browser repeats it. An exception in it is shown under the
    cards as one sentence.

    Args:
        cards: the cards, in order; each anime at most once.
        key: key of the element; its last handled click is stored under it.
        mode: ``list`` for recommendations, ``rate`` for covers to rate, ``rows`` for compact rows.
        actions: buttons of a card, in order; by default those of the mode.
        empty: shown if there is no card.
        notice: shown under the cards.
        on_event: called with each new click.

    Returns:
        The last click handled in this rerun, if any.
    """
    handled_key, fresh_key = f"{key}-handled", f"{key}-fresh"

    def deliver() -> None:
        handled = st.session_state.get(handled_key, 0)
        fresh = read_events(st.session_state.get(key, {}).get("events"), handled)
        problem = None
        for event in fresh:
            st.session_state[handled_key] = event.sequence
            try:
                if on_event:
                    on_event(event)
            except Exception as error:  # noqa: BLE001 - the boundary: error_sentence logs it
                problem = error_sentence(error)
        st.session_state[fresh_key] = (fresh, problem)

    fresh, problem = st.session_state.pop(fresh_key, ((), None))
    if problem:
        notice = Notice(problem, problem=True)
    data: dict[str, Any] = {
        "mode": mode,
        "actions": list(DEFAULT_ACTIONS[mode] if actions is None else actions),
        "cards": [card.payload() for card in cards],
        "empty": empty.payload(),
        "notice": notice and notice.payload(),
        "handled": st.session_state.get(handled_key, 0),
    }
    # one text: in a list Streamlit would look for tables, and import pandas to recognise them
    text = json.dumps(data, separators=(",", ":"))
    version = hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
    _renderer()(key=key, data={"version": version, "text": text}, on_events_change=deliver)
    return fresh[-1] if fresh else None
