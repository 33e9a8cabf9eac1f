"""Evaluation: how good a model is, against what, measured how; and on me."""

from __future__ import annotations

import streamlit as st

from pages.evaluation.comparison import draw_comparison
from pages.evaluation.job_controls import draw_job_form, draw_jobs
from pages.evaluation.leave_one_out_view import draw_leave_one_out
from pages.shared.error_boundary import error_boundary
from pages.shared.evaluable_models import (
    EvaluableModel,
    evaluable_models,
    model_names,
    stored_evaluations,
)
from recsys.errors import CheckpointError

AGAINST, ON_ME, ANOTHER = VIEWS = ("Against the others", "On me", "Another split")


def choose() -> EvaluableModel:
    """Draw the choice of a model."""
    known = {one.key: one for one in evaluable_models()}
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


def draw_measured(subject: EvaluableModel) -> None:
    """Draw what was measured of a model, or how it can be."""
    found = {one.name: one for one in stored_evaluations(subject)}
    if not found:
        st.subheader(f"{subject.name} was not measured yet", anchor=False)
        draw_job_form(subject)
        return
    name = next(iter(found))
    if len(found) > 1:
        name = st.selectbox(
            "Measured on", list(found), key="measured-on",
            format_func=lambda one: f"{found[one].data}: {found[one].protocol.get('split')}",
        )  # fmt: skip
    draw_comparison(found[name])


st.title("How good is it?")
with error_boundary():
    draw_jobs()
    view = st.segmented_control(
        "View", VIEWS, default=AGAINST, required=True, key="show", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == ON_ME:
        draw_leave_one_out()
    elif view == ANOTHER:
        draw_job_form(choose())
    else:
        draw_measured(choose())
