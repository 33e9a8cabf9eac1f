"""What is looked at, and how: the controls above the map."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys.embedding_map import EmbeddingMap
from recsys.embedding_map.timeline import Timeline

__all__ = ["COLOURS", "MapView", "draw_controls", "step_name"]

UMAP, SOLID, PCA, LAYERS = ALWAYS = ("UMAP", "3-D", "PCA", "Layers")
TIME, FASTRP = "Training", "FastRP"  # where their layouts were made
COLOURS = (
    "Cluster", "Genre", "Type", "Year", "Score", "Members", "Popularity", "Neighbours kept",
)  # fmt: skip
STEPS = 4  # from one layer to the next, so that the picture morphs
GENRES = ("Action", "Romance", "Sci-Fi", "Slice of Life", "Fantasy", "Mystery")


@dataclass(frozen=True, slots=True)
class MapView:
    """How the map is drawn.

    Attributes:
        picture: one of ``ALWAYS``, ``TIME`` or ``FASTRP``.
        layer: 0 … K where the picture is of layers; between two it lies between them.
        frame: which snapshot, where the picture is of the training.
        colour: one of ``COLOURS``.
        genres: the genres that have a colour, where colours are genres.
        fade: the less a title's neighbours were kept, the paler it is.
        mine: draw the visitor's ratings, place and list.
        adult: show adult titles too.
    """

    picture: str = UMAP
    layer: float = 0.0
    frame: int = 0
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


def draw_controls(
    projection: EmbeddingMap, timeline: Timeline | None, genre_names: tuple[str, ...]
) -> MapView:
    """Draw the controls and return the view that they choose.

    Args:
        projection: of the model.
        timeline: of its training, where there is one.
        genre_names: those that can have a colour.
    """
    layers, pictures = len(projection.layers), list(ALWAYS)
    if timeline is not None:
        pictures.append(TIME)
    if projection.rival is not None:
        pictures.append(FASTRP)
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-controls"):
        picture = st.segmented_control(
            "Picture", pictures, default=UMAP, key="picture", bind="query-params", required=True,
            help="UMAP keeps near titles near. PCA is the plain shadow of the space. Layers show "
            "what passing taste along the graph does, Training how the map came about. FastRP is "
            "another embedding of the same ratings that learns nothing.",
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
    frame = _draw_time(timeline) if picture == TIME and timeline is not None else 0
    if colour == "Genre":
        usual = [name for name in GENRES if name in genre_names]
        chosen = st.multiselect(
            "Genres with a colour", sorted(genre_names), usual, key="genres", max_selections=6
        )
        genres = tuple(chosen)
    return MapView(picture or UMAP, layer, frame, colour, genres, fade, mine, adult)


def _draw_time(timeline: Timeline) -> int:
    """Draw the slider over a training; returns the snapshot."""
    steps = timeline.steps.tolist()
    if len(steps) == 1:
        return 0
    chosen = st.select_slider(
        "Step of the training", steps, steps[-1], key="frame",
        format_func=lambda step: f"step {step:,}",
        help="The snapshots that the run kept, while it looked for the best step. Each is laid "
        "over the finished map; clusters are those of the finished model.",
    )  # fmt: skip
    return int(steps.index(chosen))
