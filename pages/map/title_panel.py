"""Beside the map: search that flies, and the title that is looked at with its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st
from jaxtyping import Int64

from pages.map import map_state
from pages.map.layout_view import LayoutView
from pages.map.point_columns import PointColumns
from pages.shared.card_actions import apply_event, take_notice
from pages.shared.card_content import card_of
from pages.shared.grid import card_grid
from pages.shared.resources import title_index
from recsys.profiles.store import Entry
from recsys.serving.recommender import Recommender

__all__ = ["draw_panel", "neighbours"]

ANSWERS = 6
LONGEST = 30  # letters of a title on a button


def neighbours(
    seen: LayoutView, titles: PointColumns, row: int
) -> tuple[Int64[np.ndarray, " true"], Int64[np.ndarray, " drawn"]]:
    """Return the visible neighbours of an item: in the full space, and on the picture."""
    true, points = seen.neighbours[row], seen.points
    far = np.square(points - points[row]).sum(axis=1)
    far[~titles.visible] = np.inf
    far[row] = np.inf
    drawn = np.argsort(far, kind="stable")[: true.size]
    return true[titles.visible[true]], drawn[np.isfinite(far[drawn])]


def _search(model: Recommender) -> None:
    """Fly to the best answer, and keep the others."""
    query = st.session_state.get("map-query", "")
    known = model.items
    rows = title_index().search(query, 40)
    ids = [int(model.catalogue.ids.ids[row]) for row in rows]
    found = [anime_id for anime_id in ids if anime_id in known][:ANSWERS]
    st.session_state["map-found"] = (query, found)
    if found:
        map_state.fly_to(found[0])


def _buttons(
    label: str, ids: Sequence[int], name: Callable[[int], str], key: str, help_: str | None = None
) -> None:
    """Draw titles as buttons that fly to them."""

    def go() -> None:
        picked = st.session_state[key]
        st.session_state[key] = None
        if picked is not None:
            map_state.fly_to(picked)

    st.pills(label, ids, format_func=name, key=key, on_change=go, help=help_)


def draw_panel(
    model: Recommender, seen: LayoutView, titles: PointColumns, entries: Mapping[int, Entry]
) -> None:
    """Draw the search, and what is looked at."""

    def name(anime_id: int) -> str:
        title = titles.names[int(model.items.find([anime_id])[0])]
        return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"

    st.text_input(
        "Find a title",
        key="map-query",
        on_change=_search,
        args=(model,),
        placeholder="Find a title and fly to it",
    )
    query, found = st.session_state.get("map-found", ("", []))
    if query and not found:
        st.caption(f"No title on this map is called anything like “{query}”.")
    elif len(found) > 1 and map_state.focused_title() in found:
        _buttons("Or did you mean", found[1:], name, "map-answers")
    anime_id = map_state.focused_title()
    row = -1 if anime_id is None else int(model.items.find([anime_id])[0])
    anime = None if anime_id is None else model.catalogue.get(anime_id)
    if row < 0 or anime is None:
        st.caption(
            "Click a title to see its neighbours. Drag a box or a lasso (above the map) around "
            "several to see what they have in common. Scroll to zoom."
        )
        return
    card_grid(
        [card_of(anime, entry=entries.get(anime.anime_id))], key="map-card", mode="rows",
        actions=("rate", "seen", "forget"), notice=take_notice(), on_event=apply_event,
    )  # fmt: skip
    true, drawn = neighbours(seen, titles, row)
    both = set(true.tolist()) & set(drawn.tolist())

    def marked(anime_id: int) -> str:
        kept = int(model.items.find([anime_id])[0]) in both
        return f"{name(anime_id)} ●" if kept else name(anime_id)

    st.caption(f"This picture keeps {len(both)} of its {true.size} true neighbours: those with ●.")
    _buttons(
        "Nearest in the full space", titles.ids[true][:8].tolist(), marked, "map-true",
        "By the cosine of the embeddings; circles on the map.",
    )  # fmt: skip
    _buttons(
        "Nearest on this map", titles.ids[drawn][:8].tolist(), marked, "map-drawn",
        "By distance on the picture; squares on the map.",
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            "Whole map", icon=":material/zoom_out_map:", on_click=map_state.fly_to, args=(None,)
        )
        st.button("Leave this title", icon=":material/close:", on_click=map_state.clear_focus)
