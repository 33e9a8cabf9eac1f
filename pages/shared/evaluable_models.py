"""Models that can be evaluated, what was measured of them, and the measuring that is at work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared.resources import model_registry, stamp
from pages.shared.run_follower import follow_all_runs
from recsys.errors import RecsysError
from recsys.evaluation.results_io import EVALUATIONS, EvaluationResult, load_evaluations
from recsys.models.checkpoint import read_card

__all__ = ["EvaluableModel", "evaluable_models", "model_names", "stored_evaluations"]


@dataclass(frozen=True, slots=True)
class EvaluableModel:
    """A model that can be evaluated.

    Attributes:
        key: its seal, short.
        name: for people.
        places: folders that hold it: a run's, a copy of it; the first is the one to read.
        ratings: what it learned from, where that is known and still there.
        data: what people call that.
        in_use: it answers now.
    """

    key: str
    name: str
    places: tuple[Path, ...]
    ratings: Path | None
    data: str
    in_use: bool


def evaluable_models() -> list[EvaluableModel]:
    """Return the model in use, the other models, and those of the runs; each once."""
    in_use = model_registry().in_use()
    listed = sorted(model_registry().listed(), key=lambda one: one != in_use)
    found: dict[str, EvaluableModel] = {}
    for place in listed:
        _add(found, place, None, "", in_use=place == in_use)
    for seen in follow_all_runs():
        model = seen.history.model(seen.run)
        if model is not None:
            config = seen.run.config()
            _add(found, model, config.ratings, config.data, in_use=False)
    return list(found.values())


def model_names(known: Sequence[EvaluableModel]) -> dict[str, str]:
    """Return a name a model, by key; they stand in the URL, so no two are alike."""
    count = Counter(one.name for one in known)

    def told(one: EvaluableModel) -> str:
        name = one.name if count[one.name] == 1 else f"{one.name} ({one.key[:6]})"
        return f"{name} · answers now" if one.in_use else name

    return {one.key: told(one) for one in known}


def _add(
    found: dict[str, EvaluableModel], place: Path, ratings: Path | None, data: str, *, in_use: bool
) -> None:
    try:
        card = read_card(place)
    except RecsysError:
        return  # the page Training says what is wrong with it
    key = str(card["seal"])[:16]
    before = found.get(key)
    name = str(card.get("name", place.name))
    places = (*before.places, place) if before else (place,)
    there = ratings if ratings is not None and ratings.exists() else None
    found[key] = EvaluableModel(
        key, name, places, there or (before.ratings if before else None),
        data or (before.data if before else ""), in_use or bool(before and before.in_use),
    )  # fmt: skip


@st.cache_resource(max_entries=16, show_spinner=False)
def _evaluations(file: tuple[str, int], key: str) -> list[EvaluationResult]:  # noqa: ARG001 - the cache's key
    return load_evaluations(Path(file[0]).parent)


def stored_evaluations(subject: EvaluableModel) -> list[EvaluationResult]:
    """Return what was measured of a model, from all places that hold it, each cut once.

    Raises:
        CheckpointError: a file is torn or of another model.
    """
    found: dict[str, EvaluationResult] = {}
    for place in subject.places:
        for one in _evaluations(stamp(place / EVALUATIONS), subject.key):
            found.setdefault(one.name, one)
    return list(found.values())
