"""Run comparison: several runs in one chart, and how their settings differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.chart import chart
from pages.shared.run_follower import FollowedRun
from pages.training.curve_figures import METRICS, CurveAxis, overlay_figure

__all__ = ["MOST", "differences", "draw_run_comparison"]

MOST = 5  # runs in one chart: one colour for each
QUANTITIES = {**METRICS, "loss": "Loss"}


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def differences(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the settings that differ between runs.

    Args:
        settings: the nested settings of each run.

    Returns:
        By dotted name: the value of each run, None where a run lacks the setting.
    """
    flat = [_flatten(values) for values in settings]
    names = dict.fromkeys(name for values in flat for name in values)
    columns = {name: [values.get(name) for values in flat] for name in names}
    return {
        name: column
        for name, column in columns.items()
        if any(value != column[0] for value in column[1:])
    }


def draw_run_comparison(runs: Sequence[FollowedRun]) -> None:
    """Draw up to five runs in one chart, and a table of the settings that differ."""
    names = _names(runs)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    quantity = left.segmented_control(
        "Show", list(QUANTITIES), default="ndcg@20", required=True, key="compare-what",
        format_func=QUANTITIES.__getitem__,
    ) or "ndcg@20"  # fmt: skip
    unit = right.segmented_control(
        "Against", ["steps", "time"], default="steps", required=True, key="compare-against"
    )
    axis = CurveAxis(minutes=unit == "time")
    histories = [(name, run.history) for name, run in zip(names, runs, strict=True)]
    inertia = st.session_state.get("inertia", 0.8)
    figure = overlay_figure(histories, quantity, axis, inertia, f"{quantity}-{unit}")
    chart(figure, key="compare", alt="Curves of the chosen runs")
    st.caption(
        "Each run is validated on its own held-out likes. Compare curves only where the data, the "
        "seed and the held-out share are the same."
    )
    different = differences(
        [{"data": run.config.data, **run.config.settings.model_dump(mode="json")} for run in runs]
    )
    if not different:
        st.caption("All settings are equal.")
        return
    st.markdown("**Different settings**")
    table = {name: [_format(value) for value in values] for name, values in different.items()}
    st.dataframe(
        pd.DataFrame.from_dict(table, orient="index", columns=names).rename_axis("Setting")
    )


def _names(runs: Sequence[FollowedRun]) -> list[str]:
    """Return a unique name for each run: the second of the same name gets "(2)"."""
    names: list[str] = []
    for run in runs:
        name = run.metadata.name
        same = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({same + 1})" if same else name)
    return names


def _format(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(f"{number:g}" for number in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
