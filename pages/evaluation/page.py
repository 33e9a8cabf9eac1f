"""Evaluation: how good a model is, against what, measured how; and on me."""

from __future__ import annotations

import streamlit as st

from pages.evaluation.against import draw_against
from pages.evaluation.measuring import draw_jobs, draw_start
from pages.evaluation.on_me import draw_on_me
from pages.shared.problems import guarded
from pages.shared.subjects import Subject, measured, model_names, subjects
from recsys.errors import CheckpointError

AGAINST, ON_ME, ANOTHER = VIEWS = ("Against the others", "On me", "Another split")


def choose() -> Subject:
    """Draw the choice of a model."""
    known = {one.key: one for one in subjects()}
    if not known:
        raise CheckpointError("No model can be read; the page Training shows what is wrong.")
    names = model_names(list(known.values()))
    key = st.selectbox(
        "Model",
        list(known),
        key="model",
        format_func=names.__getitem__,
        bind="query-params",
        width=400,
    )
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
