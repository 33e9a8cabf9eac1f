"""Map: what the model learned, where I stand on it, and how far to believe the picture."""

from __future__ import annotations

import streamlit as st

from pages.map.area import draw_area
from pages.map.chart import draw_chart
from pages.map.figure import picture
from pages.map.honesty import draw_honesty
from pages.map.panel import draw_panel
from pages.map.titles import titles_of
from pages.map.view import draw_controls
from pages.shared.projection import projection
from pages.shared.resources import bundle, models, store
from pages.shared.session import current
from recsys.profiles.store import Profile
from recsys.serving.projection import Projection
from recsys.training.projecting import projecting


@st.fragment(run_every="3s")
def draw_on_its_way() -> None:
    """Wait for a map that a process is drawing."""
    if not projecting(models().in_use()):
        st.rerun()  # it is there, or its process has ended without one
    st.subheader("The map of this model is being drawn")
    st.write("It takes a minute or two and appears here by itself; lists are there meanwhile.")


def draw_empty() -> None:
    """Say how a map is made, or that it is on its way."""
    place = models().in_use()
    if projecting(place):
        draw_on_its_way()
        return
    st.subheader("This model has no map yet")
    st.write("It takes a minute or two. Run this, then reload the page:")
    st.code(f"python -m recsys project --checkpoint {place}", language="bash")


def draw(found: Projection, profile: Profile | None) -> None:
    """Draw the map with all that steers it."""
    in_use = bundle()
    entries = {one.anime_id: one for one in store().entries(profile.id)} if profile else {}
    view = draw_controls(len(found.layers), in_use.catalogue.genre_names)
    titles = titles_of(in_use, adult=view.adult)
    points = picture(found, view)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        draw_chart(found, view, titles, points, entries)
        draw_honesty(found, view, int((in_use.showable & ~titles.visible).sum()))
    with right:
        draw_panel(found, points, titles, entries)
    draw_area(titles, entries)


st.title("The map of taste")
made = projection()
if made is None:
    draw_empty()
else:
    draw(made, current())
