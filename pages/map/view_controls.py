"""View controls: the layout, the colours and the titles that the map shows."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys.embedding_map import EmbeddingMap
from recsys.embedding_map.timeline import Timeline

__all__ = [
    "COLOURS",
    "FASTRP",
    "LAYERS",
    "PCA",
    "SOLID",
    "TIME",
    "UMAP",
    "MapView",
    "draw_controls",
    "step_name",
]

UMAP, SOLID, PCA, LAYERS = ALWAYS = ("UMAP", "3-D", "PCA", "Layers")
TIME, FASTRP = "Training", "FastRP"  # only where these layouts were computed
COLOURS = (
    "Cluster", "Genre", "Type", "Year", "Score", "Members", "Popularity", "Neighbours kept",
)  # fmt: skip
SUBSTEPS = 4  # slider steps from one layer to the next, for a smooth transition
GENRES = ("Action", "Romance", "Sci-Fi", "Slice of Life", "Fantasy", "Mystery")


@dataclass(frozen=True, slots=True)
class MapView:
    """The choices of the visitor.

    Attributes:
        picture: one of ``ALWAYS``, ``TIME`` or ``FASTRP``.
        layer: 0 to K for the picture of layers; a fraction lies between two layers.
        frame: number of the snapshot for the picture of the training.
        colour: one of ``COLOURS``.
        genres: genres with a colour of their own, for the colour Genre.
        fade: titles that keep few of their true neighbours are transparent.
        show_user: the visitor's ratings, position and list are drawn.
        adult: adult titles are drawn.
    """

    picture: str = UMAP
    layer: float = 0.0
    frame: int = 0
    colour: str = "Cluster"
    genres: tuple[str, ...] = GENRES
    fade: bool = False
    show_user: bool = True
    adult: bool = False

    @property
    def solid(self) -> bool:
        """Whether the picture has three dimensions."""
        return self.picture == SOLID


def step_name(step: float) -> str:
    """Return the name of a slider step: "layer 1", or "layer 1 → 2, 25%" between two layers.

    The slider identifies its steps by these names, so no two are equal.
    """
    below = int(step)
    if step == below:
        return f"layer {below}"
    return f"layer {below} → {below + 1}, {step - below:.0%}"


def draw_controls(
    projection: EmbeddingMap, timeline: Timeline | None, genre_names: tuple[str, ...]
) -> MapView:
    """Draw the controls and return the choices.

    Args:
        projection: of the model.
        timeline: of its training, if there is one.
        genre_names: genres of the catalogue.

    Returns:
        The choices of the visitor.
    """
    pictures = list(ALWAYS)
    if timeline is not None:
        pictures.append(TIME)
    if projection.fastrp is not None:
        pictures.append(FASTRP)
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-controls"):
        picture = st.segmented_control(
            "Picture", pictures, default=UMAP, key="picture", bind="query-params", required=True,
            help="UMAP keeps similar titles close. PCA is a linear projection. Layers shows the "
            "effect of propagation along the graph, Training how the map developed. FastRP is an "
            "embedding of the same ratings without learning.",
        )  # fmt: skip
        colour = st.selectbox("Colour", COLOURS, key="colour", bind="query-params", width=170)
        with st.popover("Show", icon=":material/visibility:"):
            fade = st.toggle(
                "Fade titles whose neighbours are wrong", key="fade", bind="query-params",
                help="The fewer of its true neighbours a title has nearby, the more transparent "
                "it is.",
            )  # fmt: skip
            show_user = st.toggle(
                "My ratings and my list", value=True, key="mine", bind="query-params"
            )
            adult = st.toggle("Adult titles", key="map-adult", bind="query-params")
    layer = _draw_layer(len(projection.layers)) if picture == LAYERS else 0.0
    frame = _draw_frame(timeline) if picture == TIME and timeline is not None else 0
    genres: tuple[str, ...] = GENRES
    if colour == "Genre":
        default = [name for name in GENRES if name in genre_names]
        genres = tuple(
            st.multiselect(
                "Genres with a colour", sorted(genre_names), default, key="genres", max_selections=6
            )
        )
    return MapView(picture or UMAP, layer, frame, colour, genres, fade, show_user, adult)


def _draw_layer(layers: int) -> float:
    """Draw the slider from layer 0 to the last layer; returns its value."""
    steps = [step / SUBSTEPS for step in range((layers - 1) * SUBSTEPS + 1)]
    layer = st.select_slider(
        "Layer", steps, steps[-1], key="layer", format_func=step_name,
        help="Layer 0 is the trained embedding of each title. Each further layer averages over "
        "the titles that the same people like.",
    )  # fmt: skip
    return float(layer)


def _draw_frame(timeline: Timeline) -> int:
    """Draw the slider over a training; returns the number of the snapshot."""
    steps = timeline.steps.tolist()
    if len(steps) == 1:
        return 0
    chosen = st.select_slider(
        "Step of the training", steps, steps[-1], key="frame",
        format_func=lambda step: f"step {step:,}",
        help="The snapshots of the run, each aligned with the map of the finished model. The "
        "clusters are those of the finished model.",
    )  # fmt: skip
    return int(steps.index(chosen))
