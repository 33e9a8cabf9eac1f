"""Colour, dash and symbol of each method in the charts of the page Evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pages.shared.chart_theme import chart_theme
from pages.shared.method_labels import LIGHTGCN, SOFTMAX_MF, order_methods
from recsys.models.baselines import BASELINES

__all__ = ["MethodStyle", "method_styles"]

# Beyond the palette a colour is used again, with another dash and another symbol.
MORE_DASHES = ("longdash", "longdashdot", "2px 4px 8px 4px", "12px 3px", "1px 6px")
SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star", "hexagon")


@dataclass(frozen=True, slots=True)
class MethodStyle:
    """How a method is drawn.

    Attributes:
        colour: as ``#RRGGBB``.
        dash: of its line, a Plotly dash.
        symbol: of its markers, a Plotly symbol.
    """

    colour: str
    dash: str = "solid"
    symbol: str = "circle"


def method_styles(methods: Iterable[str]) -> Mapping[str, MethodStyle]:
    """Return a style for LightGCN, softmax MF, each baseline and each further method.

    LightGCN has the most prominent colour. A baseline keeps its style whatever else is drawn; the
    methods that are not in the registry follow in the order of their names.

    Args:
        methods: all methods of an evaluation.

    Returns:
        The style by method; no two of the first 200 are alike.
    """
    theme = chart_theme()
    blue, orange, green, pink, sky, yellow = theme.categories
    main, other = (sky, blue) if theme.dark else (blue, sky)
    palette = (
        MethodStyle(theme.quiet, "dot"), MethodStyle(theme.rest, "dash"), MethodStyle(other),
        MethodStyle(pink), MethodStyle(green), MethodStyle(orange),
    )  # fmt: skip
    styles = {
        LIGHTGCN: MethodStyle(main),
        # yellow is too pale on white
        SOFTMAX_MF: MethodStyle(yellow if theme.dark else theme.ink, "dashdot"),
    }
    further = [method for method in order_methods(methods) if method not in styles]
    names = dict.fromkeys((*BASELINES, *further))
    for number, method in enumerate(names):
        cycle, position = divmod(number, len(palette))
        style = palette[position]
        if cycle:
            dash = MORE_DASHES[(cycle - 1) % len(MORE_DASHES)]
            style = MethodStyle(style.colour, dash, SYMBOLS[cycle % len(SYMBOLS)])
        styles[method] = style
    return styles
