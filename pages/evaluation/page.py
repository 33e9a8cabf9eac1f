"""Page Evaluation: the quality of a model, compared with baselines, with its protocol."""

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
from pages.shared.markdown import escape_markdown
from recsys.errors import CheckpointError

AGAINST, ON_ME, ANOTHER = VIEWS = ("Against the others", "On me", "Another split")


def choose_model() -> EvaluableModel:
    """Draw the choice of a model and return the chosen one.

    Returns:
        The chosen model.

    Raises:
        CheckpointError: no model can be read.
    """
    models = {model.key: model for model in evaluable_models()}
    if not models:
        raise CheckpointError(
            "No model can be read, so there is nothing to evaluate. The page Training shows the "
            "reason in its view Models."
        )
    names = model_names(list(models.values()))
    key = st.selectbox(
        "Model", list(models), key="model", format_func=names.__getitem__, bind="query-params",
        width=400,
    )  # fmt: skip
    return models[key]


def draw_results(model: EvaluableModel) -> None:
    """Draw the evaluations of a model, or the form that starts one."""
    results = {result.name: result for result in stored_evaluations(model)}
    if not results:
        st.subheader(f"{escape_markdown(model.name)} is not evaluated yet", anchor=False)
        draw_job_form(model)
        return
    name = next(iter(results))
    if len(results) > 1:
        name = st.selectbox(
            "Evaluation", list(results), key="measured-on",
            format_func=lambda key: f"{results[key].data}: {results[key].protocol.get('split')}",
        )  # fmt: skip
    draw_comparison(results[name])


st.title("Evaluation")
with error_boundary():
    draw_jobs()
    view = st.segmented_control(
        "View", VIEWS, default=AGAINST, required=True, key="show", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == ON_ME:
        draw_leave_one_out()
    elif view == ANOTHER:
        draw_job_form(choose_model())
    else:
        draw_results(choose_model())
