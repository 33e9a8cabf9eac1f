"""Protocol box: how an evaluation was measured, in words, above its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.evaluation.metric_labels import SLICES
from pages.shared.markdown import escape_markdown
from pages.shared.method_labels import method_label
from recsys.evaluation.results import EvaluationResult

__all__ = ["draw_protocol"]


def draw_protocol(result: EvaluationResult) -> None:
    """Draw the protocol of an evaluation."""
    with st.container(border=True):
        st.markdown(
            f"**Protocol.** {result.users:,} people of *{escape_markdown(result.data)}* "
            f"({_text(result, 'test_people')}). Given: {_text(result, 'given')}. Task: find "
            f"{_text(result, 'to_find')}. Every method ranks {_text(result, 'ranked')}."
        )
        st.caption(
            f"Held out: {_text(result, 'split')}. LightGCN: {_text(result, 'model')}. A like is "
            f"{_text(result, 'like')}."
        )
        with st.expander("All details"):
            st.markdown("\n".join(_details(result)))


def _text(result: EvaluationResult, key: str) -> str:
    return escape_markdown(str(result.protocol.get(key, "unknown")))


def _details(result: EvaluationResult) -> list[str]:
    lines = [
        f"- **Lists**: {_text(result, 'lists')}. Recall: {_text(result, 'recall')}.",
        f"- **Intervals**: {_text(result, 'interval')}.",
        f"- **Training people**: {_text(result, 'training_people')}.",
        f"- **The other methods were tuned** {_text(result, 'tuned')}.",
    ]
    lines += _parts(result.protocol.get("methods"), method_label)
    lines += _parts(result.protocol.get("slices"), lambda key: SLICES.get(key, key))
    lines.append(f"- **Ratings**: SHA-256 {_text(result, 'fingerprint')}.")
    return lines


def _parts(parts: object, label: Callable[[str], str]) -> list[str]:
    if not isinstance(parts, Mapping):
        return []
    return [
        f"- **{escape_markdown(label(str(name)))}**: {escape_markdown(str(text))}."
        for name, text in parts.items()
    ]
