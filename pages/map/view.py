"""What is looked at, and how: the controls above the map."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

__all__ = ["COLOURS", "PICTURES", "View", "draw_controls", "step_name"]

UMAP, SOLID, PCA, LAYERS = PICTURES = ("UMAP", "3-D", "PCA", "Layers")
COLOURS = (
    "Cluster", "Genre", "Type", "Year", "Score", "Members", "Popularity", "Neighbours kept",
)  # fmt: skip
STEPS = 4  # from one layer to the next, so that the picture morphs
GENRES = ("Action", "Romance", "Sci-Fi", "Slice of Life", "Fantasy", "Mystery")


@dataclass(frozen=True, slots=True)
class View:
    """How the map is drawn.

    Attributes:
        picture: one of ``PICTURES``.
        layer: 0 … K where the picture is of layers; between two it lies between them.
        colour: one of ``COLOURS``.
        genres: the genres that have a colour, where colours are genres.
        fade: the less a title's neighbours were kept, the paler it is.
        mine: draw the visitor's ratings, place and list.
        adult: show adult titles too.
    """

    picture: str = UMAP
    layer: float = 0.0
    colour: str = "Cluster"
    genres: tuple[str, ...] = GENRES
    fade: bool = False
    mine: bool = True
    adult: bool = False

    @property
    def solid(self) -> bool:
        """Whether it has three dimensions."""
        return self.picture == SOLID


def step_name(step: float) -> str:
    """Name a place of the slider: "layer 1", or between which layers it lies."""
    below = int(step)
    between = f"{below} → {below + 1}, {step - below:.0%}"  # no two alike: it is told by its name
    return f"layer {below}" if step == below else between


def draw_controls(layers: int, genre_names: tuple[str, ...]) -> View:
    """Draw the controls and return the view that they choose.

    Args:
        layers: number of layers that the model has, K + 1.
        genre_names: those that can have a colour.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-controls"):
        picture = st.segmented_control(
            "Picture", PICTURES, default=UMAP, key="picture", bind="query-params", required=True,
            help="UMAP keeps near titles near. PCA is the plain shadow of the space. Layers show "
            "what passing taste along the graph does.",
        )  # fmt: skip
        colour = st.selectbox("Colour", COLOURS, key="colour", bind="query-params", width=170)
        with st.popover("Show", icon=":material/visibility:"):
            fade = st.toggle(
                "Fade what is misplaced", key="fade", bind="query-params",
                help="The fewer of its true neighbours a title has beside it, the paler it is.",
            )  # fmt: skip
            mine = st.toggle("My titles and my list", value=True, key="mine", bind="query-params")
            adult = st.toggle("Adult titles", key="map-adult", bind="query-params")
    layer = 0.0
    genres: tuple[str, ...] = GENRES
    if picture == LAYERS:
        steps = [step / STEPS for step in range((layers - 1) * STEPS + 1)]
        layer = float(
            st.select_slider(
                "Layer",
                steps,
                steps[-1],
                key="layer",
                format_func=step_name,
                help="Layer 0 is what was learned of each title alone; each further layer adds "
                "what its likers like besides.",
            )
        )
    if colour == "Genre":
        usual = [name for name in GENRES if name in genre_names]
        chosen = st.multiselect(
            "Genres with a colour", sorted(genre_names), usual, key="genres", max_selections=6
        )
        genres = tuple(chosen)
    return View(picture or UMAP, layer, colour, genres, fade, mine, adult)
