"""Baseline grid: every baseline with the settings to choose among, ready to be fitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from recsys.data.interactions import Interactions
from recsys.defaults import RATING_WEIGHTS
from recsys.errors import DataError
from recsys.models.baselines import BASELINES
from recsys.models.history_model import HistoryModel, RatingWeights
from recsys.models.item_statistics import ItemStatistics

__all__ = [
    "BaselineGrid",
    "Candidate",
    "Choices",
    "baseline_grid",
    "describe_choices",
    "fit_baselines",
    "fitted_candidates",
]

# by baseline, then by what is given: the description of the chosen setting
Choices = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One setting of a baseline.

    Attributes:
        fit: fits the model; candidates that differ in the weights alone share the same function.
        weights: of ratings in a history; None counts likes alone.
    """

    fit: Callable[[], HistoryModel]
    weights: RatingWeights | None


@dataclass(frozen=True, slots=True)
class BaselineGrid:
    """The candidates of each baseline, by description.

    Attributes:
        candidates: by baseline and description, the default setting first.
    """

    candidates: Mapping[str, Mapping[str, Candidate]]

    def defaults(self, given: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the default setting of each baseline for everything that is given."""
        return {
            name: dict.fromkeys(given, next(iter(candidates)))
            for name, candidates in self.candidates.items()
        }


def baseline_grid(
    ratings: Interactions, like_threshold: float, names: Sequence[str] = tuple(BASELINES)
) -> BaselineGrid:
    """Return the candidates of some baselines, to be fitted to some training ratings.

    Args:
        ratings: training ratings in the columns that are ranked.
        like_threshold: a rating of this value or more is a like.
        names: which of ``recsys.models.baselines.BASELINES``.
    """
    statistics = ItemStatistics(ratings.likes(like_threshold))

    def fit(name: str, arguments: Mapping[str, Any]) -> HistoryModel:
        model = BASELINES[name](like_threshold=like_threshold, **arguments)
        return model.fit(ratings, statistics)

    def candidates(name: str) -> Iterator[tuple[str, Candidate]]:
        for description, arguments in BASELINES[name].grid.items():
            fit_setting = partial(fit, name, arguments)
            yield description, Candidate(fit_setting, None)
            if BASELINES[name].weighs_histories:
                weighted = f"{description}, ratings weighted by value"
                yield weighted, Candidate(fit_setting, RATING_WEIGHTS)

    return BaselineGrid({name: dict(candidates(name)) for name in names})


def fitted_candidates(
    candidates: Mapping[str, Candidate],
) -> Iterator[tuple[str, HistoryModel]]:
    """Yield each candidate fitted, one fit at a time, as some take much memory.

    Raises:
        DataError: a candidate does not fit in memory, or its library is not installed.
    """
    for fit, group in groupby(candidates.items(), key=lambda entry: entry[1].fit):
        model = fit()
        for description, candidate in group:
            yield description, model.with_weights(candidate.weights)
        del model


def fit_baselines(
    grid: BaselineGrid, choices: Choices, left_out: MutableMapping[str, str]
) -> Iterator[tuple[HistoryModel, tuple[str, ...]]]:
    """Yield each baseline once a chosen setting, with what is given where it was chosen.

    Args:
        grid: fitted to the training ratings.
        choices: the chosen settings.
        left_out: receives the reason of each baseline that cannot be fitted.
    """
    for name, choice in choices.items():
        chosen = {
            description: candidate
            for description, candidate in grid.candidates[name].items()
            if description in choice.values()
        }
        try:
            for description, model in fitted_candidates(chosen):
                yield model, tuple(given for given, text in choice.items() if text == description)
        except DataError as error:
            left_out[name] = str(error)


def describe_choices(choices: Choices, left_out: Mapping[str, str]) -> dict[str, str]:
    """Return the chosen settings of each baseline in words, or why it was left out."""
    words = dict(left_out)
    for name, choice in choices.items():
        if name in left_out:
            continue
        descriptions = sorted(set(choice.values()))
        words[name] = "; ".join(
            f"{description} "
            f"(given {', '.join(g for g, text in choice.items() if text == description)})"
            if len(descriptions) > 1
            else description
            for description in descriptions
        )
    return words
