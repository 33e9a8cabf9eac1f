"""Times of day and dates in the time zone of the visitor's browser."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

__all__ = ["format_clock", "format_moment", "visitor_zone"]


def visitor_zone() -> tzinfo:
    """Return the time zone that the browser reports; UTC if it is missing or unknown."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def format_moment(moment: datetime) -> str:
    """Return a date and time, for example "24 Nov 2026, 19:15".

    Args:
        moment: an aware datetime in any zone.
    """
    local = moment.astimezone(visitor_zone())
    return f"{local.day} {local:%b %Y, %H:%M}"


def format_clock(moment: datetime) -> str:
    """Return a time of day with seconds, for example "19:15:07".

    Args:
        moment: an aware datetime in any zone.
    """
    return f"{moment.astimezone(visitor_zone()):%H:%M:%S}"
