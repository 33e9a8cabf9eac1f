"""Style sheets: one for the app, and one for a page that needs its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["apply_style", "apply_theme"]


@cache
def _style(sheet: Path) -> str:
    return f"<style>{sheet.read_text(encoding='utf-8')}</style>"


def apply_style(sheet: Path) -> None:
    """Insert a page's own style sheet; call it in every rerun, before the page draws."""
    st.html(_style(sheet))


def apply_theme() -> None:
    """Insert the style sheet of the app; call it once in every rerun, before the page draws."""
    apply_style(Path(__file__).parent / "theme.css")
