"""Starting Streamlit's chart library as soon as somebody points at a link that needs it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["prefetch_charts"]


@cache
def _script() -> str | None:
    """Return the script; none where this Streamlit keeps its library elsewhere."""
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    chunk = next((one.name for one in folder.glob("PlotlyChart.*.js")), None)
    if chunk is None:
        return None
    text = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return f"<script type='module'>{text.replace('__CHUNK__', chunk)}</script>"


def prefetch_charts() -> None:
    """Put the script in; call it in every run. Without it the first chart is a second later."""
    script = _script()
    if script is not None:
        st.html(script, unsafe_allow_javascript=True)
