"""What the configuration cannot say of the look: one small style sheet, put in once a run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["apply_theme"]


@cache
def _style() -> str:
    return f"<style>{(Path(__file__).parent / 'theme.css').read_text()}</style>"


def apply_theme() -> None:
    """Give the page its look; call it once in every run, before the page draws."""
    st.html(_style())
