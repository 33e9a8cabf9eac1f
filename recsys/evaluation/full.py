"""Everything that is told of a model's quality: every method, metric, slice and layer, on one cut.

The result is one plain table of figures, each with its protocol beside it, so that the page, its
table, its CSV and the terminal can only say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from recsys.data.interactions import Interactions
from recsys.evaluation.beyond import beyond_accuracy, coverage
from recsys.evaluation.contenders import Choices, contenders, fitted
from recsys.evaluation.cut import Cut
from recsys.evaluation.intervals import DRAWS, LEVEL, Bootstrap
from recsys.evaluation.lightgcn import FoldIn
from recsys.evaluation.methods import Method, blocks, top_k
from recsys.evaluation.metrics import per_person
from recsys.evaluation.new_people import CORE, Case
from recsys.evaluation.report import Progress, silent

__all__ = ["ALL", "SLICES", "Figure", "full"]

K = 20
ALL, LIGHT, HEAVY, POPULAR, NICHE = SLICES = ("all", "light", "heavy", "popular", "niche")
POPULAR_SHARE = 0.5  # of all likes, held by the popular titles
Figure = dict[str, Any]  # a row of the table, see ``full``
_PerPerson = dict[str, Float64[np.ndarray, " people"]]


@dataclass(frozen=True, slots=True)
class _Measured:
    """What one method did in one case.

    Attributes:
        values: by slice of titles (``ALL``, ``POPULAR``, ``NICHE``) and metric: one a person; NaN
            where a person has nothing to find there.
        coverage: by slice of people: of its lists.
    """

    values: Mapping[str, _PerPerson]
    coverage: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all methods are measured on.

    Attributes:
        asked: the cases.
        like_at: a rating this high is a like.
        degrees: likes of each anime in training.
        people: number of training people.
        genres: of each anime, or none.
        popular: the most liked titles, which hold half of all likes.
    """

    asked: Mapping[str, Case]
    like_at: float
    degrees: Int64[np.ndarray, " items"]
    people: int
    genres: Bool[np.ndarray, "items genres"] | None
    popular: Bool[np.ndarray, " items"]

    def liked(self, given: str) -> Interactions:
        """Return all that each person likes: of what is given, and what is to be found."""
        case = self.asked[given]
        known = case.given.likes(self.like_at)
        rows = np.concatenate([known.rows, case.relevant.rows])
        columns = np.concatenate([known.columns, case.relevant.columns])
        return Interactions.from_rows(case.given.users, case.given.items, rows, columns)

    def groups(self, given: str) -> dict[str, Bool[np.ndarray, " people"]]:
        """Return the slices of people: all, and the thirds with the fewest and the most likes."""
        likes = self.liked(given).user_degrees
        low, high = np.quantile(likes, [1 / 3, 2 / 3])
        return {ALL: np.ones(likes.size, dtype=bool), LIGHT: likes <= low, HEAVY: likes > high}


def full(
    cut: Cut,
    ours: FoldIn,
    parts: Mapping[str, FoldIn],
    choices: Choices,
    *,
    like_at: float,
    genres: Bool[np.ndarray, "items genres"] | None,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[list[Figure], dict[str, Any]]:
    """Measure LightGCN, its layers and its contenders on the same people and anime.

    Args:
        cut: what is trained on, what is given, what is to be found.
        ours: the model, trained on ``cut.train`` alone.
        parts: of the model, measured in the whole alone.
        choices: settings of the contenders.
        like_at: a rating this high is a like.
        genres: which genres the anime of ``cut.core`` bear, or none where they are unknown.
        seed: of the bootstrap.
        progress: told what is being measured.

    Returns:
        The figures: rows of method, given, slice, metric, value, the ends of its 95 % interval,
        the people it is a mean over, and, of contenders, how far LightGCN is ahead of them, with
        the paired interval of that. And the protocol of all that was measured here, in words.
    """
    likes = cut.core.likes(like_at)
    ground = _Ground(
        cut.asked,
        like_at,
        likes.item_degrees,
        len(likes.users),
        genres,
        _popular(likes.item_degrees),
    )
    field = contenders(likes)
    measured: dict[tuple[str, str], _Measured] = {}
    methods: list[tuple[str, Method, tuple[str, ...]]] = [
        (name, method, tuple(cut.asked)) for name, method in {"lightgcn": ours, **parts}.items()
    ]
    total = len(methods) + sum(len(set(choice.values())) for choice in choices.values())

    def everything() -> Iterator[tuple[str, Method, tuple[str, ...]]]:
        yield from methods
        yield from fitted(field, choices, like_at)

    progress("Measuring lightgcn", 0.0)
    for number, (name, method, given) in enumerate(everything(), start=1):
        for one in given:
            measured[name, one] = _measured(method, one, ground)
        progress(f"Measured {name}", number / total)
    names = ["lightgcn", *choices, *parts]
    figures = [
        figure
        for given in cut.asked
        for figure in _figures(given, names, set(parts), measured, ground, seed)
    ]
    return figures, {**_words(ground, cut), "left_out": dict(field.left_out)}


def _popular(degrees: Int64[np.ndarray, " items"]) -> Bool[np.ndarray, " items"]:
    """Mark the most liked titles, which together hold half of all likes."""
    order = np.argsort(-degrees, kind="stable")
    held = np.cumsum(degrees[order])
    popular = np.zeros(degrees.size, dtype=bool)
    popular[order[: int(np.searchsorted(held, POPULAR_SHARE * held[-1])) + 1]] = True
    return popular


def _measured(method: Method, given: str, ground: _Ground) -> _Measured:
    """Rank for everybody: over all titles, and the popular and the niche ones among themselves."""
    case = ground.asked[given]
    bands = {ALL: None, POPULAR: ground.popular, NICHE: ~ground.popular}
    lists: dict[str, list[Int64[np.ndarray, "people k"]]] = {band: [] for band in bands}
    for part in blocks(case.given):
        scores = method.score(part)
        for band, inside in bands.items():
            lists[band].append(top_k(scores, part, K, inside))
    tops = {band: np.concatenate(parts) for band, parts in lists.items()}
    values = {band: _found(tops[band], case.relevant, inside) for band, inside in bands.items()}
    top = tops[ALL]
    values[ALL] |= beyond_accuracy(
        top, ground.liked(given), ground.degrees, ground.people, ground.genres
    )
    items = ground.degrees.size
    covered = {name: coverage(top[who], items) for name, who in ground.groups(given).items()}
    return _Measured(values, covered)


def _found(
    top: Int64[np.ndarray, "people k"],
    relevant: Interactions,
    inside: Bool[np.ndarray, " items"] | None,
) -> _PerPerson:
    """Return each person's accuracy among some titles; NaN for who has nothing to find there."""
    if inside is None:
        return per_person(top, relevant)
    there = relevant.where(inside[relevant.columns])
    some = there.user_degrees > 0
    found: _PerPerson = {}
    for metric, values in per_person(top[some], there.with_users(some)).items():
        found[metric] = np.full(some.size, np.nan)
        found[metric][some] = values
    return found


def _figures(
    given: str,
    names: list[str],
    parts: set[str],
    measured: Mapping[tuple[str, str], _Measured],
    ground: _Ground,
    seed: int,
) -> Iterator[Figure]:
    """Yield the rows of one case, slice by slice, so that each slice's draws are made once."""
    groups = ground.groups(given)
    for slice_ in SLICES:
        band = slice_ if slice_ in {POPULAR, NICHE} else ALL
        who = groups.get(slice_, groups[ALL])
        if band != ALL:
            who = np.isfinite(next(iter(measured["lightgcn", given].values[band].values())))
        people = int(who.sum())
        if people == 0:
            continue
        bootstrap = Bootstrap(people, seed)
        ours = measured["lightgcn", given].values[band]
        for name in names:
            if (name, given) not in measured or (name in parts and slice_ != ALL):
                continue
            found = measured[name, given]
            row = {"method": name, "given": given, "slice": slice_}
            for metric, values in found.values[band].items():
                figure = {
                    **row,
                    "metric": metric,
                    "people": people,
                    **_mean(values[who], bootstrap),
                }
                if name != "lightgcn":
                    ahead = _mean(ours[metric][who] - values[who], bootstrap)
                    figure |= {f"ahead_{key}": value for key, value in ahead.items()}
                yield figure
            if band == ALL:
                value = round(found.coverage[slice_], 6)
                yield {**row, "metric": f"coverage@{K}", "people": people, "value": value}


def _mean(values: Float64[np.ndarray, " people"], bootstrap: Bootstrap) -> dict[str, float]:
    low, high = bootstrap.interval(values)
    mean = float(values.mean())
    return {"value": round(mean, 6), "low": round(low, 6), "high": round(high, 6)}


def _words(ground: _Ground, cut: Cut) -> dict[str, Any]:
    """Say how the figures were measured."""
    first = next(iter(cut.asked))
    likes = ground.liked(first).user_degrees
    groups = ground.groups(first)
    few, many = likes[groups[LIGHT]], likes[groups[HEAVY]]
    slices = {
        POPULAR: f"the {int(ground.popular.sum()):,} most liked titles, which hold half of all "
        "likes, ranked among themselves",
        NICHE: f"the {int((~ground.popular).sum()):,} other titles, ranked among themselves",
    }
    if few.size:
        slices[LIGHT] = f"the third of people with the fewest likes, {few.max()} at most"
    if many.size:
        slices[HEAVY] = f"the third of people with the most likes, {many.min()} at least"
    return {
        "ranked": f"all {ground.degrees.size:,} anime of the training ratings’ {CORE}-core but "
        "those given; what a method lacks ranks last",
        "lists": f"the first {K}",
        "recall": f"hits / min({K}, likes to find)",
        "interval": f"{LEVEL} %, bootstrap over people, {DRAWS:,} draws, the same for all methods",
        "slices": slices,
        "training_people": ground.people,
    }
