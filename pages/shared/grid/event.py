"""Card events: clicks on cards, as validated messages from the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, get_args

__all__ = ["ACTIONS", "Action", "CardEvent", "read_events"]

Action = Literal["rate", "forget", "seen", "not_seen", "not_interested", "hide", "undo"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class CardEvent:
    """One click on a card.

    Attributes:
        action: the button that was clicked.
        anime_id: MyAnimeList id of the card.
        value: the rating from 1 to 10 of a ``rate`` event; None otherwise.
        sequence: ascending number within a grid; a repeated event is handled once.
    """

    action: Action
    anime_id: int
    value: int | None
    sequence: int


def read_events(payload: object, after: int = 0) -> tuple[CardEvent, ...]:
    """Return the events of a browser message that were not handled yet, in order.

    The browser repeats an event until the server has acknowledged it. Anything that is not a valid
    event (another type, an unknown action, a rating of 11) is ignored, so that no message can
    break a page.

    Args:
        payload: the message, any JSON value.
        after: sequence number of the last handled event.
    """
    entries = payload if isinstance(payload, list) else []
    events = (_event(entry) for entry in entries if isinstance(entry, Mapping))
    new = {event.sequence: event for event in events if event and event.sequence > after}
    return tuple(new[sequence] for sequence in sorted(new))


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _event(entry: Mapping[str, Any]) -> CardEvent | None:
    action, anime_id = entry.get("action"), entry.get("anime_id")
    value, sequence = entry.get("value"), entry.get("sequence")
    if action not in ACTIONS or not _is_integer(anime_id) or not _is_integer(sequence):
        return None
    if action == "rate":
        if not _is_integer(value) or not 1 <= value <= 10:
            return None
    elif value is not None:
        return None
    return CardEvent(action, anime_id, value, sequence)
