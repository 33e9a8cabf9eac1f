"""Several runs over each other: one chart, the figures, and how their settings differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.chart import chart
from pages.shared.run_follower import FollowedRun
from pages.training.curve_figures import METRICS, CurveAxis, overlay_figure

__all__ = ["MOST", "differences", "draw_run_comparison"]

MOST = 5
WHAT = {**METRICS, "loss": "Loss"}


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def differences(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the settings that are not the same in all, by name: a value for each."""
    flat = [_flat(one) for one in settings]
    names = dict.fromkeys(name for one in flat for name in one)
    values = {name: [one.get(name) for one in flat] for name in names}
    return {
        name: found for name, found in values.items() if any(one != found[0] for one in found[1:])
    }


def draw_run_comparison(seen: Sequence[FollowedRun]) -> None:
    """Draw up to five runs over each other."""
    names = _names(seen)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    what = left.segmented_control(
        "Show", list(WHAT), default="ndcg@20", required=True, key="compare-what",
        format_func=lambda one: WHAT[one],
    )  # fmt: skip
    against = right.segmented_control(
        "Against", ["steps", "time"], default="steps", required=True, key="compare-against"
    )
    axis = CurveAxis(minutes=against == "time")
    runs = [(name, one.history) for name, one in zip(names, seen, strict=True)]
    inertia = st.session_state.get("inertia", 0.8)
    figure = overlay_figure(runs, what or "ndcg@20", axis, inertia, f"{what}-{against}")
    chart(figure, key="compare", alt="The chosen runs over each other")
    st.caption(
        "Each run on its own held-out likes: curves are comparable where data, seed and share held "
        "out are the same."
    )
    different = differences(
        [{"data": one.config.data, **one.config.settings.model_dump(mode="json")} for one in seen]
    )
    if not different:
        st.caption("The settings are the same, to the last one.")
        return
    st.markdown("**What differs in their settings**")
    table = {name: [_told(value) for value in values] for name, values in different.items()}
    st.dataframe(
        pd.DataFrame.from_dict(table, orient="index", columns=names).rename_axis("Setting")
    )


def _names(seen: Sequence[FollowedRun]) -> list[str]:
    """Return the runs' names, told apart by number where two have the same."""
    names: list[str] = []
    for one in seen:
        name = one.metadata.name
        same = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({same + 1})" if same else name)
    return names


def _told(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(f"{one:g}" for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
