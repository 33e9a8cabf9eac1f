"""Layout quality: how well the picture keeps the neighbourhoods, as sentences and tables."""

from __future__ import annotations

import streamlit as st

from pages.map.layout_view import LayoutView
from pages.map.view_controls import FASTRP, LAYERS, PCA, MapView
from pages.shared.markdown import escape_markdown
from recsys.embedding_map import EmbeddingMap

__all__ = ["draw_layout_quality"]

NAMES = {"embedding": "**the model’s embedding**", "fastrp": "FastRP"}


def draw_layout_quality(
    projection: EmbeddingMap, shown: LayoutView, view: MapView, hidden: int
) -> None:
    """Draw the quality of the layout, the smoothness of the layers, and the genre probe.

    Args:
        projection: of the model.
        shown: the layout that is drawn.
        view: the choices of the visitor.
        hidden: number of adult titles that are not drawn.
    """
    layout = shown.layout
    text = (
        f"{shown.description} keeps {layout.preserved_share.mean():.0%} of each title’s 15 nearest "
        f"neighbours (trustworthiness {layout.trustworthiness:.2f}, continuity "
        f"{layout.continuity:.2f}; 1 is perfect). Close titles are similar; long distances and "
        "the axes mean little."
    )
    if view.picture == PCA:
        shares = projection.explained_variance_ratio
        text += f" The two axes hold {shares[0] + shares[1]:.0%} of the variance."
    if view.solid:
        text += " Drag to rotate. Clicks and selections work on the two-dimensional pictures."
    if view.picture == FASTRP and projection.fastrp is not None:
        text += (
            " FastRP multiplies random vectors with the graph and learns nothing; it shares "
            f"{projection.fastrp.shared_neighbors:.0%} of the model’s 15 nearest neighbours. The "
            "clusters are those of the model."
        )
    if hidden:
        text += f" {hidden:,} adult titles are hidden."
    st.caption(text)
    if view.picture == LAYERS:
        _draw_smoothness(projection)
    with st.expander("Genre information in the embeddings"):
        _draw_genre_probe(projection)


def _draw_smoothness(projection: EmbeddingMap) -> None:
    names = [f"layer {k}" for k in range(len(projection.layers))]
    rows = [
        f"| {name} | {row.mean_cosine:.3f} | {row.effective_rank:.0f} of {row.dimensions} |"
        for name, row in zip([*names, "embedding"], projection.smoothness, strict=True)
    ]
    st.markdown(
        "**Is there over-smoothing?** With over-smoothing, random titles become similar (mean "
        "cosine near 1) and fewer dimensions are used (lower effective rank).\n\n"
        "| | mean cosine of random pairs | effective rank |\n|---|---:|---:|\n" + "\n".join(rows)
    )


def _draw_genre_probe(projection: EmbeddingMap) -> None:
    probe = projection.genre_probe
    if probe is None:
        st.caption(
            "Too few titles have a known genre, or the map was computed without a catalogue."
        )
        return
    rows = [
        f"| {NAMES.get(name) or escape_markdown(name)} | {f1:.3f} |"
        for name, f1 in probe.macro_f1.items()
    ]
    rows += [
        f"| always guessing the majority | {probe.majority:.3f} |",
        f"| always guessing yes | {probe.always:.3f} |",
    ]
    st.markdown(
        "The training did not use genres. A logistic regression predicts "
        f"{probe.genres} genres of {probe.titles:,} titles from the frozen embeddings (3-fold "
        "cross-validation; F1 averaged over genres; 1 is perfect):\n\n"
        "| predicted from | macro-F1 |\n|---|---:|\n" + "\n".join(rows)
    )
    if projection.fastrp is None:
        st.caption("FastRP is missing because the map was computed without the ratings.")
