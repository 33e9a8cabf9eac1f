"""Comparison of methods: protocol, charts, and the table with all rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.evaluation.evaluation_figures import DotRow, dot_figure, line_figure
from pages.evaluation.method_styles import MethodStyle, method_styles
from pages.evaluation.metric_labels import (
    SLICES,
    accuracy_metrics,
    beyond_metrics,
    given_name,
    graph_effect,
    headline,
    metric_description,
    metric_label,
    metric_markdown,
)
from pages.evaluation.protocol_box import draw_protocol
from pages.shared.chart import chart
from pages.shared.markdown import escape_markdown
from pages.shared.method_labels import (
    LIGHTGCN,
    SOFTMAX_MF,
    is_layer,
    method_label,
    order_methods,
)
from recsys.evaluation.results import EvaluationResult

__all__ = ["draw_comparison", "table_csv"]

COLUMNS = {
    "method": "Method", "given": "Given", "slice": "Slice", "metric": "Metric", "value": "Value",
    "low": "95 % from", "high": "95 % to", "people": "People",
    "ahead_value": "LightGCN ahead by", "ahead_low": "ahead from", "ahead_high": "ahead to",
}  # fmt: skip
Row = Mapping[str, Any]


def draw_comparison(result: EvaluationResult) -> None:
    """Draw one evaluation."""
    draw_protocol(result)
    given = list(dict.fromkeys(str(row["given"]) for row in result.rows))
    metrics = accuracy_metrics(row["metric"] for row in result.rows)
    if not metrics:
        st.caption("This evaluation holds no metric of ranked lists.")
        return
    metric, chosen = _draw_controls(metrics, given)
    rows = [row for row in result.rows if row["metric"] == metric]
    overall = [row for row in rows if row["slice"] == "all"]
    selected = {row["method"]: row for row in overall if row["given"] == chosen}
    if not {"low", "high"} <= selected.get(LIGHTGCN, {}).keys():
        st.caption(f"This evaluation has no {metric_markdown(metric)} of LightGCN.")
        return
    measured = order_methods(row["method"] for row in result.rows)
    styles = method_styles(measured)
    methods = [
        method
        for method in measured
        if method == LIGHTGCN or "ahead_value" in selected.get(method, {})
    ]
    st.markdown(headline(selected, metric, chosen))
    if (effect := graph_effect(selected, metric, chosen)) is not None:
        st.markdown(effect)
    key = f"{result.name}-{metric}"
    left, right = st.columns([3, 2], gap="large")
    with left:
        if len(given) > 1:
            figure = line_figure(overall, given, metric_label(metric), key, methods, styles)
        else:
            figure = dot_figure([_dot(selected[method]) for method in methods], key, styles)
        chart(figure, key="evaluation-methods", alt=f"{metric_label(metric)} of every method")
        description = metric_description(metric)
        definition = f"{metric_label(metric)}: {description}. " if description else ""
        st.caption(f"{definition}Higher is better. Bars are 95 % intervals over people.")
    with right:
        _draw_differences(selected, methods, metric, chosen, key, styles)
    _draw_beyond_accuracy(result, chosen, methods, styles)
    people, titles, layers = st.columns(3, gap="large")
    with people:
        _draw_slices("By people", ("all", "light", "heavy"), rows, chosen, methods, key, styles)
        st.caption(
            "Colours as above. People with few and with many likes are the lowest and the highest "
            "third by number of likes."
        )
    with titles:
        _draw_slices("By titles", ("popular", "niche"), rows, chosen, methods, key, styles)
        st.caption(
            "Popular and niche titles are ranked separately: compare the methods within a row, "
            "not the rows."
        )
    with layers:
        _draw_layers(selected, metric, chosen, key, styles)
    _draw_table(result, metric, chosen)


def _draw_controls(metrics: Sequence[str], given: Sequence[str]) -> tuple[str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        metric = st.segmented_control(
            "Metric", list(metrics), default=metrics[0], required=True, key="metric",
            format_func=metric_markdown, bind="query-params",
            help="  \n".join(
                f"**{metric_label(metric)}**: {metric_description(metric)}."
                for metric in metrics if metric_description(metric)
            ),
        )  # fmt: skip
        if len(given) == 1:
            return metric or metrics[0], given[0]
        default = given[min(1, len(given) - 1)]
        chosen = st.segmented_control(
            "Given likes", list(given), default=default, required=True, key="given",
            format_func=escape_markdown, bind="query-params",
        )  # fmt: skip
    return metric or metrics[0], chosen or default


def _dot(row: Row, label: str | None = None) -> DotRow:
    method = row["method"]
    return DotRow(
        label or method_label(method), method, row["value"], row.get("low"), row.get("high")
    )


def _draw_differences(
    selected: Mapping[str, Row],
    methods: Sequence[str],
    metric: str,
    given: str,
    key: str,
    styles: Mapping[str, MethodStyle],
) -> None:
    st.markdown(f"**Difference to LightGCN**, given {given_name(given)}")
    dots = [
        DotRow(
            method_label(method), method, row["ahead_value"], row["ahead_low"], row["ahead_high"]
        )
        for method in methods
        if method != LIGHTGCN and (row := selected[method])
    ]
    if not dots:
        st.caption("No other method was measured.")
        return
    figure = dot_figure(dots, key, styles, zero=True, number_format="+.3f")
    chart(figure, key="evaluation-ahead", alt="Difference of LightGCN to each other method")
    st.caption(
        f"{metric_markdown(metric)} of LightGCN minus that of the other method, for the same "
        "people: "
        "right of the line LightGCN is better. The difference is significant if its 95 % interval "
        "excludes 0."
    )


def _draw_beyond_accuracy(
    result: EvaluationResult,
    given: str,
    methods: Sequence[str],
    styles: Mapping[str, MethodStyle],
) -> None:
    metrics = beyond_metrics(row["metric"] for row in result.rows)
    rows: dict[str, dict[str, Row]] = {metric: {} for metric in metrics}
    for row in result.rows:
        if row["metric"] in rows and row["slice"] == "all" and row["given"] == given:
            rows[row["metric"]][row["method"]] = row
    shown = [metric for metric in metrics if rows[metric]]
    if not shown:
        return
    st.subheader("Beyond accuracy", anchor=False)
    for column, metric in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        with column:
            st.markdown(f"**{metric_markdown(metric)}**")
            st.caption(metric_description(metric))
            dots = [_dot(rows[metric][method]) for method in methods if method in rows[metric]]
            number_format = ".0%" if metric == "coverage@20" else ".2f"
            figure = dot_figure(dots, metric, styles, number_format=number_format)
            chart(figure, key=f"evaluation-{metric}", alt=metric_label(metric))
    st.caption(
        "Properties of the lists, whether or not they are right. Higher is not always better: a "
        "random list covers everything. With a popularity bias of 1 the listed titles are as "
        "popular as the titles that the person likes."
    )


def _draw_slices(
    title: str,
    slices: Sequence[str],
    rows: Sequence[Row],
    given: str,
    methods: Sequence[str],
    key: str,
    styles: Mapping[str, MethodStyle],
) -> None:
    st.subheader(title, anchor=False)
    by_slice = {(row["slice"], row["method"]): row for row in rows if row["given"] == given}
    dots = [
        _dot(by_slice[slice_, method], SLICES[slice_])
        for slice_ in slices
        for method in methods
        if (slice_, method) in by_slice
    ]
    chart(
        dot_figure(dots, key, styles),
        key=f"evaluation-{slices[-1]}",
        alt=f"{title}: every method by slice",
    )


def _draw_layers(
    selected: Mapping[str, Row],
    metric: str,
    given: str,
    key: str,
    styles: Mapping[str, MethodStyle],
) -> None:
    st.subheader("By layer", anchor=False)
    layers = sorted(method for method in selected if is_layer(method))
    dots = [_dot(selected[layer]) for layer in layers]
    dots.append(_dot(selected[LIGHTGCN], "All layers (LightGCN)"))
    text = (
        "The score is exactly the sum of the layers' scores: layer 0 is the trained embedding of "
        "each title, further layers come from propagation along the graph. Each layer ranks alone "
        f"here (given {given_name(given)})."
    )
    if SOFTMAX_MF in selected:
        dots.append(_dot(selected[SOFTMAX_MF]))
        text += (
            " Softmax MF was trained without the graph, so it is the fair comparison for what the "
            "graph adds; layer 0 of LightGCN was trained together with the other layers."
        )
    chart(
        dot_figure(dots, key, styles),
        key="evaluation-layers",
        alt=f"{metric_label(metric)} by layer",
    )
    st.caption(text)


def table_csv(result: EvaluationResult) -> str:
    """Return all rows of an evaluation as CSV, with the name of the evaluation in each row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["evaluation", *COLUMNS])
    for row in result.rows:
        writer.writerow([result.name, *(row.get(column, "") for column in COLUMNS)])
    return out.getvalue()


def _draw_table(result: EvaluationResult, metric: str, given: str) -> None:
    with st.expander("All values as a table"):
        everything = st.toggle(
            "Every metric and number of likes", key="evaluation-everything",
            help=f"Otherwise only {metric_markdown(metric)}, given {given_name(given)}.",
        )  # fmt: skip
        rows = [
            {title: row.get(column) for column, title in COLUMNS.items()}
            for row in result.rows
            if everything or (row["metric"], row["given"]) == (metric, given)
        ]
        numbers = ("Value", "95 % from", "95 % to", *list(COLUMNS.values())[-3:])
        st.dataframe(
            rows, hide_index=True, height=380,
            column_config={
                title: st.column_config.NumberColumn(title, format="%.4f") for title in numbers
            },
        )  # fmt: skip
    st.download_button(
        "All values as CSV", lambda: table_csv(result), f"evaluation-{result.name}.csv",
        "text/csv", icon=":material/download:", on_click="ignore", key="evaluation-csv",
    )  # fmt: skip
