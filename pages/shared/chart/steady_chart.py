"""Chart component: redraws a changed figure in place; Streamlit's own would replace the chart."""

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
        isolate_styles=False,  # Plotly adds its style sheet to the head of the document
    )


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draw a figure; under the same key, only changed parts are redrawn.

    Fonts and colours follow the app's theme. With a constant ``uirevision`` in its layout, zoom,
    hidden traces and the hovered point stay as the user left them.

    Args:
        figure: the figure, with a height in its layout.
        key: key of the element.
        alt: description of the chart for screen readers.
    """
    text = figure.to_json()
    version = hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
    _renderer()(
        key=key,
        data={"version": version, "text": text, "library": plotly_address(), "alt": alt},
        height=int(figure.layout.height),
    )
