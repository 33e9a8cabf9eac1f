"""Map: what a model learned, where I stand on it, and how far to believe the picture."""

from __future__ import annotations

import streamlit as st

from pages.map.layout_quality import draw_layout_quality
from pages.map.layout_view import layout_view
from pages.map.map_chart import draw_chart
from pages.map.model_selection import (
    choose_model,
    load_embedding_map,
    load_timeline_of,
    model_folders,
    ratings_file,
    selected_model,
)
from pages.map.point_columns import point_columns
from pages.map.selection import draw_selection
from pages.map.title_panel import draw_panel
from pages.map.view_controls import draw_controls
from pages.shared.error_boundary import error_boundary
from pages.shared.resources import profile_store
from pages.shared.session import add_notice, current_profile
from recsys.embedding_map import EmbeddingMap
from recsys.errors import RecsysError
from recsys.jobs.map_job import map_failure, map_job_running, start_map_job
from recsys.profiles.store import Profile


def on_its_way() -> bool:
    """Say whether a process is drawing the map, in whichever folder the model is."""
    return any(map(map_job_running, model_folders()))


@st.fragment(run_every="3s")
def draw_on_its_way() -> None:
    """Wait for a map that a process is drawing."""
    waiting = False
    with error_boundary():
        waiting = on_its_way()
    if not waiting:
        st.rerun()  # it is there, or its process has ended without one
    st.subheader("The map of this model is being drawn")
    st.write("It takes a minute or two and appears here by itself; lists are there meanwhile.")


def draw_now() -> None:
    """Start the process that draws the map."""
    try:
        start_map_job(model_folders()[0], ratings_file())
    except RecsysError as error:
        add_notice(str(error))


def draw_empty() -> None:
    """Offer to draw the map, or say that it is on its way."""
    if on_its_way():
        draw_on_its_way()
        return
    st.subheader("This model has no map yet")
    if why := next(filter(None, map(map_failure, model_folders())), None):
        st.warning(f"The last try ended without one: {why}", icon=":material/warning:")
    st.write("It takes a minute or two, in a process of its own.")
    st.button("Draw the map", type="primary", icon=":material/map:", on_click=draw_now)
    st.caption(f"In a terminal: `python -m recsys project --checkpoint {model_folders()[0]}`")


def draw(found: EmbeddingMap, profile: Profile | None) -> None:
    """Draw the map with all that steers it."""
    model, timeline = selected_model(), None
    with error_boundary():  # a torn one leaves the map itself standing
        timeline = load_timeline_of(found)
        if timeline is None and (
            why := next(filter(None, map(map_failure, model_folders())), None)
        ):
            st.warning(f"How this map came about was not drawn: {why}", icon=":material/warning:")
            st.button("Draw it again", icon=":material/refresh:", on_click=draw_now)
    entries = {one.anime_id: one for one in profile_store().entries(profile.id)} if profile else {}
    view = draw_controls(found, timeline, model.catalogue.genre_names)
    titles = point_columns(model, adult=view.adult)
    seen = layout_view(found, timeline, view)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        draw_chart(found, seen, view, titles, entries)
        draw_layout_quality(found, seen, view, int((model.showable & ~titles.visible).sum()))
    with right:
        draw_panel(seen, titles, entries)
    draw_selection(titles, entries)


st.title("The map of taste")
with error_boundary():
    choose_model()
    made = load_embedding_map()
    if made is None:
        draw_empty()
    else:
        draw(made, current_profile())
