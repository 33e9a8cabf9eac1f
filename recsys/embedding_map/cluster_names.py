"""Cluster names: the tags that are most distinctive of a cluster, by weighted log-odds ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int16, Int64

__all__ = ["TagLift", "distinctiveness", "name_clusters", "tag_lifts"]

PRIOR_TAGS = 200.0  # size of the prior, in tags
MIN_SHARE = 0.08  # of the titles of a cluster that have a tag which names it
FEW_YEARS = 5  # a cluster with a smaller interquartile range of years is named by its years too
MIN_Z_SCORE = 2.0  # of a tag that names a cluster


def distinctiveness(
    group: Float64[np.ndarray, " tags"], rest: Float64[np.ndarray, " tags"]
) -> Float64[np.ndarray, " tags"]:
    """Return the z-score of each tag being more common in a group than in the rest.

    Log-odds ratio with an informative Dirichlet prior: with counts y in the group and r in the
    rest, n and m tags in all, and a prior α proportional to the counts in both,

        δ = log (y + α) / (n + α₀ − y − α) − log (r + α) / (m + α₀ − r − α),
        z = δ / √(1 / (y + α) + 1 / (r + α)).

    A tag that is common everywhere has a low score, and the prior keeps the score of a tag that
    was seen once low.

    Args:
        group: number of titles of the group with each tag.
        rest: number of all other titles with each tag.

    Source: Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 2008, equations 15,
    16 and 22.
    """
    both = group + rest
    alpha = PRIOR_TAGS * both / max(float(both.sum()), 1.0) + 1e-9
    inside, outside = group + alpha, rest + alpha
    odds_inside = inside / (inside.sum() - inside)
    odds_outside = outside / (outside.sum() - outside)
    result: Float64[np.ndarray, " tags"] = (np.log(odds_inside) - np.log(odds_outside)) / np.sqrt(
        1.0 / inside + 1.0 / outside
    )
    return result


def name_clusters(
    group: Int64[np.ndarray, " titles"],
    tags: Bool[np.ndarray, "titles tags"],
    tag_names: Sequence[str],
    year: Int16[np.ndarray, " titles"],
) -> list[str]:
    """Name each cluster by its two most distinctive tags, and by its years where they are few.

    No two clusters have the same name.

    Args:
        group: cluster of each title, from 0 without a gap; −1 for none.
        tags: which tags each title has.
        tag_names: names of the columns.
        year: of each title, 0 where unknown.

    Returns:
        One name a cluster, such as "Mecha · Space" or "Isekai · Fantasy 2021–22"; with a third tag
        where two clusters would have the same name, or a number where tags do not suffice.
    """
    groups = int(group.max(initial=-1)) + 1
    names: list[str] = []
    all_titles = tags[group >= 0].sum(axis=0).astype(np.float64)
    for number in range(groups):
        inside = group == number
        counts = tags[inside].sum(axis=0).astype(np.float64)
        z_scores = distinctiveness(counts, all_titles - counts)
        fitting = (z_scores > MIN_Z_SCORE) & (counts >= MIN_SHARE * inside.sum())
        order = np.argsort(-np.where(fitting, z_scores, -np.inf), kind="stable")
        candidates = [tag_names[tag] for tag in order[: int(fitting.sum())]]
        names.append(_unique_name(candidates, _years(year[inside]), names))
    return names


def _years(year: Int16[np.ndarray, " titles"]) -> str:
    """Return " 2013–15" where the middle half of the titles started in few years, else nothing."""
    known = year[year > 0]
    if known.size == 0:
        return ""
    early, late = (int(y) for y in np.percentile(known, [25, 75]).round())
    if late - early > FEW_YEARS:
        return ""
    return f" {early}" if early == late else f" {early}–{late % 100:02d}"


def _unique_name(candidates: list[str], years: str, taken: Sequence[str]) -> str:
    """Return the shortest name of at least two tags that is not taken."""
    for count in range(min(2, max(len(candidates), 1)), len(candidates) + 1):
        name = " · ".join(candidates[:count]) + years
        if name not in taken:
            return name
    name, number = (" · ".join(candidates[:2]) or "Mixed") + years, 2
    while (numbered := f"{name} {number}") in taken:
        number += 1
    return numbered if name in taken else name


@dataclass(frozen=True, slots=True)
class TagLift:
    """How much more often a genre occurs in a part of the titles than in all.

    Attributes:
        name: of the genre.
        titles: number of titles of the part with the genre.
        share: of the titles of the part, 0 to 1.
        lift: that share divided by the share of all titles; 1 where they are equal.
    """

    name: str
    titles: int
    share: float
    lift: float


def tag_lifts(
    part: Bool[np.ndarray, " titles"],
    tags: Bool[np.ndarray, "titles tags"],
    tag_names: Sequence[str],
) -> list[TagLift]:
    """Return the genres of a part of the titles, the most distinctive first.

    Args:
        part: which titles belong to it.
        tags: which tags each title has.
        tag_names: names of the columns.
    """
    inside = tags[part].sum(axis=0).astype(np.float64)
    overall = tags.sum(axis=0).astype(np.float64)
    order = np.argsort(-distinctiveness(inside, overall - inside), kind="stable")
    share_inside = inside / max(int(part.sum()), 1)
    share_overall = overall / max(len(tags), 1)
    return [
        TagLift(
            tag_names[tag],
            int(inside[tag]),
            float(share_inside[tag]),
            float(share_inside[tag] / share_overall[tag]),
        )
        for tag in order
        if inside[tag]
    ]
