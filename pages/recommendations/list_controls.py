"""List controls: the niche–familiar slider and the filters, all kept in the URL.

A list can therefore be bookmarked and shared.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import streamlit as st

from pages.shared.markdown import escape_markdown
from recsys.data.catalogue import Catalogue
from recsys.serving.filters import Filters

__all__ = ["draw_list_controls"]

OLDEST = 1960
FAMILIAR = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
MEMBERS = (0, 1_000, 10_000, 50_000, 100_000, 500_000)


def _describe(familiar: float) -> str:
    if familiar == 0:
        return "balanced"
    return f"{'more familiar' if familiar > 0 else 'more niche'}, {abs(familiar):.0%}"


def _describe_members(members: int) -> str:
    return f"{members:,} people’s lists"


def _accept_other_wordings() -> None:
    """Set the members filter from a URL whose value is another wording of its label.

    The URL holds the label, whose wording changes between versions; only the number counts.
    """
    if "members" in st.session_state:
        return
    value = st.query_params.get("members", "")
    numbers = {str(members): members for members in MEMBERS}
    members = numbers.get(re.sub(r"[^\d-]", "", value))
    if members is not None and value != _describe_members(members):
        st.session_state["members"] = members


def draw_list_controls(catalogue: Catalogue) -> tuple[Filters, float]:
    """Draw the controls.

    Args:
        catalogue: source of the genres and types to choose from.

    Returns:
        The filters, and a number from −1 (niche) to 1 (familiar).
    """
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        familiar = st.select_slider(
            "Niche ↔ familiar", FAMILIAR, 0.0, key="familiar", bind="query-params",
            format_func=_describe,
            help="Left: titles that you like more than other people do. Right: titles that most "
            "people like. Middle: the scores of the model as they are.",
        )  # fmt: skip
    with right, st.popover("Filters", icon=":material/tune:", width="stretch"):
        filters = _draw_filters(catalogue)
    return filters, float(familiar)


def _draw_filters(catalogue: Catalogue) -> Filters:
    this_year = datetime.now(UTC).year
    names = sorted(catalogue.genre_names)
    genres_in = st.multiselect("Any of these genres", names, key="in", bind="query-params")
    genres_out = st.multiselect("None of these genres", names, key="out", bind="query-params")
    types = st.pills(
        "Types", catalogue.type_names, selection_mode="multi", key="types", bind="query-params",
        format_func=escape_markdown,
    )  # fmt: skip
    years = st.slider(
        "Years", OLDEST, this_year, (OLDEST, this_year), key="years", bind="query-params"
    )
    _accept_other_wordings()
    members = st.select_slider(
        "On at least", MEMBERS, key="members", bind="query-params",
        format_func=_describe_members,
    )  # fmt: skip
    one_per_franchise = st.toggle(
        "One per franchise", value=True, key="franchise", bind="query-params"
    )
    adult = st.toggle("Show adult titles", key="adult", bind="query-params")
    return Filters(
        genres_in=tuple(genres_in),
        genres_out=tuple(genres_out),
        types=tuple(types),
        year_from=years[0] if years[0] > OLDEST else 0,
        year_to=years[1] if years[1] < this_year else 0,
        least_members=int(members),
        adult=adult,
        one_per_franchise=one_per_franchise,
    )
