"""Title panel: search, and the focused title with its nearest neighbours."""

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
from pages.shared.error_boundary import guard_callback
from pages.shared.grid import card_grid
from pages.shared.markdown import escape_markdown
from pages.shared.resources import title_index
from recsys.profiles.store import Entry
from recsys.serving.recommender import Recommender

__all__ = ["draw_panel", "neighbours"]

SEARCHED, MATCHES = 40, 6  # best matches in the catalogue, and those on the map that are shown
LONGEST = 30  # letters of a title on a button
SHOWN = 8  # neighbours on buttons


def neighbours(
    shown: LayoutView, titles: PointColumns, row: int
) -> tuple[Int64[np.ndarray, " true"], Int64[np.ndarray, " drawn"]]:
    """Return the visible neighbours of an item.

    Args:
        shown: the layout that is drawn.
        titles: facts about the items.
        row: of the item.

    Returns:
        The rows of the nearest items in the full space and in the layout, nearest first.
    """
    true, points = shown.neighbours[row], shown.points
    distance = np.square(points - points[row]).sum(axis=1)
    distance[~titles.visible] = np.inf
    distance[row] = np.inf
    drawn = np.argsort(distance, kind="stable")[: true.size]
    return true[titles.visible[true]], drawn[np.isfinite(distance[drawn])]


@guard_callback
def _search(model: Recommender) -> None:
    """Fly to the best match, and keep the other matches."""
    query = st.session_state.get("map-query", "")
    catalogue_ids = model.catalogue.ids.ids
    ids = [int(catalogue_ids[row]) for row in title_index().search(query, SEARCHED)]
    matches = [anime_id for anime_id in ids if anime_id in model.items][:MATCHES]
    st.session_state["map-found"] = (query, matches)
    if matches:
        map_state.fly_to(matches[0])


def _draw_buttons(
    label: str, ids: Sequence[int], name: Callable[[int], str], key: str, help_: str | None = None
) -> None:
    """Draw titles as buttons that fly to them."""

    @guard_callback
    def fly() -> None:
        picked = st.session_state[key]
        st.session_state[key] = None
        if picked is not None:
            map_state.fly_to(picked)

    st.pills(label, ids, format_func=name, key=key, on_change=fly, help=help_)


def draw_panel(
    model: Recommender, shown: LayoutView, titles: PointColumns, entries: Mapping[int, Entry]
) -> None:
    """Draw the search and the focused title.

    Args:
        model: the model that the map shows.
        shown: the layout that is drawn.
        titles: facts about the items.
        entries: of the current profile, by anime id.
    """

    def row_of(anime_id: int) -> int:
        return int(model.items.find([anime_id])[0])

    def name(anime_id: int) -> str:
        title = titles.names[row_of(anime_id)]
        short = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
        return escape_markdown(short)

    st.text_input(
        "Find a title", key="map-query", on_change=_search, args=(model,),
        placeholder="Find a title and fly to it",
    )  # fmt: skip
    query, matches = st.session_state.get("map-found", ("", []))
    focused = map_state.focused_title()
    if query and not matches:
        st.caption(f"No title on this map matches “{escape_markdown(query)}”.")
    elif len(matches) > 1 and focused in matches:
        _draw_buttons("Or did you mean", matches[1:], name, "map-answers")
    anime = None if focused is None else model.catalogue.get(focused)
    if focused is None or anime is None or row_of(focused) < 0:
        st.caption(
            "Click a title to see its neighbours. Drag a box or a lasso (tools above the map) "
            "around several titles to see what they have in common. Scroll to zoom."
        )
        return
    card_grid(
        [card_of(anime, entry=entries.get(anime.anime_id))], key="map-card", mode="rows",
        actions=("rate", "seen", "forget"), notice=take_notice(), on_event=apply_event,
    )  # fmt: skip
    true, drawn = neighbours(shown, titles, row_of(focused))
    both = set(true.tolist()) & set(drawn.tolist())

    def marked(anime_id: int) -> str:
        return f"{name(anime_id)} ●" if row_of(anime_id) in both else name(anime_id)

    st.caption(
        f"This picture keeps {len(both)} of its {true.size} true neighbours. They are marked ●."
    )
    _draw_buttons(
        "Nearest in the full space", titles.ids[true][:SHOWN].tolist(), marked, "map-true",
        "By the cosine of the embeddings. The map marks them with circles.",
    )  # fmt: skip
    _draw_buttons(
        "Nearest on this map", titles.ids[drawn][:SHOWN].tolist(), marked, "map-drawn",
        "By the distance on the picture. The map marks them with squares.",
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            "Whole map", icon=":material/zoom_out_map:", on_click=map_state.fly_to, args=(None,)
        )
        st.button("Close title", icon=":material/close:", on_click=map_state.clear_focus)
