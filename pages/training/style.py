"""The look of what only this page draws: my list, the log."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["apply_style"]


@cache
def _style() -> str:
    return f"<style>{(Path(__file__).parent / 'training.css').read_text()}</style>"


def apply_style() -> None:
    """Put the page's style sheet in."""
    st.html(_style())
