"""Watch a run: status, curves, the visitor's own list, and stop, resume and use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from pages.shared.chart import chart
from pages.shared.error_boundary import error_boundary, guard_callback
from pages.shared.markdown import escape_markdown
from pages.shared.run_follower import FollowedRun, follow_run
from pages.shared.time_format import format_moment
from pages.training.activate import activate_model
from pages.training.curve_figures import METRICS, loss_figure, metric_figure, single_figure
from pages.training.event_log import draw_log
from pages.training.my_top_ten import draw_my_top_ten
from pages.training.new_run import clone_settings
from pages.training.run_labels import STATUS_LABELS, format_time_left, preset_name
from recsys.jobs.eta import estimate_time
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_registry import RunRegistry
from recsys.jobs.status import RunStatus

__all__ = ["draw_watch"]

EVERY = 1.0  # seconds between two redraws


def _choose(runs: Sequence[FollowedRun]) -> FollowedRun | None:
    """Return the run that the URL names, or the running one, or the newest."""
    wanted = st.query_params.get("run")
    by_key = {run.key: run for run in runs}
    if wanted and wanted not in by_key:
        st.info(
            f"The run {escape_markdown(wanted)} no longer exists; another run is shown.",
            icon=":material/info:",
        )
    return (
        by_key.get(wanted or "")
        or next((run for run in runs if run.alive), None)
        or (runs[0] if runs else None)
    )


def _live(draw: Callable[[FollowedRun], None], run: FollowedRun) -> None:
    """Draw a part of the page from the run's present state, every second while it is at work."""

    def redraw() -> None:
        with error_boundary():
            draw(follow_run(run.run))

    st.fragment(redraw, run_every=EVERY if run.alive else None)()


def draw_watch(runs: Sequence[FollowedRun]) -> None:
    """Draw the run to watch.

    Args:
        runs: all runs, the newest first.
    """
    run = _choose(runs)
    if run is None:
        st.subheader("No training yet")
        st.write("Choose **New run**: the preset *Quick look* trains a model within a minute.")
        return
    st.query_params["run"] = run.key
    inertia = st.session_state.get("inertia", 0.8)
    was_alive = run.alive

    def draw_state(now: FollowedRun) -> None:
        if was_alive and not now.alive:
            st.rerun()  # the whole page: it has other buttons now, and redraws end
        _draw_state(now, inertia)

    _draw_head(run)
    _live(draw_state, run)
    _draw_details(run)


def _draw_state(run: FollowedRun, inertia: float) -> None:
    """Draw all that changes while a run is at work."""
    _draw_status(run)
    history, key = run.history, run.key
    if not history.parts:
        st.caption("Reading the ratings and building the graph …" if run.alive else "")
        return
    left, right = st.columns([5, 3], gap="large")
    with left:
        chart(
            loss_figure(history, inertia, key), key=f"loss-{key}",
            alt="Loss of each step, and its running mean",
        )  # fmt: skip
        st.caption(
            "Training loss per step; lower is better. It falls fast at first. Where it is flat, "
            "more steps change little. Drag to zoom, double-click to reset."
        )
    with right:
        st.markdown("**My top ten during the training**")
        _draw_top_ten(run)
    if any(point.metrics for point in history.curve.evaluations):
        for column, (metric, name) in zip(st.columns(3), METRICS.items(), strict=True):
            with column:
                chart(
                    metric_figure(history, metric, key), key=f"{metric}-{key}",
                    alt=f"{name} at each evaluation, with the baselines",
                )  # fmt: skip
        st.caption(_protocol(run))


def _draw_top_ten(run: FollowedRun) -> None:
    snapshots = run.run.snapshots()
    if not snapshots:
        st.caption("Appears with the first evaluation.")
        return
    step = snapshots[-1]
    if not run.alive and len(snapshots) > 1:
        best = run.history.best.step if run.history.best else step
        step = st.select_slider(
            "At step", snapshots, best if best in snapshots else step, key=f"at-{run.key}",
            format_func=lambda snapshot: f"{snapshot:,}",
        )  # fmt: skip
    draw_my_top_ten(run, step)


def _protocol(run: FollowedRun) -> str:
    left_out = "".join(
        f" EASE {escape_markdown(event['told'])}."
        for event in run.history.baselines.values()
        if not event["metrics"]
    )
    return (
        f"Validation: {run.config.validation:.0%} of each person's likes are held out; all other "
        "anime are ranked; the top 20 count. Recall@20 is hits / held-out likes. Grey lines: "
        "Popularity, Item-KNN and EASE on the same split. The ring marks the best step, whose "
        f"model is kept.{left_out}"
    )


def _draw_head(run: FollowedRun) -> None:
    """Draw name, origin and buttons, which do not change while the run is at work."""
    config, (icon, label) = run.config, STATUS_LABELS[run.status]
    title, buttons = st.columns([3, 2], vertical_alignment="center")
    title.subheader(escape_markdown(run.metadata.name), anchor=False)
    title.caption(
        f"{icon} **{label}** · {escape_markdown(config.data)} · "
        f"{escape_markdown(preset_name(config.preset))} · {format_moment(config.created)}"
    )
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        _draw_buttons(run)


def _draw_status(run: FollowedRun) -> None:
    """Draw the progress, or why the run ended."""
    history, status = run.history, run.status
    if not run.alive:
        draw = {RunStatus.failed: st.error, RunStatus.finished: st.success}.get(status, st.info)
        draw(escape_markdown(history.reason(status)))
        return
    estimate = estimate_time(history, run.config)
    text = format_time_left(estimate) if history.parts else "starting"
    if status is RunStatus.waiting:
        text = "waiting until the run before it ends"
    elif run.run.cancel.exists():
        text = "stopping after this step; the best model is kept"
    elif history.part == "final" and "search" in history.parts:
        text += " · the best step is known; final training on all likes"
    st.progress(min(estimate.done / estimate.of, 1.0) if estimate.of else 0.0, text)


def _draw_buttons(run: FollowedRun) -> None:
    folder, key = run.run, run.key
    if run.alive:
        st.button(
            "Stop", icon=":material/stop:", on_click=_stop, args=(folder,), key=f"stop-{key}",
            disabled=folder.cancel.exists(), help="Stops after this step. The best model is kept.",
        )  # fmt: skip
        return
    if run.status is not RunStatus.finished:
        st.button(
            "Resume", icon=":material/play_arrow:", on_click=_resume, args=(folder,),
            key=f"resume-{key}", help="Continues exactly where the run stopped.",
        )  # fmt: skip
    checkpoint = run.history.model(folder)
    if checkpoint is not None:
        st.button(
            "Use this model", icon=":material/auto_awesome:", on_click=activate_model,
            args=(checkpoint,), key=f"use-{key}", type="primary",
            help="The app checks the model and then uses it on every page. Undo: view Models.",
        )  # fmt: skip
    st.button(
        "Clone settings", icon=":material/content_copy:", on_click=clone_settings,
        args=(run.config,), key=f"clone-{key}",
    )  # fmt: skip


@guard_callback
def _stop(run: RunFolder) -> None:
    run.cancel.touch()


@guard_callback
def _resume(run: RunFolder) -> None:
    RunRegistry.default().launch([run])


def _draw_details(run: FollowedRun) -> None:
    """Draw the smoothing, learning rate and gradient, the log, the settings and the folder."""
    st.slider(
        "Smoothing of the loss", 0.0, 0.99, 0.8, 0.01, key="inertia",
        help="Share of the previous mean in each point of the running mean; 0 is the loss itself.",
    )  # fmt: skip
    with st.expander("Learning rate and gradient"):
        _live(_draw_single_figures, run)
    with st.expander("Log"):
        _live(lambda now: draw_log(now.history), run)
    with st.expander("Settings"):
        st.json(run.config.model_dump(mode="json"), expanded=2)
    if run.metadata.note:
        st.caption(escape_markdown(run.metadata.note))
    if (report := run.run.drop_report()) is not None:
        st.caption("  \n".join(escape_markdown(sentence) for sentence in report.sentences()))
    st.caption(f"Run folder: {escape_markdown(str(run.run.path))}")


def _draw_single_figures(run: FollowedRun) -> None:
    titles = {"learning_rate": "Learning rate η", "gradient_norm": "Gradient norm of E⁰"}
    for column, (name, title) in zip(st.columns(2), titles.items(), strict=True):
        with column:
            chart(
                single_figure(run.history, name, title, run.key), key=f"{name}-{run.key}", alt=title
            )
