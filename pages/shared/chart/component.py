"""Drawing a figure as a component of our own: Streamlit's makes a new chart of every change."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.chart.vendor import plotly_address

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from streamlit.components.v2.types import ComponentRenderer

__all__ = ["chart"]

HERE = Path(__file__).parent


@cache
def _renderer() -> ComponentRenderer:
    return st.components.v2.component(
        "steady_chart",
        css=(HERE / "chart.css").read_text(encoding="utf-8"),
        js=(HERE / "chart.js").read_text(encoding="utf-8"),
        isolate_styles=False,  # Plotly's own style sheet is in the document's head
    )


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draw a figure; drawn again under the same key, only what changed is drawn anew.

    Type, ink and rules follow the app's theme. With a constant ``uirevision`` in its layout, zoom,
    hidden traces and the point under the mouse stay as the person left them.

    Args:
        figure: with a height in its layout.
        key: of the element.
        alt: what the chart shows, for those who cannot see it.
    """
    text = figure.to_json()
    version = hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
    _renderer()(
        key=key,
        data={"version": version, "text": text, "library": plotly_address(), "alt": alt},
        height=int(figure.layout.height),
    )
