"""What a box or lasso holds: how many, how good, what sets it apart, and what to do with it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st
from jaxtyping import Bool

from pages.map import map_state
from pages.map.point_columns import PointColumns
from pages.shared.card_actions import apply_event, take_notice
from pages.shared.card_content import card_of, recommendation_cards
from pages.shared.grid import EmptyState, card_grid
from pages.shared.number_format import count_noun
from recsys.embedding_map.cluster_names import tag_lifts
from recsys.profiles.store import Entry
from recsys.serving.filters import Filters
from recsys.serving.recommender import Recommender

__all__ = ["draw_selection"]

TABLE, FROM_HERE, RATE = "Table", "Recommend from here", "Rate these"
SHOWN = 12
GENRES = 6
NOTHING_LEFT = EmptyState("Nothing left here", "You have rated all of these; draw a larger area.")


def draw_selection(model: Recommender, titles: PointColumns, entries: Mapping[int, Entry]) -> None:
    """Draw the selected titles, if there are any."""
    part = (
        np.isin(titles.ids, np.array(map_state.selected_region(), dtype=np.int64)) & titles.visible
    )
    if not part.any():
        return
    st.subheader(f"{count_noun(int(part.sum()), 'title')} in this area")
    st.caption(_told(model, titles, part))
    with st.container(horizontal=True):
        what = st.segmented_control(
            "Show", (TABLE, FROM_HERE, RATE), default=TABLE, key="map-area", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            "Drop the area",
            icon=":material/close:",
            type="tertiary",
            on_click=map_state.clear_selection,
        )
    if what == TABLE:
        _draw_table(model, part)
    elif what == FROM_HERE:
        _draw_list(model, titles, part, entries)
    else:
        _draw_rating(model, titles, part, entries)


def _told(model: Recommender, titles: PointColumns, part: Bool[np.ndarray, " items"]) -> str:
    """Say the mean score, and which genres are more common here than on the whole map."""
    visible = titles.visible
    here, all_ = (titles.score[mask & np.isfinite(titles.score)] for mask in (part, visible))
    sentence = ""
    if here.size:
        sentence = f"Mean score **{here.mean():.2f}** (whole map {all_.mean():.2f}). "
    names = model.catalogue.genre_names
    found = [one for one in tag_lifts(part[visible], titles.tags[visible], names) if one.lift > 1]
    told = (f"**{one.name}** {one.share:.0%} (× {one.lift:.1f})" for one in found[:GENRES])
    more = ", ".join(told)
    return sentence + (f"More common here than on the whole map: {more}." if more else "")


def _draw_table(model: Recommender, part: Bool[np.ndarray, " items"]) -> None:
    rows = model.catalogue_rows[part]
    facts = model.catalogue.facts[rows].select(
        "title", "year", "type", "episodes", "score", "members", "genres"
    )
    st.dataframe(
        facts.sort("members", descending=True, nulls_last=True), hide_index=True, height=360,
        column_config={
            "title": st.column_config.TextColumn("Title", width="large"),
            "year": st.column_config.NumberColumn("Year", format="%d"),
            "type": "Type", "episodes": "Episodes",
            "score": st.column_config.NumberColumn("Score", format="%.2f"),
            "members": st.column_config.NumberColumn("Members", format="localized"),
            "genres": "Genres",
        },
    )  # fmt: skip


def _draw_list(
    model: Recommender,
    titles: PointColumns,
    part: Bool[np.ndarray, " items"],
    entries: Mapping[int, Entry],
) -> None:
    """Draw the titles of this area that fit the visitor best."""
    found = model.recommend(
        {one.anime_id: float(one.rating) for one in entries.values() if one.rating is not None},
        seen=[one.anime_id for one in entries.values() if one.rating is None],
        filters=Filters(adult=True),
        k=min(SHOWN, len(model.items)),
        among=titles.ids[part].tolist(),
    )
    if not found.is_personalized:
        st.caption("You like nothing here yet, so these are what many people like.")
    cards = recommendation_cards(model, found.recommendations, [])
    card_grid(cards, key="map-list", empty=NOTHING_LEFT, notice=take_notice(), on_event=apply_event)


def _draw_rating(
    model: Recommender,
    titles: PointColumns,
    part: Bool[np.ndarray, " items"],
    entries: Mapping[int, Entry],
) -> None:
    """Draw the best known titles of this area that the visitor has said nothing of."""
    rows = np.flatnonzero(part)
    rows = rows[np.argsort(-titles.members[rows], kind="stable")]
    ids = [int(one) for one in titles.ids[rows] if int(one) not in entries][:SHOWN]
    facts = [anime for one in ids if (anime := model.catalogue.get(one)) is not None]
    cards = [card_of(one) for one in facts]
    card_grid(
        cards, key="map-rate", mode="rate", empty=NOTHING_LEFT, notice=take_notice(),
        on_event=apply_event,
    )  # fmt: skip
