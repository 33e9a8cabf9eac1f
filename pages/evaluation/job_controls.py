"""Evaluation jobs: start one on another split, watch it, stop it; another process does the work."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.data_picker import DataSource, draw_data_picker
from pages.shared.error_boundary import error_boundary, guard_callback
from pages.shared.evaluable_models import EvaluableModel
from pages.shared.file_cache import FileVersion, file_version
from pages.shared.markdown import escape_markdown
from pages.shared.run_follower import active_jobs
from recsys.data.ratings_file import has_dates
from recsys.device import training_device
from recsys.errors import RecsysError
from recsys.evaluation.split_settings import SplitSettings
from recsys.jobs.evaluation_job import EvaluationConfig, EvaluationJob, start_evaluation
from recsys.paths import catalogue_path
from recsys.system_resources import cores

__all__ = ["draw_job_form", "draw_jobs"]

EVERY = 1.0  # seconds between two redraws
BY_PEOPLE, BY_TIME = SPLITS = ("By people", "By time")


def draw_jobs() -> None:
    """Draw the running evaluations, and those that ended without results."""
    for job in EvaluationJob.all():
        if job.is_alive(active_jobs()):
            st.fragment(_draw_running, run_every=EVERY)(job)
        else:
            _draw_failed(job)


def _draw_running(job: EvaluationJob) -> None:
    with error_boundary():
        if not job.is_alive(active_jobs()):
            st.rerun()  # the page shows the results, or why there are none
        status = job.status()
        with st.container(border=True):
            left, right = st.columns([5, 1], vertical_alignment="center")
            try:
                config = job.config()
                name, data = escape_markdown(config.name), escape_markdown(config.data)
                text = f"**Evaluating {name}** on *{data}* · {escape_markdown(status.stage)}"
            except RecsysError as error:
                text = escape_markdown(str(error))
            with left:
                st.progress(status.share, text)
            right.button(
                "Stop", icon=":material/stop:", on_click=_stop, args=(job,),
                key=f"stop-{job.path.name}", disabled=job.stop_requested(),
                help="Stops after the present step. No results are kept.",
            )  # fmt: skip


def _draw_failed(job: EvaluationJob) -> None:
    reason = (
        job.status().error or "its process ended early, so there are no results. Start it again."
    )
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.warning(
        f"An evaluation ended without results: {escape_markdown(reason)}",
        icon=":material/warning:",
    )
    right.button("Dismiss", on_click=_dismiss, args=(job,), key=f"dismiss-{job.path.name}")


@guard_callback
def _stop(job: EvaluationJob) -> None:
    job.stop()


@guard_callback
def _dismiss(job: EvaluationJob) -> None:
    job.dismiss()


@st.cache_resource(max_entries=16, show_spinner=False)
def _has_dates(ratings: FileVersion) -> bool:
    return has_dates(Path(ratings[0]))


def draw_job_form(model: EvaluableModel) -> None:
    """Draw the form that starts an evaluation.

    Args:
        model: the model to evaluate.

    Raises:
        DataError: the ratings cannot be used.
    """
    st.markdown(
        "A **retrained model** with the same settings learns from the training part of the split, "
        "for as many epochs. The other methods are tuned and fitted on the same part. This takes "
        "some minutes longer than the training of the model. Another process does it, so you can "
        "close the page."
    )
    source = _draw_source(model)
    if source is None:
        st.caption("Choose the ratings first.")
        return
    dated = _has_dates(file_version(source.path))
    left, right = st.columns(2)
    with left:
        by = st.segmented_control(
            "Hold out", SPLITS if dated else (BY_PEOPLE,), default=BY_PEOPLE, required=True,
            key="split-by",
            help="**By people**: 10 % of the people, none of whose ratings are used in training."
            "  \n**By time**: the latest ratings of everybody; the file needs a column with dates.",
        )  # fmt: skip
        if not dated:
            st.caption("These ratings have no dates, so they cannot be split by time.")
    seed = 0
    if by == BY_PEOPLE:
        with right:
            seed = int(
                st.number_input(
                    "Seed", 0, 2**31, 0, key="split-seed",
                    help="Of the random choice of the people and of their given likes.",
                )
            )  # fmt: skip
    split = SplitSettings(by="time" if by == BY_TIME else "people", seed=seed)
    running = any(job.is_alive(active_jobs()) for job in EvaluationJob.all())
    st.button(
        "Evaluate", type="primary", icon=":material/straighten:", on_click=_start,
        args=(model, source, split), disabled=running, key="measure",
    )  # fmt: skip


def _draw_source(model: EvaluableModel) -> DataSource | None:
    """Return the training data of the model, or the visitor's choice where it is missing."""
    name = escape_markdown(model.name)
    if model.ratings is not None:
        st.markdown(f"Ratings: *{escape_markdown(model.data)}*, the training data of {name}.")
        return DataSource(model.ratings, model.data)
    st.info(
        f"The training data of {name} are not on this computer. You can evaluate its settings on "
        "other ratings; the results then describe a model trained on those.",
        icon=":material/info:",
    )
    return draw_data_picker()


@guard_callback
def _start(model: EvaluableModel, source: DataSource, split: SplitSettings) -> None:
    device = training_device()
    start_evaluation(
        EvaluationConfig(
            checkpoint=model.folders[0].resolve(), name=model.name,
            places=tuple(folder.resolve() for folder in model.folders),
            ratings=source.path.resolve(), data=source.name, catalogue=catalogue_path(),
            split=split, device=device, threads=max(1, cores() - 1),
        )
    )  # fmt: skip
