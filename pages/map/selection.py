"""Selected region: its titles as a table, as recommendations, and to rate."""

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
from pages.shared.markdown import escape_markdown
from pages.shared.number_format import count_noun
from recsys.embedding_map.cluster_names import tag_lifts
from recsys.profiles.store import Entry
from recsys.serving.filters import Filters
from recsys.serving.recommender import Recommender

__all__ = ["draw_selection"]

TABLE, RECOMMEND, RATE = "Table", "Recommend from here", "Rate these"
SHOWN = 12
GENRES = 6
EMPTY = EmptyState("No titles left", "You have rated all of them. Select a larger region.")


def draw_selection(model: Recommender, titles: PointColumns, entries: Mapping[int, Entry]) -> None:
    """Draw the selected titles, if there are any.

    Args:
        model: the model that the map shows.
        titles: facts about the items.
        entries: of the current profile, by anime id.
    """
    region = np.array(map_state.selected_region(), dtype=np.int64)
    members = np.isin(titles.ids, region) & titles.visible
    if not members.any():
        return
    st.subheader(f"{count_noun(int(members.sum()), 'title')} in this region")
    st.caption(_summary(model, titles, members))
    with st.container(horizontal=True):
        content = st.segmented_control(
            "Show", (TABLE, RECOMMEND, RATE), default=TABLE, key="map-area", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            "Clear selection",
            icon=":material/close:",
            type="tertiary",
            on_click=map_state.clear_selection,
        )
    if content == TABLE:
        _draw_table(model, members)
    elif content == RECOMMEND:
        _draw_recommendations(model, titles, members, entries)
    else:
        _draw_rating(model, titles, members, entries)


def _summary(model: Recommender, titles: PointColumns, members: Bool[np.ndarray, " items"]) -> str:
    """Return the mean score, and the genres that are more common here than on the whole map."""
    visible, known = titles.visible, np.isfinite(titles.score)
    scores, all_scores = titles.score[members & known], titles.score[visible & known]
    text = ""
    if scores.size:
        text = f"Mean score **{scores.mean():.2f}** (whole map {all_scores.mean():.2f}). "
    names = model.catalogue.genre_names
    lifts = tag_lifts(members[visible], titles.tags[visible], names)
    genres = ", ".join(
        f"**{escape_markdown(genre.name)}** {genre.share:.0%} (× {genre.lift:.1f})"
        for genre in [genre for genre in lifts if genre.lift > 1][:GENRES]
    )
    return text + (f"More common here than on the whole map: {genres}." if genres else "")


def _draw_table(model: Recommender, members: Bool[np.ndarray, " items"]) -> None:
    facts = model.catalogue.facts[model.catalogue_rows[members]].select(
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


def _draw_recommendations(
    model: Recommender,
    titles: PointColumns,
    members: Bool[np.ndarray, " items"],
    entries: Mapping[int, Entry],
) -> None:
    """Draw the best recommendations for the visitor among the selected titles."""
    recommendations = model.recommend(
        {
            entry.anime_id: float(entry.rating)
            for entry in entries.values()
            if entry.rating is not None
        },
        seen=[entry.anime_id for entry in entries.values() if entry.rating is None],
        filters=Filters(adult=True),
        k=min(SHOWN, len(model.items)),
        among=titles.ids[members].tolist(),
    )
    if not recommendations.is_personalized:
        st.caption("No likes yet (ratings of 7 or more): showing popular titles.")
    cards = recommendation_cards(model, recommendations)
    card_grid(cards, key="map-list", empty=EMPTY, notice=take_notice(), on_event=apply_event)


def _draw_rating(
    model: Recommender,
    titles: PointColumns,
    members: Bool[np.ndarray, " items"],
    entries: Mapping[int, Entry],
) -> None:
    """Draw the best known of the selected titles without an entry in the profile."""
    rows = np.flatnonzero(members)
    rows = rows[np.argsort(-titles.members[rows], kind="stable")]
    ids = [anime_id for anime_id in titles.ids[rows].tolist() if anime_id not in entries][:SHOWN]
    anime = [fact for anime_id in ids if (fact := model.catalogue.get(anime_id)) is not None]
    card_grid(
        [card_of(fact) for fact in anime], key="map-rate", mode="rate", empty=EMPTY,
        notice=take_notice(), on_event=apply_event,
    )  # fmt: skip
