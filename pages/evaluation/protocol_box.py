"""The protocol in a box, in words: no figure without it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.evaluation.metric_labels import METHODS, SLICES
from recsys.evaluation.results_io import EvaluationResult

__all__ = ["draw_protocol"]


def draw_protocol(found: EvaluationResult) -> None:
    """Say how the figures were measured."""
    told = {key: str(words) for key, words in found.protocol.items()}
    with st.container(border=True):
        st.markdown(
            f"**How this was measured.** {found.people:,} people of *{found.data}* "
            f"({told.get('test_people', '')}) each told "
            f"{told.get('given', '')}; to be found: {told.get('to_find', '')}. Every method ranks "
            f"{told.get('ranked', '')}."
        )
        st.caption(
            f"Held out: {told.get('split', '')}. LightGCN: {told.get('model', '')}. A like is "
            f"{told.get('like', '')}."
        )
        with st.expander("Every detail"):
            st.markdown("\n".join(_details(found)))


def _details(found: EvaluationResult) -> list[str]:
    protocol = found.protocol
    lines = [
        f"- **Lists**: {protocol.get('lists')}; recall = {protocol.get('recall')}.",
        f"- **Intervals**: {protocol.get('interval')}.",
        f"- **Training people**: {protocol.get('training_people')}.",
        f"- **The others were tuned** {protocol.get('tuned')}.",
    ]
    lines += _parts(protocol.get("methods"), METHODS)
    lines += _parts(protocol.get("slices"), SLICES)
    lines.append(f"- **Ratings**: SHA-256 `{protocol.get('fingerprint')}`.")
    return lines


def _parts(told: object, names: Mapping[str, str]) -> list[str]:
    if not isinstance(told, Mapping):
        return []
    return [f"- **{names.get(name, name)}**: {words}." for name, words in told.items()]
