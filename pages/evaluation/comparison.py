"""Against the others: the protocol, the plots, the table behind them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.evaluation.evaluation_figures import ORDER, DotRow, dot_figure, line_figure
from pages.evaluation.metric_labels import (
    ACCURACY,
    BEYOND,
    METHODS,
    SLICES,
    given_name,
    headline,
    method_name,
)
from pages.evaluation.protocol_box import draw_protocol
from pages.shared.chart import chart
from recsys.evaluation.results_io import EvaluationResult

__all__ = ["draw_comparison", "table_csv"]

COLUMNS = {
    "method": "Method", "given": "Given", "slice": "Slice", "metric": "Metric", "value": "Value",
    "low": "95 % from", "high": "95 % to", "people": "People",
    "ahead_value": "LightGCN ahead by", "ahead_low": "ahead from", "ahead_high": "ahead to",
}  # fmt: skip
Row = Mapping[str, Any]


def draw_comparison(found: EvaluationResult) -> None:
    """Draw one evaluation."""
    draw_protocol(found)
    given = list(dict.fromkeys(str(row["given"]) for row in found.figures))
    metric, chosen = _controls(given)
    rows = [row for row in found.figures if row["metric"] == metric]
    whole = [row for row in rows if row["slice"] == "all"]
    here = {row["method"]: row for row in whole if row["given"] == chosen}
    if not {"low", "high"} <= here.get("lightgcn", {}).keys():
        st.caption(f"LightGCN’s {ACCURACY[metric][0]} is not among what was measured here.")
        return
    names = [name for name in ORDER if name == "lightgcn" or "ahead_value" in here.get(name, {})]
    st.markdown(headline(here, metric, chosen))
    key = f"{found.name}-{metric}"
    left, right = st.columns([3, 2], gap="large")
    with left:
        if len(given) > 1:
            figure = line_figure(whole, given, ACCURACY[metric][0], key, names)
        else:
            figure = dot_figure([_dot(here[name]) for name in names], key)
        chart(figure, key="evaluation-methods", alt=f"{ACCURACY[metric][0]} of every method")
        st.caption(f"Higher is better: {ACCURACY[metric][1]}. Bars are 95 % intervals over people.")
    with right:
        _draw_ahead(here, names, metric, chosen, key)
    _draw_beyond(found, chosen, names)
    whom, titles, layers = st.columns(3, gap="large")
    with whom:
        _draw_slices("For whom", ("all", "light", "heavy"), rows, chosen, names, key)
        st.caption(
            "Colours as above. People with few and with many likes are the outer thirds of them."
        )
    with titles:
        _draw_slices("For which titles", ("popular", "niche"), rows, chosen, names, key)
        st.caption(
            "Each kind is ranked among itself, so compare the methods within a row, not the rows."
        )
    with layers:
        _draw_layers(here, metric, chosen, key)
    _draw_table(found, metric, chosen)


def _controls(given: Sequence[str]) -> tuple[str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        metric = st.segmented_control(
            "Metric", list(ACCURACY), default="ndcg@20", required=True, key="metric",
            format_func=lambda one: ACCURACY[one][0], bind="query-params",
        )  # fmt: skip
        if len(given) == 1:
            return metric or "ndcg@20", given[0]
        usual = given[min(1, len(given) - 1)]
        chosen = st.segmented_control(
            "Likes given", list(given), default=usual, required=True, key="given",
            bind="query-params",
        )  # fmt: skip
    return metric or "ndcg@20", chosen or usual


def _dot(row: Row, beside: str | None = None) -> DotRow:
    method = row["method"]
    return DotRow(
        beside or method_name(method), method, row["value"], row.get("low"), row.get("high")
    )


def _draw_ahead(
    here: Mapping[str, Row], names: Sequence[str], metric: str, given: str, key: str
) -> None:
    st.markdown(f"**How far LightGCN is ahead**, given {given_name(given)}")
    marks = [
        DotRow(METHODS[name], name, row["ahead_value"], row["ahead_low"], row["ahead_high"])
        for name in names
        if name != "lightgcn" and (row := here[name])
    ]
    if not marks:
        st.caption("No other method was measured.")
        return
    figure = dot_figure(marks, key, zero=True, form="+.3f")
    chart(figure, key="evaluation-ahead", alt="How far LightGCN is ahead of each other method")
    st.caption(
        f"Difference in {ACCURACY[metric][0]}: right of the line LightGCN is better, left the "
        "other. The same people are drawn for both, so an interval that leaves the line out is a "
        "difference one can rely on."
    )


def _draw_beyond(found: EvaluationResult, given: str, names: Sequence[str]) -> None:
    st.subheader("Beyond accuracy", anchor=False)
    there = {
        metric: {
            row["method"]: row
            for row in found.figures
            if (row["metric"], row["slice"], row["given"]) == (metric, "all", given)
        }
        for metric in BEYOND
    }
    shown = [metric for metric in BEYOND if there[metric]]
    for column, metric in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        with column:
            title, told = BEYOND[metric]
            st.markdown(f"**{title}**")
            st.caption(told)
            marks = [_dot(there[metric][name]) for name in names if name in there[metric]]
            form = ".0%" if metric == "coverage@20" else ".2f"
            chart(dot_figure(marks, metric, form=form), key=f"evaluation-{metric}", alt=title)
    st.caption(
        "What lists are like, whether or not they are right. More is not better by itself: a list "
        "drawn by lot covers everything. A popularity bias of 1 is a list as popular as what its "
        "reader likes."
    )


def _draw_slices(
    title: str,
    slices: Sequence[str],
    rows: Sequence[Row],
    given: str,
    names: Sequence[str],
    key: str,
) -> None:
    st.subheader(title, anchor=False)
    by = {(row["slice"], row["method"]): row for row in rows if row["given"] == given}
    marks = [
        _dot(by[slice_, name], SLICES[slice_])
        for slice_ in slices
        for name in names
        if (slice_, name) in by
    ]
    chart(
        dot_figure(marks, key),
        key=f"evaluation-{slices[-1]}",
        alt=f"{title}: every method by slice",
    )


def _draw_layers(here: Mapping[str, Row], metric: str, given: str, key: str) -> None:
    st.subheader("What each layer finds", anchor=False)
    parts = sorted(name for name in here if name.startswith("layer "))
    marks = [_dot(here[name]) for name in parts]
    marks.append(_dot(here["lightgcn"], "As served"))
    chart(dot_figure(marks, key), key="evaluation-layers", alt=f"{ACCURACY[metric][0]} by layer")
    st.caption(
        "The score splits exactly by layer: what titles say for themselves (layer 0), and what "
        "those who like them like besides. Each part ranks alone here; summed, they are what is "
        f"served (given {given_name(given)})."
    )


def table_csv(found: EvaluationResult) -> str:
    """Return all figures of an evaluation as a table of commas, the protocol's name in each row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["evaluation", *COLUMNS])
    for row in found.figures:
        writer.writerow([found.name, *(row.get(column, "") for column in COLUMNS)])
    return out.getvalue()


def _draw_table(found: EvaluationResult, metric: str, given: str) -> None:
    with st.expander("All figures as a table"):
        everything = st.toggle(
            "Every metric and number of likes", key="evaluation-everything",
            help=f"Else those of {ACCURACY[metric][0]}, given {given_name(given)}.",
        )  # fmt: skip
        rows = [
            {title: row.get(column) for column, title in COLUMNS.items()}
            for row in found.figures
            if everything or (row["metric"], row["given"]) == (metric, given)
        ]
        numbers = ("Value", "95 % from", "95 % to", *list(COLUMNS.values())[-3:])
        st.dataframe(
            rows, hide_index=True, height=380,
            column_config={
                one: st.column_config.NumberColumn(one, format="%.4f") for one in numbers
            },
        )  # fmt: skip
    st.download_button(
        "All figures as CSV", lambda: table_csv(found), f"evaluation-{found.name}.csv", "text/csv",
        icon=":material/download:", on_click="ignore", key="evaluation-csv",
    )  # fmt: skip
