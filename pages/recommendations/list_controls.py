"""What steers the list. Every control lives in the URL, so a list can be bookmarked and sent."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from recsys.data.catalogue import Catalogue
from recsys.serving.filters import Filters

__all__ = ["draw_controls"]

OLDEST = 1960
FAMILIAR = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
MEMBERS = (0, 1_000, 10_000, 50_000, 100_000, 500_000)


def _told(familiar: float) -> str:
    if familiar == 0:
        return "balanced"
    return f"{'more familiar' if familiar > 0 else 'more niche'}, {abs(familiar):.0%}"


def draw_controls(catalogue: Catalogue) -> tuple[Filters, float]:
    """Draw the controls.

    Returns:
        The filters, and −1 (niche) … 1 (familiar).
    """
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        familiar = st.select_slider(
            "Niche ↔ familiar", FAMILIAR, 0.0, key="familiar", bind="query-params",
            format_func=_told,
            help="Left: what you like more than others do. Right: what everybody likes. "
            "The middle is what the model finds best.",
        )  # fmt: skip
    with right, st.popover("Filters", icon=":material/tune:", width="stretch"):
        filters = _draw_filters(catalogue)
    return filters, float(familiar)


def _draw_filters(catalogue: Catalogue) -> Filters:
    this_year = datetime.now(UTC).year
    names = sorted(catalogue.genre_names)
    genres_in = st.multiselect("Any of these genres", names, key="in", bind="query-params")
    genres_out = st.multiselect("None of these", names, key="out", bind="query-params")
    types = st.pills(
        "Types", catalogue.type_names, selection_mode="multi", key="types", bind="query-params"
    )
    years = st.slider(
        "Years", OLDEST, this_year, (OLDEST, this_year), key="years", bind="query-params"
    )
    members = st.select_slider(
        "On the lists of at least", MEMBERS, key="members", bind="query-params",
        format_func=lambda n: f"{n:,} people",
    )  # fmt: skip
    one = st.toggle("One per franchise", value=True, key="franchise", bind="query-params")
    adult = st.toggle("Show adult titles", key="adult", bind="query-params")
    return Filters(
        genres_in=tuple(genres_in),
        genres_out=tuple(genres_out),
        types=tuple(types),
        year_from=years[0] if years[0] > OLDEST else 0,
        year_to=years[1] if years[1] < this_year else 0,
        least_members=int(members),
        adult=adult,
        one_per_franchise=one,
    )
