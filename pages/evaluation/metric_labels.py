"""Methods, metrics and slices in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["ACCURACY", "BEYOND", "METHODS", "SLICES", "given_name", "headline", "method_name"]

METHODS = {
    "lightgcn": "LightGCN", "ease": "EASE", "als": "Implicit ALS", "bpr_mf": "BPR-MF",
    "item_knn": "Item-KNN", "fastrp": "FastRP + kNN", "popularity": "Popularity",
}  # fmt: skip
ACCURACY = {
    "ndcg@20": ("NDCG@20", "counts hits, and how high on the list they stand; 1 is a perfect list"),
    "recall@20": ("Recall@20", "share of the first 20 that could be hits and are"),
    "precision@20": ("Precision@20", "share of the first 20 that are hits"),
    "mrr@20": ("MRR@20", "1 / place of the first hit"),
}
BEYOND = {
    "coverage@20": ("Coverage", "share of all anime on anybody’s list"),
    "novelty@20": ("Novelty", "bits: how few people like what is listed"),
    "diversity@20": ("Diversity in a list", "1 − Jaccard of the genres of two titles"),
    "popularity@20": ("Popularity bias", "1 is as popular as what they like"),
}
SLICES = {
    "all": "Everybody, all titles", "light": "People with few likes",
    "heavy": "People with many likes", "popular": "Popular titles", "niche": "Niche titles",
}  # fmt: skip
BEFORE = "before"


def method_name(method: str) -> str:
    """Return a method's name for people; a layer's says that it is alone."""
    if method.startswith("layer "):
        return f"{method.capitalize()} alone"
    return METHODS.get(method, method)


def given_name(given: str) -> str:
    """Return what is given in words."""
    return "all ratings before" if given == BEFORE else f"{given} likes"


def headline(rows: Mapping[str, Mapping[str, Any]], metric: str, given: str) -> str:
    """Say in a sentence where LightGCN stands against the best of the others.

    Args:
        rows: the figure of each method.
        metric: their metric.
        given: what they were given.
    """
    ours = rows["lightgcn"]
    others = {name: one for name, one in rows.items() if name in METHODS and name != "lightgcn"}
    name = ACCURACY[metric][0]
    told = (
        f"Given {given_name(given)}, LightGCN has {name} **{ours['value']:.3f}** "
        f"({ours['low']:.3f} to {ours['high']:.3f})"
    )
    if not others:
        return f"{told}."
    best = max(others, key=lambda one: others[one]["value"])
    theirs = others[best]
    apart = theirs["ahead_value"]
    low, high = theirs["ahead_low"], theirs["ahead_high"]
    if low > 0 or high < 0:
        way = "more" if apart > 0 else "less"
        share = abs(apart) / theirs["value"] if theirs["value"] else 0
        verdict = f"{share:.1%} {way}; the interval of the difference leaves zero out"
    else:
        verdict = "too close to call: the interval of the difference holds zero"
    return f"{told}; the best of the others, {METHODS[best]}, {theirs['value']:.3f}: {verdict}."
