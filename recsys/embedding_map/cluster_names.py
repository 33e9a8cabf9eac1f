"""Names for groups of titles: the genres that set them apart, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int16, Int64

__all__ = ["TagLift", "distinctiveness", "name_clusters", "tag_lifts"]

PRIOR_TAGS = 200.0  # as if so many tags, spread as everywhere, had been seen in a group before
LEAST_SHARE = 0.08  # of a group that must bear a tag which names it
FEW_YEARS = 5  # between the quartiles
CERTAIN = 2.0  # standard deviations above the rest, else a tag names nothing


def distinctiveness(
    group: Float64[np.ndarray, " tags"], rest: Float64[np.ndarray, " tags"]
) -> Float64[np.ndarray, " tags"]:
    """Return how surely each tag is more common in a group than in the rest, in deviations.

    Log-odds ratio with an informative Dirichlet prior: with counts y in the group and r in the
    rest, n and m tags in all, and a prior α spread as the tags are over both,

        δ = log (y + α) / (n + α₀ − y − α) − log (r + α) / (m + α₀ − r − α),
        z = δ / √(1 / (y + α) + 1 / (r + α)).

    The most common tags are in every group and so name none; the prior keeps a rare tag, seen
    once, from naming one.

    Args:
        group: how many titles of the group bear each tag.
        rest: how many of all others do.

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
    """Name each group by its two most distinctive tags, and by its years where they are few.

    No two groups are called alike.

    Args:
        group: number of each title's group, from 0 without a gap; −1 for none.
        tags: which tags each title bears.
        tag_names: names of the columns.
        year: of each title, 0 where unknown.

    Returns:
        "Mecha · Space", "Isekai · Fantasy 2021–22" and the like, one for each group; a third tag
        where two groups would share a name, a number where tags do not tell them apart.
    """
    groups = int(group.max(initial=-1)) + 1
    names: list[str] = []
    everywhere = tags[group >= 0].sum(axis=0).astype(np.float64)
    for number in range(groups):
        inside = group == number
        borne = tags[inside].sum(axis=0).astype(np.float64)
        certain = distinctiveness(borne, everywhere - borne)
        fitting = (certain > CERTAIN) & (borne >= LEAST_SHARE * inside.sum())
        order = np.argsort(-np.where(fitting, certain, -np.inf), kind="stable")
        own = [tag_names[tag] for tag in order[: int(fitting.sum())]]
        names.append(_unlike(own, _years(year[inside]), names))
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


def _unlike(own: list[str], years: str, taken: Sequence[str]) -> str:
    """Return the shortest name, of at least two tags, that is not taken."""
    for count in range(min(2, max(len(own), 1)), len(own) + 1):
        name = " · ".join(own[:count]) + years
        if name not in taken:
            return name
    name, number = (" · ".join(own[:2]) or "Mixed") + years, 2
    while (numbered := f"{name} {number}") in taken:
        number += 1
    return numbered if name in taken else name


@dataclass(frozen=True, slots=True)
class TagLift:
    """How much more often a genre occurs in a part than in the whole.

    Attributes:
        name: of the genre.
        titles: of the part that bear it.
        share: of the part, 0 to 1.
        lift: that share over the share of the whole; 1 where they are equal.
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
        part: which titles are in it.
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
