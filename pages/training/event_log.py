"""Event log of a run: one sentence for each event, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

import streamlit as st

from pages.shared.method_labels import method_label
from pages.shared.time_format import format_clock
from recsys.jobs.run_history import RunHistory

__all__ = ["draw_log", "sentence"]

SHOWN = 200


def _format_metrics(event: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in event["metrics"].items())


def _started(event: Mapping[str, Any]) -> str:
    purpose = ", to find the best step" if event["part"] == "search" else ""
    return (
        f"{'Resumed' if event['step'] else 'Started'}{purpose}: {event['users']:,} people × "
        f"{event['items']:,} anime, {event['edges']:,} likes, {event['steps']:,} steps on "
        f"{event['device'].upper()}"
    )


def _evaluated(event: Mapping[str, Any]) -> str:
    return f"{_format_metrics(event)}{', the best so far' if event['best'] else ''}"


def _compared(event: Mapping[str, Any]) -> str:
    return f"{method_label(event['method'])} ({event['told']}): {_format_metrics(event)}"


SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "started": _started,
    "evaluated": _evaluated,
    "compared": _compared,
    "finished": lambda event: f"Finished: {event['reason']}; best step {event['best_step']:,}",
    "cancelled": lambda _event: "Stopped on request",
    "failed": lambda event: f"Failed: {event['reason']}",
}


def sentence(event: Mapping[str, Any]) -> str | None:
    """Return an event as a sentence, or None if it has none or is of another version."""
    if event["event"] not in SENTENCES or event.get("metrics") == {}:
        return None
    try:
        return SENTENCES[event["event"]](event)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def draw_log(history: RunHistory) -> None:
    """Draw the log."""
    rows = []
    for event in reversed(history.log[-SHOWN:]):
        text = sentence(event)
        if text is not None:
            time = format_clock(datetime.fromtimestamp(event["at"], UTC))
            rows.append(
                f"<tr><td>{time}</td><td>step {event['step']:,}</td><td>{escape(text)}</td></tr>"
            )
    st.html(f'<table class="log">{"".join(rows)}</table>')
