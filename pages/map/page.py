"""Page Map: the item embeddings in two or three dimensions, with the visitor among them."""

from __future__ import annotations

import streamlit as st

from pages.map.layout_quality import draw_layout_quality
from pages.map.layout_view import layout_view
from pages.map.map_chart import draw_chart
from pages.map.model_selection import MapModel, choose_model
from pages.map.point_columns import point_columns
from pages.map.selection import draw_selection
from pages.map.title_panel import draw_panel
from pages.map.view_controls import draw_controls
from pages.shared.error_boundary import error_boundary, guard_callback
from pages.shared.markdown import escape_markdown
from pages.shared.session import current_entries
from recsys.embedding_map import EmbeddingMap
from recsys.jobs.map_job import start_map_job


@st.fragment(run_every="3s")
def draw_job(model: MapModel) -> None:
    """Wait for the map that another process computes."""
    running = False
    with error_boundary():
        running = model.job_running()
    if not running:
        st.rerun()  # the map is there, or its process ended without one
    st.subheader("The map of this model is being computed")
    st.write("This takes one to two minutes. The map then appears here; the other pages work.")


@guard_callback
def start_job(model: MapModel) -> None:
    """Start the process that computes the map."""
    start_map_job(model.folders[0], model.ratings)


def draw_missing_map(model: MapModel) -> None:
    """Offer to compute the map, or show that a process computes it."""
    if model.job_running():
        draw_job(model)
        return
    st.subheader("This model has no map yet")
    if reason := model.job_failure():
        st.warning(
            f"The last computation failed: {escape_markdown(reason)}", icon=":material/warning:"
        )
    st.write("Another process computes it in one to two minutes.")
    st.button(
        "Compute the map", type="primary", icon=":material/map:", on_click=start_job, args=(model,)
    )
    st.caption(f"In a terminal: `python -m recsys project --checkpoint {model.folders[0]}`")


def draw_map(model: MapModel, projection: EmbeddingMap) -> None:
    """Draw the map and its controls."""
    recommender, timeline = model.recommender, None
    with error_boundary():  # the map can be shown without its timeline
        timeline = model.timeline(projection)
        if timeline is None and (reason := model.job_failure()):
            st.warning(
                f"The map over the training is missing: {escape_markdown(reason)}",
                icon=":material/warning:",
            )
            st.button(
                "Compute it again", icon=":material/refresh:", on_click=start_job, args=(model,)
            )
    entries = current_entries()
    view = draw_controls(projection, timeline, recommender.catalogue.genre_names)
    titles = point_columns(recommender, adult=view.adult)
    layout = layout_view(projection, timeline, view)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        draw_chart(recommender, projection, layout, view, titles, entries)
        hidden = int((recommender.showable & ~titles.visible).sum())
        draw_layout_quality(projection, layout, view, hidden)
    with right:
        draw_panel(recommender, layout, titles, entries)
    draw_selection(recommender, titles, entries)


st.title("The map of anime")
with error_boundary():
    shown = choose_model()
    embedding_map = shown.projection()
    if embedding_map is None:
        draw_missing_map(shown)
    else:
        draw_map(shown, embedding_map)
