"""Full evaluation: models with the same settings, retrained on what a split leaves."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.config import load_settings
from recsys.data.catalogue import Catalogue
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_users
from recsys.data.ratings_table import RatingsData
from recsys.errors import DataError, TrainingError
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.query_sets import cold_start_query_sets
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.top_k import top_k_items
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.baselines import BASELINES
from recsys.models.protocol import Model, SupportsFoldIn
from recsys.paths import catalogue_path
from recsys.training.lightgcn_model import LightGCNModel
from recsys.training.pipeline import TrainingPipeline
from recsys.training.retrain import evaluate_recipe
from recsys.training.softmax_mf import SoftmaxMF, without_layers
from tests.evaluation.test_protocols import people

pytestmark = pytest.mark.slow  # each test trains and evaluates a model

OVERRIDES = {
    "model": {"dimension": 8},
    "training": {"epochs": 6, "evaluate_every": 2, "batch": 64, "patience": 0},
}
SETTINGS = load_settings("quick", overrides=OVERRIDES)
TABLE = people(300, 0)
METHODS = {"lightgcn", "softmax_mf", "layer 0", "layer 1", *BASELINES}


def trained(table, settings=SETTINGS, epochs=3):
    pipeline = TrainingPipeline(table, settings, name="Small", epochs=epochs)
    for _ in pipeline.run():
        pass
    return pipeline.checkpoint(items_only=True, half=True)


@pytest.fixture(scope="module")
def checkpoint():
    """A checkpoint that was trained on all users."""
    return trained(TABLE)


@pytest.fixture(scope="module")
def ratings():
    """The ratings with a day each."""
    days = np.random.default_rng(0).integers(18_262, 18_290, len(TABLE)).astype(np.float32)
    dated = Interactions.from_values(TABLE.users, TABLE.items, TABLE.rows, TABLE.columns, days)
    return RatingsData(TABLE, report=None, days=dated)


@pytest.fixture(scope="module")
def result(checkpoint, ratings):
    return evaluate_recipe(checkpoint, ratings, SplitSettings(seed=2), data="two tastes")


def value(result, method, given, metric="ndcg@20"):
    wanted = (method, given, "all", metric)
    (row,) = [
        row for row in result.rows
        if (row["method"], row["given"], row["slice"], row["metric"]) == wanted
    ]  # fmt: skip
    return row["value"]


@pytest.mark.parametrize(
    ("method", "settings"), [("lightgcn", SETTINGS), ("softmax_mf", without_layers(SETTINGS))]
)
def test_the_metrics_are_those_of_a_model_retrained_without_the_test_users(
    result, method, settings
):
    """Every step by hand: split, train for as many epochs, fold in, rank, mean."""
    kept, test = split_users(TABLE, 0.1, np.random.default_rng(2))
    assert f"{len(kept):,} ratings" in result.protocol["model"]
    retrained = trained(kept, settings)  # three epochs, as the checkpoint, of the recipe's six
    core = kept.core(10)
    query_sets = cold_start_query_sets(test.with_items(core.items), (3, 20), 7.0, 2)
    for n, query_set in query_sets.items():
        top = top_k_items(FoldInModel(retrained), query_set.given, 20)
        expected = mean_metrics(top, query_set.relevant)
        for metric in ("ndcg@20", "recall@20", "capped_recall@20"):
            measured = value(result, method, str(n), metric)
            assert measured == pytest.approx(expected[metric], abs=2e-6)


def test_softmax_mf_is_a_contender_in_every_slice_and_the_layers_are_not(result):
    assert {row["method"] for row in result.rows} == METHODS
    slices = {row["slice"] for row in result.rows if row["method"] == "softmax_mf"}
    assert slices == {"all", "light", "heavy", "popular", "niche"}
    assert {r["slice"] for r in result.rows if r["method"].startswith("layer")} == {"all"}
    assert "K = 0" in result.protocol["methods"]["softmax_mf"]
    assert set(result.protocol["methods"]) == {
        name for name in METHODS if not name.startswith("layer")
    }


def test_softmax_mf_is_the_same_recipe_without_layers():
    settings = without_layers(load_settings("full"))
    assert settings.model.layers == 0
    assert settings.model.alpha == (1.0,)
    full = load_settings("full")
    assert settings.training == full.training
    assert settings.serving == full.serving


def test_a_model_without_layers_is_compared_with_no_copy_of_itself(ratings):
    small = trained(TABLE, without_layers(SETTINGS), epochs=1)
    result = evaluate_recipe(small, ratings, SplitSettings(), data="two tastes")
    assert "softmax_mf" not in {row["method"] for row in result.rows}
    assert "softmax_mf" not in result.protocol["methods"]


def test_lightgcn_and_softmax_mf_follow_the_protocol():
    for model in (LightGCNModel(SETTINGS, epochs=1), SoftmaxMF(SETTINGS, epochs=1)):
        assert isinstance(model, Model)
        assert isinstance(model, SupportsFoldIn)
        with pytest.raises(TrainingError, match="is not fitted"):
            model.score(TABLE)
        assert model.fit(TABLE) is model
        checkpoint = model.trained_checkpoint
        expected = FoldInModel(checkpoint)
        assert np.array_equal(model.score(TABLE), expected.score(TABLE))
        assert model.fold_in(TABLE).shape == (300, 8)
        assert len(checkpoint.layers) == (2 if model.name == "lightgcn" else 1)


def test_time_splits_where_there_are_dates_and_only_there(checkpoint, ratings):
    result = evaluate_recipe(checkpoint, ratings, SplitSettings(by="time"), data="two tastes")
    assert {row["given"] for row in result.rows} == {"before"}
    assert "since 2020-01-2" in result.protocol["split"]
    undated = replace(ratings, days=None)
    with pytest.raises(DataError, match="no dates"):
        evaluate_recipe(checkpoint, undated, SplitSettings(by="time"), data="two tastes")


def test_a_card_that_does_not_say_how_long_is_an_error(checkpoint, ratings):
    bare = replace(checkpoint, card={})
    with pytest.raises(TrainingError, match="how long it was trained"):
        evaluate_recipe(bare, ratings, SplitSettings(), data="two tastes")


def test_diversity_is_measured_where_the_genres_are_known(checkpoint):
    """The genres come by id from the catalogue, whatever the order of the items."""
    known = Catalogue.load(catalogue_path())
    ids = known.ids.take(np.argsort(-known.members)[: len(TABLE.items)])
    table = Interactions.from_rows(TABLE.users, ids, TABLE.rows, TABLE.columns, TABLE.ratings)
    ratings = RatingsData(table, report=None, days=None)
    for catalogue in (known, None):
        result = evaluate_recipe(
            checkpoint, ratings, SplitSettings(), data="two tastes", catalogue=catalogue
        )
        measured = "diversity@20" in {row["metric"] for row in result.rows}
        assert measured == (catalogue is not None)
