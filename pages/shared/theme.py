"""What the configuration cannot say of the look: a small style sheet for all, one for a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["apply_style", "apply_theme"]


@cache
def _style(sheet: Path) -> str:
    return f"<style>{sheet.read_text()}</style>"


def apply_style(sheet: Path) -> None:
    """Put a page's own style sheet in; call it in every run, before the page draws."""
    st.html(_style(sheet))


def apply_theme() -> None:
    """Give the app its look; call it once in every run, before the page draws."""
    apply_style(Path(__file__).parent / "theme.css")
