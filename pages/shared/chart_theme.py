"""Chart colours, read from the light or dark theme of the visitor."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

__all__ = ["ChartTheme", "chart_theme"]


@dataclass(frozen=True, slots=True)
class ChartTheme:
    """Colours as ``#RRGGBB``.

    Attributes:
        ink, quiet, paper, line: text, secondary text, background, rules.
        me: the accent, for the visitor's own data only.
        rest: points without a category.
        categories: the Okabe–Ito palette; viridis is for amounts.
        dark: whether the background is dark.
    """

    ink: str
    quiet: str
    paper: str
    line: str
    me: str
    rest: str
    categories: tuple[str, ...]
    dark: bool = False

    def veil(self, opacity: float) -> str:
        """Return the background as a translucent colour."""
        red, green, blue = (int(self.paper[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red}, {green}, {blue}, {opacity})"


def chart_theme() -> ChartTheme:
    """Return the colours of the theme that the visitor sees."""
    kind = st.context.theme.type or "light"

    def colour(name: str) -> str:
        return str(st.get_option(f"theme.{kind}.{name}"))

    return ChartTheme(
        ink=colour("textColor"),
        quiet=colour("grayColor"),
        paper=colour("backgroundColor"),
        line=colour("borderColor"),
        me=colour("redColor"),
        rest="#A8A39A" if kind == "light" else "#5F5D6B",
        categories=tuple(st.get_option("theme.chartCategoricalColors")),
        dark=kind == "dark",
    )
