"""Watching a run: how it stands, its curves, my own list, and stop, resume, use."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.shared.chart import chart
from pages.shared.run_follower import FollowedRun, follow_run
from pages.shared.session import add_notice
from pages.training.activate import activate_model
from pages.training.curve_figures import METRICS, loss_figure, metric_figure, single_figure
from pages.training.event_log import draw_log
from pages.training.my_top_ten import draw_my_top_ten
from pages.training.new_run import clone_settings
from pages.training.run_labels import STATUS_LABELS, format_time, format_time_left, preset_name
from recsys.errors import RecsysError
from recsys.jobs.eta import estimate_time
from recsys.jobs.run_history import RunStatus
from recsys.jobs.run_registry import RunRegistry

__all__ = ["draw_watch"]

EVERY = 1.0  # seconds between two redraws


def _chosen(seen: Sequence[FollowedRun]) -> FollowedRun | None:
    """Return the run of the URL, or the one at work, or the newest."""
    wanted = st.query_params.get("run")
    by_name = {one.run.path.name: one for one in seen}
    if wanted and wanted not in by_name:
        st.info(f"The run {wanted} is no longer here; this is another one.", icon=":material/info:")
    return (
        by_name.get(wanted or "")
        or next((one for one in seen if one.alive), None)
        or (seen[0] if seen else None)
    )


def draw_watch(runs: Sequence[FollowedRun]) -> None:
    """Draw the run to watch; redrawn every second while it is at work."""
    seen = _chosen(runs)
    if seen is None:
        st.subheader("No training yet")
        st.write("Choose **New run**: *Quick look* shows a model learn within a minute.")
        return
    st.query_params["run"] = seen.run.path.name
    inertia = st.session_state.get("inertia", 0.8)
    _draw_head(seen)
    st.fragment(_draw, run_every=EVERY if seen.alive else None)(seen, inertia)
    _draw_details(seen)


def _draw(seen: FollowedRun, inertia: float) -> None:
    """Draw all that changes while a run is at work."""
    now = follow_run(seen.run)
    if seen.alive and not now.alive:
        st.rerun()  # the whole page: other buttons, and it stands still from now on
    _draw_standing(now)
    history, key = now.history, now.run.path.name
    if not history.parts:
        st.caption("Reading the ratings and building the graph …" if now.alive else "")
        return
    left_side, right_side = st.columns([5, 3], gap="large")
    with left_side:
        chart(
            loss_figure(history, inertia, key), key=f"loss-{key}",
            alt="Loss of each step, and its running mean",
        )  # fmt: skip
        st.caption(
            "How badly each step's batch was ranked. It falls fast, then slowly; where it is flat, "
            "little is left to learn. Drag to zoom, double-click to return."
        )
    with right_side:
        st.markdown("**My top ten as it learns**")
        kept = now.run.snapshots()
        if kept:
            step = kept[-1]
            if not now.alive and len(kept) > 1:
                best = history.best.step if history.best else kept[-1]
                step = st.select_slider(
                    "At step", kept, best if best in kept else kept[-1], key=f"at-{key}",
                    format_func=lambda one: f"{one:,}",
                )  # fmt: skip
            draw_my_top_ten(now, step)
        else:
            st.caption("Appears with the first evaluation.")
    if any(one.metrics for one in history.curve.evaluations):
        for column, metric in zip(st.columns(3), METRICS, strict=True):
            told = f"{METRICS[metric]} at each evaluation, beside the baselines"
            with column:
                chart(metric_figure(history, metric, key), key=f"{metric}-{key}", alt=told)
        st.caption(_protocol(now))


def _protocol(seen: FollowedRun) -> str:
    config = seen.config
    left_out = [line["told"] for line in seen.history.baselines.values() if not line["metrics"]]
    return (
        f"Held out: {config.validation:.0%} of each person's likes; all anime but the others are "
        "ranked, 20 are looked at. Grey: Popularity, Item-KNN and EASE on the same split. The "
        "ring is the best step, which is kept." + "".join(f" EASE {told}." for told in left_out)
    )


def _draw_head(seen: FollowedRun) -> None:
    """Draw name, origin, and what can be done: outside of what is redrawn every second."""
    config, (icon, word) = seen.config, STATUS_LABELS[seen.status]
    title, buttons = st.columns([3, 2], vertical_alignment="center")
    title.subheader(seen.metadata.name, anchor=False)
    title.caption(
        f"{icon} **{word}** · {config.data} · {preset_name(config.preset)} · {format_time(config.created)}"
    )
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        _draw_buttons(seen)


def _draw_standing(seen: FollowedRun) -> None:
    """Draw progress, or why the run ended."""
    run, history, status = seen.run, seen.history, seen.status
    if not seen.alive:
        say = {RunStatus.failed: st.error, RunStatus.finished: st.success}.get(status, st.info)
        say(history.reason(status))
        return
    told = estimate_time(history, seen.config)
    text = format_time_left(told) if history.parts else "starting"
    if status is RunStatus.waiting:
        text = "waiting for its turn"
    elif run.cancel.exists():
        text = "stopping after this step; the best model is kept"
    elif history.part == "final" and "search" in history.parts:
        text += " · the best step is found, now learning from every like"
    st.progress(min(told.done / told.of, 1.0) if told.of else 0.0, text)


def _draw_buttons(seen: FollowedRun) -> None:
    run, key = seen.run, seen.run.path.name
    if seen.alive:
        st.button(
            "Stop", icon=":material/stop:", on_click=run.cancel.touch, key=f"stop-{key}",
            disabled=run.cancel.exists(), help="Ends after this step. The best model is kept.",
        )  # fmt: skip
        return
    if seen.status is not RunStatus.finished:
        st.button(
            "Resume", icon=":material/play_arrow:", on_click=_resume, args=(seen,),
            key=f"resume-{key}", help="Goes on with the very same curve.",
        )  # fmt: skip
    model = seen.history.model(run)
    if model is not None:
        st.button(
            "Use this model", icon=":material/auto_awesome:", on_click=activate_model, args=(model,),
            key=f"use-{key}", type="primary",
            help="Checked, then every page answers from it at once; undo under Models.",
        )  # fmt: skip
    st.button(
        "Clone settings", icon=":material/content_copy:", on_click=clone_settings, args=(seen.config,),
        key=f"clone-{key}",
    )  # fmt: skip


def _resume(seen: FollowedRun) -> None:
    try:
        RunRegistry.default().launch([seen.run])
    except RecsysError as error:
        add_notice(str(error))


def _draw_details(seen: FollowedRun) -> None:
    """Draw what stands below the live part: how smooth, step size and gradient, log, settings."""
    st.slider(
        "Smoothing of the loss", 0.0, 0.99, 0.8, 0.01, key="inertia",
        help="Each point keeps so much of the mean before it; 0 is the loss itself.",
    )  # fmt: skip
    with st.expander("Step size and gradient"):
        st.fragment(_draw_plain, run_every=EVERY if seen.alive else None)(seen)
    with st.expander("Log"):
        st.fragment(_draw_events, run_every=EVERY if seen.alive else None)(seen)
    with st.expander("Settings"):
        st.json(seen.config.model_dump(mode="json"), expanded=2)
    if seen.metadata.note:
        st.caption(seen.metadata.note)
    st.caption(f"Run folder: `{seen.run.path}`")


def _draw_plain(seen: FollowedRun) -> None:
    key, history = seen.run.path.name, follow_run(seen.run).history
    titles = {"learning_rate": "Step size η", "gradient_norm": "Length of the gradient of E⁰"}
    for column, (name, title) in zip(st.columns(2), titles.items(), strict=True):
        with column:
            chart(single_figure(history, name, title, key), key=f"{name}-{key}", alt=title)


def _draw_events(seen: FollowedRun) -> None:
    draw_log(follow_run(seen.run).history)
