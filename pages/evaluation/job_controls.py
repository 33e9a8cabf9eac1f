"""Measuring: start it on another cut, watch it, stop it; a process of its own does the work."""

from __future__ import annotations

import streamlit as st

from pages.shared.data_picker import DataSource, draw_data_picker
from pages.shared.evaluable_models import EvaluableModel
from pages.shared.session import add_notice
from recsys.data.ratings_file import has_dates
from recsys.device import accelerator_likely, choose_device
from recsys.errors import RecsysError
from recsys.evaluation.split_settings import SplitSettings
from recsys.jobs.evaluation_job import EvaluationConfig, EvaluationJob, start_evaluation
from recsys.paths import catalogue_path
from recsys.system_resources import default_threads

__all__ = ["draw_job_form", "draw_jobs"]

EVERY = 1.0  # seconds between two looks
PEOPLE, TIME = WAYS = ("By people", "By time")


def draw_jobs() -> None:
    """Draw what is being measured, and what ended without figures."""
    for job in EvaluationJob.all():
        if job.alive:
            st.fragment(_draw_alive, run_every=EVERY)(job)
        else:
            _draw_ended(job)


def _draw_alive(job: EvaluationJob) -> None:
    if not job.alive:
        st.rerun()  # its figures are there, or why there are none
    what, share, _ = job.status()
    with st.container(border=True):
        left, right = st.columns([5, 1], vertical_alignment="center")
        try:
            config = job.config()
            told = f"**Measuring {config.name}** on *{config.data}* · {what}"
        except RecsysError as error:
            told = str(error)
        with left:
            st.progress(share, told)
        right.button(
            "Stop", icon=":material/stop:", on_click=job.stop, key=f"stop-{job.path.name}",
            disabled=(job.path / "cancel").exists(),
            help="Ends after the step at hand; nothing is kept of what it measured so far.",
        )  # fmt: skip


def _draw_ended(job: EvaluationJob) -> None:
    _, _, failed = job.status()
    told = failed or "its process ended before it was done; nothing was kept of it"
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.warning(f"A measuring ended without figures: {told}", icon=":material/warning:")
    right.button("Dismiss", on_click=job.dismiss, key=f"dismiss-{job.path.name}")


def draw_job_form(subject: EvaluableModel) -> None:
    """Draw the form: which ratings, cut how."""
    st.markdown(
        "A **twin** with the same recipe learns from what the split leaves, for as many epochs; "
        "the others are tuned and fitted on the same. It takes about as long as the training did, "
        "and some minutes more, in a process of its own: close the page if you like."
    )
    source = _source(subject)
    if source is None:
        st.caption("Choose the ratings first.")
        return
    dated = has_dates(source.path)
    left, right = st.columns(2)
    with left:
        way = st.segmented_control(
            "Hold out", WAYS if dated else (PEOPLE,), default=PEOPLE, required=True,
            key="split-by",
            help="**By people**: a tenth of them, whom nothing was learned from.  \n**By time**: "
            "what everybody rated last; the file needs a column with dates.",
        )  # fmt: skip
        if not dated:
            st.caption("These ratings have no dates, so they cannot be split by time.")
    seed = 0
    if way == PEOPLE:
        with right:
            seed = int(
                st.number_input(
                    "Seed", 0, 2**31, 0, key="split-seed",
                    help="Draws the people, and which of their likes are given.",
                )
            )  # fmt: skip
    split = SplitSettings(by="time" if way == TIME else "people", seed=seed)
    busy = any(job.alive for job in EvaluationJob.all())
    st.button(
        "Measure", type="primary", icon=":material/straighten:", on_click=_start,
        args=(subject, source, split), disabled=busy, key="measure",
    )  # fmt: skip


def _source(subject: EvaluableModel) -> DataSource | None:
    """Return the ratings that the model learned from; else let some be chosen, and say so."""
    if subject.ratings is not None:
        st.markdown(f"Ratings: *{subject.data}*, from which {subject.name} learned.")
        return DataSource(subject.ratings, subject.data)
    st.info(
        f"The ratings that {subject.name} learned from are not on this computer. Its recipe can be "
        "measured on others: the figures then tell of the recipe on those.",
        icon=":material/info:",
    )
    return draw_data_picker()


def _start(subject: EvaluableModel, source: DataSource, split: SplitSettings) -> None:
    device = choose_device().type if accelerator_likely() else "cpu"
    try:
        start_evaluation(
            EvaluationConfig(
                checkpoint=subject.folders[0].resolve(), name=subject.name,
                places=tuple(place.resolve() for place in subject.folders),
                ratings=source.path.resolve(), data=source.name, catalogue=catalogue_path(),
                split=split, device=device, threads=default_threads(interactive=True),
            )
        )  # fmt: skip
    except RecsysError as error:
        add_notice(str(error))
