"""How far the picture may be believed, in words and figures."""

from __future__ import annotations

import streamlit as st

from pages.map.view import LAYERS, PCA, SOLID, View, step_name
from recsys.serving.projection import Layout, Projection

__all__ = ["draw_honesty"]


def _layout(projection: Projection, view: View) -> tuple[Layout, str]:
    if view.picture == LAYERS:
        nearest = round(view.layer)
        return projection.layers[nearest], f"The picture of {step_name(nearest)}"
    if view.picture == SOLID:
        return projection.solid, "This picture"
    if view.picture == PCA:
        return projection.principal, "This shadow on the two largest components"
    return projection.flat, "This picture"


def draw_honesty(projection: Projection, view: View, hidden: int) -> None:
    """Say what the picture keeps of the full space, and what propagation did to it."""
    layout, what = _layout(projection, view)
    sentence = (
        f"{what} keeps {layout.kept_share.mean():.0%} of each title’s 15 true neighbours "
        f"(trustworthiness {layout.trustworthiness:.2f}, continuity {layout.continuity:.2f}; 1 is "
        "perfect). Near is alike; far, and the axes, mean little."
    )
    if view.picture == PCA:
        shares = projection.explained
        sentence += f" The two axes hold {shares[0] + shares[1]:.0%} of the variance."
    if view.solid:
        sentence += " Turn it with the mouse; clicks and areas work on the flat pictures."
    if hidden:
        sentence += f" {hidden:,} adult titles are hidden."
    st.caption(sentence)
    if view.picture != LAYERS:
        return
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
