"""Labels of the page Evaluation: metrics and slices, and the sentences that compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pages.shared.markdown import escape_markdown
from pages.shared.method_labels import LIGHTGCN, SOFTMAX_MF, is_layer, method_label
from recsys.metrics.ranking_metrics import RANKING_METRICS

__all__ = [
    "ACCURACY",
    "BEYOND",
    "SLICES",
    "accuracy_metrics",
    "beyond_metrics",
    "given_name",
    "graph_effect",
    "headline",
    "metric_description",
    "metric_label",
    "metric_markdown",
]

ACCURACY = {
    "ndcg@20": ("NDCG@20", "weighs each hit by its rank; 1 is a perfect list"),
    "capped_recall@20": (
        "Capped recall@20",
        "hits / min(20, likes to find), so that a list of 20 can reach 1",
    ),
    "recall@20": ("Recall@20", "hits / likes to find; below 1 where more than 20 are to find"),
    "precision@20": ("Precision@20", "share of the top 20 that are hits"),
    "mrr@20": ("MRR@20", "1 / rank of the first hit"),
    "hit_rate@20": ("Hit rate@20", "share of people with a hit in the top 20"),
}
BEYOND = {
    "coverage@20": ("Coverage", "share of all anime that are in anybody’s list"),
    "novelty@20": ("Novelty", "in bits: higher where fewer people like the listed titles"),
    "diversity@20": ("Diversity in a list", "1 − Jaccard similarity of the genres of two titles"),
    "popularity@20": ("Popularity bias", "1: as popular as the titles that the person likes"),
}
METRICS = {**ACCURACY, **BEYOND}
SLICES = {
    "all": "All people and titles", "light": "People with few likes",
    "heavy": "People with many likes", "popular": "Popular titles", "niche": "Niche titles",
}  # fmt: skip
ALL_EARLIER = "before"  # given in a split by time


def accuracy_metrics(measured: Iterable[str]) -> list[str]:
    """Return the metrics of ranked lists in display order; those without a label come last."""
    present = set(measured)
    unlabelled = {
        metric
        for metric in present.difference(ACCURACY)
        if metric.partition("@")[0] in RANKING_METRICS
    }
    return [*(metric for metric in ACCURACY if metric in present), *sorted(unlabelled)]


def beyond_metrics(measured: Iterable[str]) -> list[str]:
    """Return the metrics beyond accuracy in display order; those without a label come last."""
    present = set(measured)
    unlabelled = present.difference(BEYOND, accuracy_metrics(present))
    return [*(metric for metric in BEYOND if metric in present), *sorted(unlabelled)]


def metric_label(metric: str) -> str:
    """Return the display name of a metric, as plain text; its key if it has no label."""
    return METRICS.get(metric, (metric, ""))[0]


def metric_markdown(metric: str) -> str:
    """Return the display name of a metric as Markdown."""
    return METRICS[metric][0] if metric in METRICS else escape_markdown(metric)


def metric_description(metric: str) -> str:
    """Return what a metric measures, in one phrase; empty if the page has no text for it."""
    return METRICS.get(metric, (metric, ""))[1]


def given_name(given: str) -> str:
    """Return in words what the models are given of a test user, as Markdown."""
    return "all earlier ratings" if given == ALL_EARLIER else f"{escape_markdown(given)} likes"


def headline(rows: Mapping[str, Mapping[str, Any]], metric: str, given: str) -> str:
    """Compare LightGCN with the best other method, in one sentence of Markdown.

    Args:
        rows: the row of each method.
        metric: key of the metric.
        given: what the models are given.

    Returns:
        The sentence; without another method, that of LightGCN alone.
    """
    ours = rows[LIGHTGCN]
    others = {
        method: row
        for method, row in rows.items()
        if method != LIGHTGCN and not is_layer(method) and "ahead_value" in row
    }
    name = metric_markdown(metric)
    text = (
        f"Given {given_name(given)}, LightGCN has {name} **{ours['value']:.3f}** "
        f"({ours['low']:.3f} to {ours['high']:.3f})"
    )
    if not others:
        return f"{text}."
    best = max(others, key=lambda method: others[method]["value"])
    theirs = others[best]
    verdict = "no significant difference (95 % interval includes 0)"
    if _is_significant(theirs):
        direction = "more" if theirs["ahead_value"] > 0 else "less"
        share = abs(theirs["ahead_value"]) / theirs["value"] if theirs["value"] else 0
        verdict = (
            f"{share:.1%} {direction}; the difference is significant (95 % interval excludes 0)"
        )
    label = escape_markdown(method_label(best))
    return f"{text}; the best other method, {label}, has {theirs['value']:.3f}: {verdict}."


def graph_effect(rows: Mapping[str, Mapping[str, Any]], metric: str, given: str) -> str | None:
    """Say in one sentence what the graph adds: LightGCN compared with softmax MF.

    Args:
        rows: the row of each method.
        metric: key of the metric.
        given: what the models are given.

    Returns:
        The sentence, or None where softmax MF was not measured.
    """
    row = rows.get(SOFTMAX_MF, {})
    if "ahead_value" not in row:
        return None
    difference, low, high = row["ahead_value"], row["ahead_low"], row["ahead_high"]
    name = metric_markdown(metric)
    text = (
        "What the graph adds: softmax MF uses the same loss and the same fold-in as LightGCN, but "
        f"no graph. Given {given_name(given)}, it has {name} {row['value']:.3f}; "
        f"LightGCN has {rows[LIGHTGCN]['value']:.3f}, a difference of {difference:+.3f} "
        f"(95 % interval {low:+.3f} to {high:+.3f})"
    )
    if not _is_significant(row):
        new_people = "" if given == ALL_EARLIER else "for new people, "
        return f"{text}: {new_people}propagation along the graph makes no significant difference."
    return f"{text}: propagation along the graph {'helps' if difference > 0 else 'does not help'}."


def _is_significant(row: Mapping[str, Any]) -> bool:
    return bool(row["ahead_low"] > 0 or row["ahead_high"] < 0)
