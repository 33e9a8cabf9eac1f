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
from pages.shared.resources import bundle, store
from pages.shared.session import current
from recsys import places
from recsys.profiles.store import Profile
from recsys.serving.projection import Projection


def draw_empty() -> None:
    """Say how a map is made."""
    st.subheader("This model has no map yet")
    st.write("It takes a minute or two. Run this, then reload the page:")
    st.code(f"python -m recsys project --checkpoint {places.default_checkpoint()}", language="bash")


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
