"""The log of a run: what happened, newest first, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

import streamlit as st

from pages.training.curve_figures import BASELINES
from recsys.jobs.run_history import RunHistory

__all__ = ["draw_log", "sentence"]

SHOWN = 200


def _figures(event: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in event["metrics"].items())


def _started(event: Mapping[str, Any]) -> str:
    part = ", to find the best step" if event["part"] == "search" else ""
    return (
        f"{'Went on' if event['step'] else 'Started'}{part}: {event['users']:,} people × "
        f"{event['items']:,} anime, {event['edges']:,} likes, {event['steps']:,} steps on "
        f"{event['device'].upper()}"
    )


def _evaluated(event: Mapping[str, Any]) -> str:
    return f"{_figures(event)}{', the best so far' if event['best'] else ''}"


def _compared(event: Mapping[str, Any]) -> str:
    return f"{BASELINES[event['method']]} ({event['told']}): {_figures(event)}"


TOLD: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "started": _started,
    "evaluated": _evaluated,
    "compared": _compared,
    "finished": lambda event: f"Finished: {event['reason']}; best step {event['best_step']:,}",
    "cancelled": lambda _event: "Stopped on request",
    "failed": lambda event: f"Ended: {event['reason']}",
}


def sentence(event: Mapping[str, Any]) -> str | None:
    """Say what an event tells; none for one that says nothing here, or is of another version."""
    if event["event"] not in TOLD or event.get("metrics") == {}:
        return None
    try:
        return TOLD[event["event"]](event)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def draw_log(history: RunHistory) -> None:
    """Draw the log."""
    rows = []
    for event in reversed(history.log[-SHOWN:]):
        told = sentence(event)
        if told is not None:
            moment = datetime.fromtimestamp(event["at"], UTC).astimezone()
            rows.append(
                f"<tr><td>{moment:%H:%M:%S}</td><td>step {event['step']:,}</td>"
                f"<td>{escape(told)}</td></tr>"
            )
    st.html(f'<table class="log">{"".join(rows)}</table>')
