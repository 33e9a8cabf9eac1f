"""Leave-one-out on the current profile: the rank of each like when it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from statistics import median

import plotly.graph_objects as go
import streamlit as st

from pages.evaluation.evaluation_figures import ROW_HEIGHT
from pages.shared.chart import chart
from pages.shared.chart_theme import chart_theme
from pages.shared.markdown import escape_markdown
from pages.shared.number_format import count_noun
from pages.shared.resources import recommender
from pages.shared.session import current_entries, current_profile
from recsys.evaluation.leave_one_out import LeaveOneOutRank, leave_one_out

__all__ = ["draw_leave_one_out"]

SHOWN = 40  # titles in the chart; the table has all of them
LONGEST = 34  # letters of a title in the chart
TOP = 20


def draw_leave_one_out() -> None:
    """Draw the rank of each left-out like of the current profile."""
    profile = current_profile()
    if profile is None:
        st.subheader("No profile is chosen")
        st.write("Choose a profile in the side bar, or rate a few anime on the page Profile.")
        return
    entries = current_entries().values()
    ratings = {entry.anime_id: float(entry.rating) for entry in entries if entry.rating is not None}
    seen = [entry.anime_id for entry in entries if entry.rating is None]
    model = recommender()
    ranks = leave_one_out(model, ratings, seen=seen)
    if not ranks:
        st.subheader("No likes yet")
        st.write("Rate some anime 7 or more. Each of them is then left out in turn and ranked.")
        return
    st.markdown(_summary(ranks))
    st.caption(
        f"Each like is left out in turn. {escape_markdown(model.name)} is given all other ratings "
        f"and ranks {count_noun(ranks[0].among, 'title')}: the left-out title and all titles that "
        "you did not rate. Popularity ranks the same titles by their number of likes. One person "
        "proves little; see “Against the others”."
    )
    names = {rank.anime_id: _title(rank.anime_id) for rank in ranks}
    chart(_figure(ranks[:SHOWN], names), key="on-me", alt="Rank of each of my likes, left out")
    if len(ranks) > SHOWN:
        st.caption(f"The {SHOWN} best ranks; the table has all {len(ranks)}.")
    with st.expander("As a table"):
        rows = [
            {"Title": names[rank.anime_id], "LightGCN": rank.rank, "Popularity": rank.popularity}
            for rank in ranks
        ]
        st.dataframe(rows, hide_index=True)


def _summary(ranks: Sequence[LeaveOneOutRank]) -> str:
    ours, theirs = [rank.rank for rank in ranks], [rank.popularity for rank in ranks]
    higher = sum(our < their for our, their in zip(ours, theirs, strict=True))
    in_top = [sum(rank <= TOP for rank in column) for column in (ours, theirs)]
    return (
        f"Of {count_noun(len(ranks), 'like')} of mine, LightGCN ranks **{in_top[0]}** in its top "
        f"{TOP} (popularity: {in_top[1]}); the median rank is **{median(ours):,.0f}** "
        f"(popularity: {median(theirs):,.0f}). LightGCN ranks {higher} of {len(ranks)} higher than "
        "popularity does."
    )


def _title(anime_id: int) -> str:
    anime = recommender().catalogue.get(anime_id)
    return str(anime_id) if anime is None else anime.title


def _figure(ranks: Sequence[LeaveOneOutRank], names: dict[int, str]) -> go.Figure:
    """Draw one row for each like: its rank by popularity and by the model, joined by a line."""
    theme = chart_theme()
    rows = list(range(len(ranks)))
    ours, theirs = [rank.rank for rank in ranks], [rank.popularity for rank in ranks]
    figure = go.Figure()
    figure.add_scatter(
        x=[x for pair in zip(theirs, ours, strict=True) for x in (*pair, None)],
        y=[y for row in rows for y in (row, row, None)],
        mode="lines", line={"color": theme.line, "width": 3}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    main = theme.categories[4] if theme.dark else theme.categories[0]
    marks = {
        "Popularity": (theirs, "diamond-open", theme.quiet),
        "LightGCN": (ours, "circle", main),
    }
    for name, (column, symbol, colour) in marks.items():
        figure.add_scatter(
            x=column, y=rows, mode="markers", name=name,
            marker={"size": 10, "symbol": symbol, "color": colour},
            hovertemplate="rank %{x:,}",
        )  # fmt: skip
    figure.update_layout(
        height=24 * len(ranks) + 2 * ROW_HEIGHT + 40, margin={"l": 8, "r": 16, "t": 8, "b": 8},
        uirevision="on-me", hovermode="closest",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        xaxis={"title": {"text": "rank (1 is the top)"}, "type": "log", "dtick": 1,
               "range": [-0.1, _decades(ranks)], "fixedrange": True, "tickformat": ",d"},
        yaxis={"tickvals": rows, "ticktext": [_shorten(names[rank.anime_id]) for rank in ranks],
               "range": [len(rows) - 0.4, -0.6], "fixedrange": True, "automargin": True,
               "showgrid": False, "zeroline": False, "ticklabelstandoff": 8},
    )  # fmt: skip
    return figure


def _decades(ranks: Sequence[LeaveOneOutRank]) -> float:
    return len(str(max(max(rank.rank, rank.popularity) for rank in ranks))) + 0.05


def _shorten(title: str) -> str:
    return escape(title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…")
