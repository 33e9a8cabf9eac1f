"""All runs: a table to sort and choose from, and what can be done with those that are chosen."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.shared.run_follower import FollowedRun
from pages.shared.session import add_notice
from pages.training.compare_runs import MOST, draw_run_comparison
from pages.training.new_run import clone_settings
from pages.training.run_labels import STATUS_LABELS, preset_name
from recsys.errors import RecsysError
from recsys.jobs.run_export import curves_csv, run_archive
from recsys.jobs.run_folder import RunFolder, RunMetadata
from recsys.jobs.run_history import RunHistory
from recsys.jobs.run_registry import RunRegistry

__all__ = ["draw_runs"]


def _row(seen: FollowedRun) -> dict[str, object]:
    config, history = seen.config, seen.history
    best = history.best
    figures = best.metrics if best else {}
    return {
        "Name": seen.metadata.name,
        "Stands": STATUS_LABELS[seen.status][1],
        "NDCG@20": figures.get("ndcg@20"),
        "Recall@20": figures.get("recall@20"),
        "Best step": best.step if best else None,
        "Time, min": _minutes(history),
        "Preset": preset_name(config.preset),
        "d": config.settings.model.dimension,
        "K": config.settings.model.layers,
        "Data": config.data,
        "Started": config.created,
    }


def _minutes(history: RunHistory) -> float:
    """Return the time of the steps alone: a run may have been stopped for a night."""
    return sum(float(c.column("seconds").sum()) for c in history.parts.values()) / 60


def draw_runs(seen: Sequence[FollowedRun]) -> None:
    """Draw the table, and below it the chosen run, or the comparison of several."""
    _draw_undo()
    if not seen:
        st.subheader("No run yet")
        st.write("Every training is listed here with its settings and figures, to compare.")
        return
    st.caption(
        "Sort by a column's head. Choose one run to rename, export or delete it; two to "
        f"{MOST} to compare them."
    )
    chosen = st.dataframe(
        pd.DataFrame([_row(one) for one in seen]), key="runs-table", hide_index=True,
        on_select="rerun", selection_mode="multi-row",
        column_config={
            "Name": st.column_config.TextColumn(width=220),
            "Preset": st.column_config.TextColumn(width=150),
            "NDCG@20": st.column_config.NumberColumn(format="%.4f", help="Best validation figure"),
            "Recall@20": st.column_config.NumberColumn(format="%.4f", help="At the same step"),
            "Time, min": st.column_config.NumberColumn(format="%.1f", help="Of the steps alone"),
            "Started": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        },
    )  # fmt: skip
    picked = [seen[row] for row in chosen["selection"]["rows"] if row < len(seen)]
    if not picked:
        picked = _pair(seen)
    if len(picked) == 1:
        _draw_one(picked[0])
    elif picked:
        draw_run_comparison(picked[:MOST])


def _pair(seen: Sequence[FollowedRun]) -> list[FollowedRun]:
    """Return the runs of the newest comparison, which are shown until others are chosen."""
    groups = {one.run.path.name: one.config.group for one in seen}
    newest = next((group for group in groups.values() if group), None)
    found = [one for one in seen if newest and groups[one.run.path.name] == newest]
    return sorted(found, key=lambda one: one.config.created)


def _draw_one(seen: FollowedRun) -> None:
    run, key = seen.run, seen.run.path.name
    label = seen.metadata
    with st.form(f"label-{key}", border=False):
        name = st.text_input("Name", label.name, max_chars=80)
        note = st.text_area("Note", label.note, max_chars=2000, placeholder="What to remember")
        if st.form_submit_button("Save name and note", icon=":material/save:"):
            _relabel(run, name, note)
    with st.container(horizontal=True):
        st.button(
            "Watch", icon=":material/monitoring:", on_click=_watch, args=(key,), key=f"watch-{key}"
        )
        st.button(
            "Clone settings", icon=":material/content_copy:", on_click=clone_settings, args=(seen.config,),
            key=f"clone-row-{key}",
        )  # fmt: skip
        st.download_button(
            "Curves", lambda: curves_csv(seen.history), f"{key}.csv", "text/csv",
            icon=":material/download:", key=f"csv-{key}", help="Every step, as CSV",
        )  # fmt: skip
        st.download_button(
            "Folder", lambda: run_archive(run), f"{key}.zip", "application/zip",
            icon=":material/folder_zip:", key=f"zip-{key}", help="Order, events and models, as zip",
        )  # fmt: skip
        st.button(
            "Delete", icon=":material/delete:", on_click=_delete, args=(run,), key=f"delete-{key}",
            disabled=seen.alive, help="Can be undone until the next one is deleted.",
        )  # fmt: skip
    with st.expander("Settings"):
        st.json(seen.config.model_dump(mode="json"), expanded=2)


def _watch(name: str) -> None:
    st.session_state["view"] = "Watch"
    st.query_params["run"] = name


def _relabel(run: RunFolder, name: str, note: str) -> None:
    if not name.strip():
        st.error("A run needs a name; the old one was kept.")
        return
    try:
        run.write_metadata(RunMetadata(name=name.strip(), note=note.strip()))
    except OSError as error:
        st.error(f"The name could not be written ({error.strerror}); the old one was kept.")
        return
    st.rerun()


def _delete(run: RunFolder) -> None:
    try:
        RunRegistry.default().delete(run)
    except RecsysError as error:
        add_notice(str(error))


def _draw_undo() -> None:
    place = RunRegistry.default()
    deleted = place.deleted()
    if deleted is not None:
        st.button(
            f"Undo: bring “{deleted.metadata().name}” back", icon=":material/undo:", type="tertiary",
            on_click=place.restore, args=(deleted,), key="restore-run",
        )  # fmt: skip
