"""Map: what a model learned, where I stand on it, and how far to believe the picture."""

from __future__ import annotations

import streamlit as st

from pages.map.area import draw_area
from pages.map.chart import draw_chart
from pages.map.honesty import draw_honesty
from pages.map.panel import draw_panel
from pages.map.shown import choose, map_of, places, ratings, shown, time_of
from pages.map.sight import sight
from pages.map.titles import titles_of
from pages.map.view import draw_controls
from pages.shared.problems import guarded
from pages.shared.resources import store
from pages.shared.session import current, notice
from recsys.errors import RecsysError
from recsys.profiles.store import Profile
from recsys.serving.projection import Projection
from recsys.training.projecting import projecting, start_projection, why_failed


def on_its_way() -> bool:
    """Say whether a process is drawing the map, in whichever folder the model is."""
    return any(map(projecting, places()))


@st.fragment(run_every="3s")
def draw_on_its_way() -> None:
    """Wait for a map that a process is drawing."""
    waiting = False
    with guarded():
        waiting = on_its_way()
    if not waiting:
        st.rerun()  # it is there, or its process has ended without one
    st.subheader("The map of this model is being drawn")
    st.write("It takes a minute or two and appears here by itself; lists are there meanwhile.")


def draw_now() -> None:
    """Start the process that draws the map."""
    try:
        start_projection(places()[0], ratings())
    except RecsysError as error:
        notice(str(error))


def draw_empty() -> None:
    """Offer to draw the map, or say that it is on its way."""
    if on_its_way():
        draw_on_its_way()
        return
    st.subheader("This model has no map yet")
    if why := next(filter(None, map(why_failed, places())), None):
        st.warning(f"The last try ended without one: {why}", icon=":material/warning:")
    st.write("It takes a minute or two, in a process of its own.")
    st.button("Draw the map", type="primary", icon=":material/map:", on_click=draw_now)
    st.caption(f"In a terminal: `python -m recsys project --checkpoint {places()[0]}`")


def draw(found: Projection, profile: Profile | None) -> None:
    """Draw the map with all that steers it."""
    model, timeline = shown(), None
    with guarded():  # a torn one leaves the map itself standing
        timeline = time_of(found)
        if timeline is None and (why := next(filter(None, map(why_failed, places())), None)):
            st.warning(f"How this map came about was not drawn: {why}", icon=":material/warning:")
            st.button("Draw it again", icon=":material/refresh:", on_click=draw_now)
    entries = {one.anime_id: one for one in store().entries(profile.id)} if profile else {}
    view = draw_controls(found, timeline, model.catalogue.genre_names)
    titles = titles_of(model, adult=view.adult)
    seen = sight(found, timeline, view)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        draw_chart(found, seen, view, titles, entries)
        draw_honesty(found, seen, view, int((model.showable & ~titles.visible).sum()))
    with right:
        draw_panel(seen, titles, entries)
    draw_area(titles, entries)


st.title("The map of taste")
with guarded():
    choose()
    made = map_of()
    if made is None:
        draw_empty()
    else:
        draw(made, current())
