"""Card grid: one Streamlit element that draws a list of anime cards with their buttons."""

from __future__ import annotations

from pages.shared.grid.card import Card, EmptyState, Mode, Notice, Reason
from pages.shared.grid.component import card_grid
from pages.shared.grid.event import ACTIONS, Action, CardEvent, read_events

__all__ = [
    "ACTIONS",
    "Action",
    "Card",
    "CardEvent",
    "EmptyState",
    "Mode",
    "Notice",
    "Reason",
    "card_grid",
    "read_events",
]
