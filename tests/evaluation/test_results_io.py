"""Evaluations on disk: they come back as they were, and never beside another model."""

import json

import pytest

from recsys.errors import CheckpointError
from recsys.evaluation.results import EvaluationResult
from recsys.evaluation.results_io import load_evaluations, store_evaluation
from recsys.models.checkpoint import save_checkpoint
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import EVALUATIONS
from tests.evaluation.test_protocols import checkpoint

ROW = {"method": "ease", "given": "3", "slice": "all", "metric": "ndcg@20", "people": 9,
          "value": 0.25, "low": 0.2, "high": 0.3}  # fmt: skip


def made(name="people-0-abc", value=0.25):
    return EvaluationResult(name, "a file", {"name": "new-people"}, 9, [{**ROW, "value": value}])


def store(folder, evaluation):
    store_evaluation(folder, evaluation, read_card(folder)["seal"])


@pytest.fixture
def folder(tmp_path):
    save_checkpoint(tmp_path / "model", checkpoint([1, 2, 3]))
    return tmp_path / "model"


def test_what_was_kept_comes_back_and_the_same_cut_makes_way(folder):
    assert load_evaluations(folder) == []
    store(folder, made())
    store(folder, made("time-abc"))
    store(folder, made(value=0.5))
    assert [result.name for result in load_evaluations(folder)] == ["time-abc", "people-0-abc"]
    assert load_evaluations(folder)[1] == made(value=0.5)


def test_figures_of_another_model_are_not_shown_and_make_way(folder, tmp_path):
    store(folder, made())
    save_checkpoint(tmp_path / "other", checkpoint([1, 2, 3], seed=1))
    (tmp_path / "other" / EVALUATIONS).write_bytes((folder / EVALUATIONS).read_bytes())
    with pytest.raises(CheckpointError, match="of another model"):
        load_evaluations(tmp_path / "other")
    store(tmp_path / "other", made("time-abc"))
    assert [result.name for result in load_evaluations(tmp_path / "other")] == ["time-abc"]


@pytest.mark.parametrize(
    "damaged",
    ["", "[]", "{", '{"format": 1}', '{"format": 1, "seal": "x", "evaluations": [{"name": 1}]}'],
)
def test_a_damaged_file_is_one_sentence(folder, damaged):
    (folder / EVALUATIONS).write_text(damaged)
    with pytest.raises(CheckpointError, match="damaged; they are not shown"):
        load_evaluations(folder)


def test_a_figure_without_a_column_and_a_newer_format_are_refused(folder):
    store(folder, made())
    content = json.loads((folder / EVALUATIONS).read_text())
    del content["evaluations"][0]["figures"][0]["value"]
    (folder / EVALUATIONS).write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match="damaged"):
        load_evaluations(folder)
    (folder / EVALUATIONS).write_text(json.dumps({**content, "format": 3}))
    with pytest.raises(CheckpointError, match="format 3"):
        load_evaluations(folder)


@pytest.mark.parametrize(
    "wrong", [{"value": "much"}, {"value": float("nan")}, {"method": 5}, {"high": None},
              {"ahead_value": 0.1}],
)  # fmt: skip
def test_a_figure_of_another_kind_is_refused(folder, wrong):
    """An evaluation may come with an upload."""
    store(folder, made())
    content = json.loads((folder / EVALUATIONS).read_text())
    content["evaluations"][0]["figures"][0] |= wrong
    (folder / EVALUATIONS).write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match="damaged"):
        load_evaluations(folder)


def test_where_there_is_no_checkpoint_nothing_is_kept(tmp_path):
    with pytest.raises(CheckpointError):
        store_evaluation(tmp_path, made(), "x")


def test_a_model_that_became_another_meanwhile_gets_no_figures(folder):
    store(folder, made())
    measured = read_card(folder)["seal"]
    save_checkpoint(folder, checkpoint([1, 2, 3], seed=1))
    with pytest.raises(CheckpointError, match="was replaced while it was measured"):
        store_evaluation(folder, made(), measured)
    assert load_evaluations(folder) == []


def test_format_1_called_capped_recall_recall_and_is_read_under_its_own_name(folder):
    store(folder, made())
    content = json.loads((folder / EVALUATIONS).read_text())
    assert content["format"] == 2
    row = content["evaluations"][0]["figures"][0]
    content["evaluations"][0]["figures"] = [row, {**row, "metric": "recall@20", "value": 0.5}]
    (folder / EVALUATIONS).write_text(json.dumps({**content, "format": 1}))
    values = {row["metric"]: row["value"] for row in load_evaluations(folder)[0].rows}
    assert values == {"ndcg@20": 0.25, "capped_recall@20": 0.5}
    store(folder, made("time-abc"))  # written again, it stays what it means
    content = json.loads((folder / EVALUATIONS).read_text())
    assert content["format"] == 2
    metrics = [row["metric"] for row in content["evaluations"][0]["figures"]]
    assert metrics == ["ndcg@20", "capped_recall@20"]
