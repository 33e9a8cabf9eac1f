"""Page Training: start a run, watch it, compare runs, and choose the model in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.shared.error_boundary import error_boundary
from pages.shared.run_follower import FollowedRun, follow_all_runs
from pages.shared.theme import apply_style
from pages.training.model_list import draw_models
from pages.training.new_run import draw_new_run
from pages.training.run_table import draw_runs
from pages.training.watch_run import draw_watch

VIEWS: dict[str, Callable[[list[FollowedRun]], None]] = {
    "Watch": draw_watch,
    "New run": draw_new_run,
    "All runs": draw_runs,
    "Models": lambda _runs: draw_models(),
}

apply_style(Path(__file__).parent / "training.css")
st.title("Training")
with error_boundary():
    runs = follow_all_runs()
    first = "Watch" if runs else "New run"
    view = st.segmented_control(
        "View", list(VIEWS), required=True, key="view", bind="query-params",
        default=None if "view" in st.session_state else first, label_visibility="collapsed",
    )  # fmt: skip
    VIEWS[view or first](runs)
