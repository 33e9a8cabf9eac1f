"""How far the picture may be believed, in words and figures."""

from __future__ import annotations

import streamlit as st

from pages.map.layout_view import LayoutView
from pages.map.view_controls import FASTRP, LAYERS, PCA, MapView
from recsys.embedding_map import EmbeddingMap

__all__ = ["draw_layout_quality"]

NAMES = {"embedding": "**the model’s embedding**", "fastrp": "FastRP"}


def draw_layout_quality(
    projection: EmbeddingMap, seen: LayoutView, view: MapView, hidden: int
) -> None:
    """Say what the picture keeps of the full space, and what propagation did to it."""
    layout = seen.layout
    sentence = (
        f"{seen.told} keeps {layout.kept_share.mean():.0%} of each title’s 15 true neighbours "
        f"(trustworthiness {layout.trustworthiness:.2f}, continuity {layout.continuity:.2f}; 1 is "
        "perfect). Near is alike; far, and the axes, mean little."
    )
    if view.picture == PCA:
        shares = projection.explained
        sentence += f" The two axes hold {shares[0] + shares[1]:.0%} of the variance."
    if view.solid:
        sentence += " Turn it with the mouse; clicks and areas work on the flat pictures."
    if view.picture == FASTRP and projection.rival is not None:
        sentence += (
            f" FastRP mixes random vectors along the graph and learns nothing; it has "
            f"{projection.rival.shared:.0%} of the model’s 15 neighbours. Clusters are the model’s."
        )
    if hidden:
        sentence += f" {hidden:,} adult titles are hidden."
    st.caption(sentence)
    if view.picture == LAYERS:
        _draw_smoothness(projection)
    with st.expander("What the embeddings know of genres"):
        _draw_genres(projection)


def _draw_smoothness(projection: EmbeddingMap) -> None:
    names = [f"layer {k}" for k in range(len(projection.layers))]
    rows = [
        f"| {name} | {one.mean_cosine:.3f} | {one.effective_rank:.0f} of {one.dimensions} |"
        for name, one in zip([*names, "embedding"], projection.smoothness, strict=True)
    ]
    st.markdown(
        "**Does propagation smooth too much?** If it did, random titles would grow alike "
        "(mean cosine towards 1) and fewer dimensions would be used.\n\n"
        "| | mean cosine of random pairs | effective rank |\n|---|---:|---:|\n" + "\n".join(rows)
    )


def _draw_genres(projection: EmbeddingMap) -> None:
    told = projection.genres
    if told is None:
        st.caption("Too few titles with a known genre, or the map was drawn without a catalogue.")
        return
    rows = [f"| {NAMES.get(name, name)} | {f1:.3f} |" for name, f1 in told.macro_f1.items()]
    rows += [
        f"| saying of each genre what most titles are | {told.majority:.3f} |",
        f"| saying yes to every genre | {told.always:.3f} |",
    ]
    st.markdown(
        f"No genre was learned from. Still, a logistic regression tells {told.genres} genres of "
        f"{told.titles:,} titles from frozen embeddings (3-fold, F1 averaged over genres; 1 is "
        "perfect):\n\n| told from | macro-F1 |\n|---|---:|\n" + "\n".join(rows)
    )
    if projection.rival is None:
        st.caption("FastRP is beside it where the ratings were at hand as the map was drawn.")
