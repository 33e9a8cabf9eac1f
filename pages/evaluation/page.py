"""Evaluation: how good a model is, against what, measured how; and on me."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from pages.evaluation.against import draw_against
from pages.evaluation.measuring import draw_jobs, draw_start
from pages.evaluation.on_me import draw_on_me
from pages.shared.evaluations import Subject, measured, subjects
from pages.shared.problems import guarded
from recsys.errors import CheckpointError

AGAINST, ON_ME, ANOTHER = VIEWS = ("Against the others", "On me", "Another split")


def choose() -> Subject:
    """Draw the choice of a model."""
    known = {one.key: one for one in subjects()}
    if not known:
        raise CheckpointError("No model can be read; the page Training shows what is wrong.")
    names = Counter(one.name for one in known.values())

    def name(key: str) -> str:  # a name in the URL, so no two alike
        one = known[key]
        told = one.name if names[one.name] == 1 else f"{one.name} ({key[:6]})"
        return f"{told} · answers now" if one.in_use else told

    key = st.selectbox("Model", list(known), key="model", bind="query-params", format_func=name)
    return known[key]


def draw_measured(subject: Subject) -> None:
    """Draw what was measured of a model, or how it can be."""
    found = {one.name: one for one in measured(subject)}
    if not found:
        st.subheader(f"{subject.name} was not measured yet", anchor=False)
        draw_start(subject)
        return
    name = next(iter(found))
    if len(found) > 1:
        name = st.selectbox(
            "Measured on", list(found), key="measured-on",
            format_func=lambda one: f"{found[one].data}: {found[one].protocol.get('split')}",
        )  # fmt: skip
    draw_against(found[name])


st.title("How good is it?")
with guarded():
    draw_jobs()
    view = st.segmented_control(
        "View", VIEWS, default=AGAINST, required=True, key="show", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == ON_ME:
        draw_on_me()
    elif view == ANOTHER:
        draw_start(choose())
    else:
        draw_measured(choose())
