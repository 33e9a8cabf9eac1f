"""What comes back from the browser when a card is clicked."""

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
        action: what was asked for.
        anime_id: of the card.
        value: the rating, 1 to 10, of a ``rate``; none otherwise.
        sequence: ascending within a grid, so that an event told twice is handled once.
    """

    action: Action
    anime_id: int
    value: int | None
    sequence: int


def read_events(payload: object, after: int = 0) -> tuple[CardEvent, ...]:
    """Return the events of a browser message that were not handled yet, in order.

    The browser repeats an event until the server has acknowledged it. Whatever is not an event
    (another type, an unknown action, a rating of 11) is passed over: a page never breaks on what
    a browser sends.

    Args:
        payload: the message, any JSON value.
        after: sequence of the last event handled.
    """
    entries = payload if isinstance(payload, list) else []
    found = (_event(entry) for entry in entries if isinstance(entry, Mapping))
    new = {event.sequence: event for event in found if event and event.sequence > after}
    return tuple(new[sequence] for sequence in sorted(new))


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _event(entry: Mapping[str, Any]) -> CardEvent | None:
    action, anime_id = entry.get("action"), entry.get("anime_id")
    value, sequence = entry.get("value"), entry.get("sequence")
    if action not in ACTIONS or not _whole(anime_id) or not _whole(sequence):
        return None
    if action == "rate":
        if not _whole(value) or not 1 <= value <= 10:
            return None
    elif value is not None:
        return None
    return CardEvent(action, anime_id, value, sequence)
