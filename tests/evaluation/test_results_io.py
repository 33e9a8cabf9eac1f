"""Evaluations on disk: they come back as they were, and never beside another model."""

import json

import pytest

from recsys.errors import CheckpointError
from recsys.evaluation.results_io import (
    EvaluationResult,
    load_evaluations,
    store_evaluation,
)
from recsys.models.checkpoint import save_checkpoint
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import EVALUATIONS
from tests.evaluation.test_protocols import checkpoint

FIGURE = {"method": "ease", "given": "3", "slice": "all", "metric": "ndcg@20", "people": 9,
          "value": 0.25, "low": 0.2, "high": 0.3}  # fmt: skip


def made(name="people-0-abc", value=0.25):
    return EvaluationResult(name, "a file", {"name": "new-people"}, 9, [{**FIGURE, "value": value}])


def keep(folder, evaluation):
    store_evaluation(folder, evaluation, read_card(folder)["seal"])


@pytest.fixture
def folder(tmp_path):
    save_checkpoint(tmp_path / "model", checkpoint([1, 2, 3]))
    return tmp_path / "model"


def test_what_was_kept_comes_back_and_the_same_cut_makes_way(folder):
    assert load_evaluations(folder) == []
    keep(folder, made())
    keep(folder, made("time-abc"))
    keep(folder, made(value=0.5))
    assert [one.name for one in load_evaluations(folder)] == ["time-abc", "people-0-abc"]
    assert load_evaluations(folder)[1] == made(value=0.5)


def test_figures_of_another_model_are_not_shown_and_make_way(folder, tmp_path):
    keep(folder, made())
    save_checkpoint(tmp_path / "other", checkpoint([1, 2, 3], seed=1))
    (tmp_path / "other" / EVALUATIONS).write_bytes((folder / EVALUATIONS).read_bytes())
    with pytest.raises(CheckpointError, match="of another model"):
        load_evaluations(tmp_path / "other")
    keep(tmp_path / "other", made("time-abc"))
    assert [one.name for one in load_evaluations(tmp_path / "other")] == ["time-abc"]


@pytest.mark.parametrize(
    "torn",
    ["", "[]", "{", '{"format": 1}', '{"format": 1, "seal": "x", "evaluations": [{"name": 1}]}'],
)
def test_a_torn_file_is_one_sentence(folder, torn):
    (folder / EVALUATIONS).write_text(torn)
    with pytest.raises(CheckpointError, match="torn; they were not shown"):
        load_evaluations(folder)


def test_a_figure_without_a_column_and_a_newer_format_are_refused(folder):
    keep(folder, made())
    told = json.loads((folder / EVALUATIONS).read_text())
    del told["evaluations"][0]["figures"][0]["value"]
    (folder / EVALUATIONS).write_text(json.dumps(told))
    with pytest.raises(CheckpointError, match="torn"):
        load_evaluations(folder)
    (folder / EVALUATIONS).write_text(json.dumps({**told, "format": 2}))
    with pytest.raises(CheckpointError, match="format 2"):
        load_evaluations(folder)


@pytest.mark.parametrize(
    "wrong", [{"value": "much"}, {"value": float("nan")}, {"method": 5}, {"high": None},
              {"ahead_value": 0.1}],
)  # fmt: skip
def test_a_figure_of_another_kind_is_refused(folder, wrong):
    """An evaluation may come with an upload."""
    keep(folder, made())
    told = json.loads((folder / EVALUATIONS).read_text())
    told["evaluations"][0]["figures"][0] |= wrong
    (folder / EVALUATIONS).write_text(json.dumps(told))
    with pytest.raises(CheckpointError, match="torn"):
        load_evaluations(folder)


def test_where_there_is_no_checkpoint_nothing_is_kept(tmp_path):
    with pytest.raises(CheckpointError):
        store_evaluation(tmp_path, made(), "x")


def test_a_model_that_became_another_meanwhile_gets_no_figures(folder):
    keep(folder, made())
    measured = read_card(folder)["seal"]
    save_checkpoint(folder, checkpoint([1, 2, 3], seed=1))
    with pytest.raises(CheckpointError, match="became another one"):
        store_evaluation(folder, made(), measured)
    assert load_evaluations(folder) == []
