"""Prefetching: Streamlit's chart library loads when the pointer reaches a link that needs it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["prefetch_charts"]


@cache
def _script() -> str | None:
    """Return the script, or None if this version of Streamlit has no such library file."""
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    chunk = next((file.name for file in folder.glob("PlotlyChart.*.js")), None)
    if chunk is None:
        return None
    text = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return f"<script type='module'>{text.replace('__CHUNK__', chunk)}</script>"


def prefetch_charts() -> None:
    """Insert the script; call it in every rerun. Without it the first chart comes 1 s later."""
    script = _script()
    if script is not None:
        st.html(script, unsafe_allow_javascript=True)
