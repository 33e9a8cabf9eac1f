"""On me: each of my likes left out in turn, and where the model finds it again."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import plotly.graph_objects as go
import streamlit as st

from pages.evaluation.evaluation_figures import ROW
from pages.shared.chart import chart
from pages.shared.chart_theme import chart_theme
from pages.shared.number_format import count_noun
from pages.shared.resources import profile_store, recommender
from pages.shared.session import current_profile
from recsys.evaluation.leave_one_out import LeaveOneOutRank, leave_one_out

__all__ = ["draw_leave_one_out"]

SHOWN = 40  # titles in the chart; the table has all
LONGEST = 34  # letters of a title beside it


def draw_leave_one_out() -> None:
    """Draw where each like of the current profile is found again."""
    profile = current_profile()
    if profile is None:
        st.subheader("Nobody is here yet")
        st.write("Pick a profile in the side bar, or rate a few anime on the page Profile.")
        return
    entries = profile_store().entries(profile.id)
    ratings = {one.anime_id: float(one.rating) for one in entries if one.rating is not None}
    seen = [one.anime_id for one in entries if one.rating is None]
    found = leave_one_out(recommender(), ratings, seen=seen)
    if not found:
        st.subheader("Nothing to look for yet")
        st.write("Rate some anime 7 or more; each of them is then hidden in turn and looked for.")
        return
    st.markdown(_told(found))
    st.caption(
        f"Each like is left out in turn; {recommender().name} knows all the other ratings and ranks "
        f"{count_noun(found[0].among, 'title')}: all that may be shown and were not rated, with the "
        "one left out. Popularity ranks the same titles by their likes. One person is an anecdote: "
        "the other view has the measure."
    )
    names = {one.anime_id: _name(one.anime_id) for one in found}
    chart(_figure(found[:SHOWN], names), key="on-me", alt="Rank of each of my likes, left out")
    if len(found) > SHOWN:
        st.caption(f"The {SHOWN} that are found best; the table has all {len(found)}.")
    with st.expander("As a table"):
        rows = [
            {"Title": names[one.anime_id], "LightGCN": one.rank, "Popularity": one.popularity}
            for one in found
        ]
        st.dataframe(rows, hide_index=True)


def _told(found: Sequence[LeaveOneOutRank]) -> str:
    ours, theirs = ([one.rank for one in found], [one.popularity for one in found])
    higher = sum(a < b for a, b in zip(ours, theirs, strict=True))
    first = [sum(rank <= 20 for rank in ranks) for ranks in (ours, theirs)]
    return (
        f"Of {count_noun(len(found), 'like')} of mine, LightGCN finds **{first[0]}** again among its "
        f"first 20 (popularity: {first[1]}); the middle one stands at place "
        f"**{median(ours):,.0f}** (popularity: {median(theirs):,.0f}). {higher} of {len(found)} "
        "stand higher than popularity has them."
    )


def _name(anime_id: int) -> str:
    anime = recommender().catalogue.get(anime_id)
    return str(anime_id) if anime is None else anime.title


def _figure(found: Sequence[LeaveOneOutRank], names: dict[int, str]) -> go.Figure:
    """Draw a row a like: where popularity has it, where the model finds it, and the way between."""
    seen = chart_theme()
    rows = list(range(len(found)))
    ours, theirs = [one.rank for one in found], [one.popularity for one in found]
    figure = go.Figure()
    between = [part for a, b in zip(theirs, ours, strict=True) for part in (a, b, None)]
    along = [part for row in rows for part in (row, row, None)]
    figure.add_scatter(
        x=between, y=along, mode="lines", line={"color": seen.line, "width": 3},
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    marks = {
        "Popularity": (theirs, "diamond-open", seen.quiet),
        "LightGCN": (ours, "circle", seen.categories[4] if seen.dark else seen.categories[0]),
    }
    for name, (ranks, symbol, colour) in marks.items():
        figure.add_scatter(
            x=ranks, y=rows, mode="markers", name=name,
            marker={"size": 10, "symbol": symbol, "color": colour},
            hovertemplate="place %{x:,}",
        )  # fmt: skip
    short = [_short(names[one.anime_id]) for one in found]
    figure.update_layout(
        height=24 * len(found) + 2 * ROW + 40, margin={"l": 8, "r": 16, "t": 8, "b": 8},
        uirevision="on-me", hovermode="closest",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        xaxis={"title": {"text": "place on the list (1 is the top)"}, "type": "log", "dtick": 1,
               "range": [-0.1, _decades(found)], "fixedrange": True, "tickformat": ",d"},
        yaxis={"tickvals": rows, "ticktext": short, "range": [len(rows) - 0.4, -0.6],
               "fixedrange": True, "automargin": True, "showgrid": False, "zeroline": False,
               "ticklabelstandoff": 8},
    )  # fmt: skip
    return figure


def _decades(found: Sequence[LeaveOneOutRank]) -> float:
    return len(str(max(max(one.rank, one.popularity) for one in found))) + 0.05


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
