"""Training: start a run, watch it learn, compare runs, and let a model answer."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.problems import guarded
from pages.shared.runs import look_at_all
from pages.shared.theme import apply_style
from pages.training.models import draw_models
from pages.training.runs import draw_runs
from pages.training.start import draw_start
from pages.training.watch import draw_watch

VIEWS = {
    "Watch": draw_watch,
    "New run": draw_start,
    "All runs": draw_runs,
    "Models": draw_models,
}

apply_style(Path(__file__).parent / "training.css")
st.title("Training")
first = "Watch" if look_at_all() else "New run"
view = st.segmented_control(
    "View", list(VIEWS), required=True, key="view", bind="query-params",
    default=None if "view" in st.session_state else first, label_visibility="collapsed",
)  # fmt: skip
with guarded():
    VIEWS[view or first]()
