"""Run table: all runs, with actions for a chosen run and a comparison of several."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.shared.error_boundary import guard_callback
from pages.shared.markdown import escape_markdown
from pages.shared.run_follower import FollowedRun
from pages.shared.session import add_notice
from pages.shared.time_format import visitor_zone
from pages.training.compare_runs import MOST, draw_run_comparison
from pages.training.new_run import clone_settings
from pages.training.run_labels import STATUS_LABELS, preset_name
from recsys.jobs.run_config import RunMetadata
from recsys.jobs.run_export import curves_csv, run_archive
from recsys.jobs.run_folder import RunFolder
from recsys.jobs.run_history import RunHistory
from recsys.jobs.run_registry import RunRegistry

__all__ = ["draw_runs"]


def _row(run: FollowedRun) -> dict[str, object]:
    config, best = run.config, run.history.best
    metrics = best.metrics if best else {}
    return {
        "Name": run.metadata.name,
        "Status": STATUS_LABELS[run.status][1],
        "NDCG@20": metrics.get("ndcg@20"),
        "Recall@20": metrics.get("recall@20"),
        "Best step": best.step if best else None,
        "Time, min": _minutes(run.history),
        "Preset": preset_name(config.preset),
        "d": config.settings.model.dimension,
        "K": config.settings.model.layers,
        "Data": config.data,
        "Started": config.created.astimezone(visitor_zone()),
    }


def _minutes(history: RunHistory) -> float:
    """Return the total time of the steps, without pauses, in minutes."""
    seconds = (float(curve.column("seconds").sum()) for curve in history.parts.values())
    return sum(seconds) / 60


def draw_runs(runs: Sequence[FollowedRun]) -> None:
    """Draw the table, and below it the chosen run or the comparison of several.

    Args:
        runs: all runs, the newest first.
    """
    _draw_undo()
    if not runs:
        st.subheader("No run yet")
        st.write("All runs appear here with their settings and metrics, so that you can compare.")
        return
    st.caption(
        "Click a column's title to sort. Choose one run to rename, export or delete it; choose 2 "
        f"to {MOST} runs to compare them."
    )
    selection = st.dataframe(
        pd.DataFrame([_row(run) for run in runs]), key="runs-table", hide_index=True,
        on_select="rerun", selection_mode="multi-row",
        column_config={
            "Name": st.column_config.TextColumn(width=220),
            "Preset": st.column_config.TextColumn(width=150),
            "NDCG@20": st.column_config.NumberColumn(
                format="%.4f", help="Best value on the held-out likes"
            ),
            "Recall@20": st.column_config.NumberColumn(
                format="%.4f", help="At the same step: hits / held-out likes"
            ),
            "Time, min": st.column_config.NumberColumn(
                format="%.1f", help="Total time of the training steps, without pauses"
            ),
            "Started": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        },
    )  # fmt: skip
    chosen = [runs[row] for row in selection["selection"]["rows"] if row < len(runs)]
    if not chosen:
        chosen = _latest_group(runs)
    if len(chosen) == 1:
        _draw_run(chosen[0])
    elif chosen:
        draw_run_comparison(chosen[:MOST])


def _latest_group(runs: Sequence[FollowedRun]) -> list[FollowedRun]:
    """Return the runs of the latest pair, which are compared until others are chosen."""
    latest = next((run.config.group for run in runs if run.config.group), None)
    group = [run for run in runs if latest and run.config.group == latest]
    return sorted(group, key=lambda run: run.config.created)


def _draw_run(followed: FollowedRun) -> None:
    run, key, metadata = followed.run, followed.key, followed.metadata
    with st.form(f"label-{key}", border=False):
        name = st.text_input("Name", metadata.name, max_chars=80)
        note = st.text_area("Note", metadata.note, max_chars=2000, placeholder="For your notes")
        if st.form_submit_button("Save name and note", icon=":material/save:"):
            _rename(run, name, note)
    with st.container(horizontal=True):
        st.button(
            "Watch", icon=":material/monitoring:", on_click=_watch, args=(key,), key=f"watch-{key}"
        )
        st.button(
            "Clone settings", icon=":material/content_copy:", on_click=clone_settings,
            args=(followed.config,), key=f"clone-row-{key}",
        )  # fmt: skip
        st.download_button(
            "Curves", lambda: curves_csv(followed.history), f"{key}.csv", "text/csv",
            icon=":material/download:", key=f"csv-{key}", help="Every step, as CSV",
        )  # fmt: skip
        st.download_button(
            "Folder", lambda: run_archive(run), f"{key}.zip", "application/zip",
            icon=":material/folder_zip:", key=f"zip-{key}",
            help="Settings, events and models, as a zip",
        )  # fmt: skip
        st.button(
            "Delete", icon=":material/delete:", on_click=_delete, args=(run,), key=f"delete-{key}",
            disabled=followed.alive,
            help="You can undo this until you delete another run.",
        )  # fmt: skip
    with st.expander("Settings"):
        st.json(followed.config.model_dump(mode="json"), expanded=2)


@guard_callback
def _watch(name: str) -> None:
    st.session_state["view"] = "Watch"
    st.query_params["run"] = name


def _rename(run: RunFolder, name: str, note: str) -> None:
    if not name.strip():
        st.error("A run needs a name; the old name is unchanged.")
        return
    try:
        run.write_metadata(RunMetadata(name=name.strip(), note=note.strip()))
    except OSError as error:
        st.error(
            f"The name cannot be written ({error.strerror}); the old name is unchanged. Check the "
            "free disk space and the permissions of the run folder."
        )
        return
    st.rerun()


@guard_callback
def _delete(run: RunFolder) -> None:
    RunRegistry.default().delete(run)


@guard_callback
def _restore(run: RunFolder) -> None:
    if run.is_run():
        RunRegistry.default().restore(run)
    else:
        add_notice("The deleted run no longer exists, so it cannot be restored.")


def _draw_undo() -> None:
    deleted = RunRegistry.default().deleted()
    if deleted is not None:
        st.button(
            f"Undo: restore “{escape_markdown(deleted.metadata().name)}”",
            icon=":material/undo:", type="tertiary", on_click=_restore, args=(deleted,),
            key="restore-run",
        )  # fmt: skip
