"""The runner: its rows are the plain metrics of the same lists, slice by slice."""

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.evaluation.baseline_grid import baseline_grid, describe_choices, fitted_candidates
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.context import EvaluationContext
from recsys.evaluation.runner import evaluate_models
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.splits import split_ratings
from recsys.evaluation.top_k import item_rank, top_k, top_k_items
from recsys.evaluation.tuning import choose_settings
from recsys.metrics.beyond_accuracy import coverage, novelty_per_user
from recsys.metrics.ranking_metrics import RANKING_METRICS, mean_metrics
from recsys.models.baselines import BASELINES as ALL_BASELINES
from recsys.models.popularity import Popularity
from tests.evaluation.test_protocols import ITEMS, checkpoint, people

TABLE = people(300, 0)
SPLIT = split_ratings(TABLE, None, SplitSettings(share=0.3), 7)
MODEL = checkpoint(range(1, ITEMS + 1), dimension=6)
LIGHTGCN = FoldInModel(MODEL)
LAYERS = FoldInModel.layers(MODEL)
BASELINES = ("popularity", "item_knn")


@pytest.fixture(scope="module")
def result():
    genres = np.random.default_rng(0).random((len(SPLIT.core.items), 5)) < 0.4
    return evaluate_models(
        EvaluationContext.of(SPLIT, genres),
        {"lightgcn": LIGHTGCN, **LAYERS},
        parts=tuple(LAYERS),
        baselines=BASELINES,
    )


@pytest.fixture(scope="module")
def rows(result):
    return {(r["method"], r["given"], r["slice"], r["metric"]): r for r in result.rows}


def test_rows_of_all_users_are_the_mean_of_the_metrics_of_their_lists(result, rows):
    likes = SPLIT.likes
    for name, model in (("lightgcn", LIGHTGCN), ("popularity", Popularity().fit(SPLIT.core))):
        for given, query_set in SPLIT.query_sets.items():
            top = top_k_items(model, query_set.given, 20)
            expected = mean_metrics(top, query_set.relevant)
            expected["coverage@20"] = coverage(top, ITEMS)
            novelty = novelty_per_user(top, likes.item_degrees, len(likes.users))
            expected["novelty@20"] = novelty.mean()
            for metric in (*RANKING_METRICS, "coverage", "novelty"):
                row = rows[name, given, "all", f"{metric}@20"]
                assert row["value"] == pytest.approx(expected[f"{metric}@20"], abs=2e-6)
                assert row["people"] == SPLIT.user_count == result.users


def test_thirds_of_users_are_the_same_lists_of_fewer_users(result, rows):
    query_set = SPLIT.query_sets["5"]
    count = query_set.given.user_degrees + query_set.relevant.user_degrees
    low, high = np.quantile(count, [1 / 3, 2 / 3])
    for name, who in (("light", count <= low), ("heavy", count > high)):
        top = top_k_items(LIGHTGCN, query_set.given, 20)[who]
        expected = mean_metrics(top, query_set.relevant.with_users(who))
        expected["coverage@20"] = coverage(top, ITEMS)
        for metric in ("ndcg@20", "coverage@20"):
            row = rows["lightgcn", "5", name, metric]
            assert row["value"] == pytest.approx(expected[metric], abs=2e-6)
            assert row["people"] == who.sum()
    slices = result.protocol["slices"]
    assert f"{count[count <= low].max()} at most" in slices["light"]
    assert f"{count[count > high].min()} at least" in slices["heavy"]


def test_popular_items_hold_half_of_all_likes_and_are_ranked_among_themselves(result, rows):
    degrees = SPLIT.likes.item_degrees
    order = np.argsort(-degrees, kind="stable")
    count = next(n for n in range(1, degrees.size) if degrees[order[:n]].sum() > degrees.sum() / 2)
    assert f"the {count:,} most liked titles" in result.protocol["slices"]["popular"]
    niche = np.ones(degrees.size, dtype=bool)
    niche[order[:count]] = False
    query_set = SPLIT.query_sets["10"]
    top = top_k(LIGHTGCN.score(query_set.given), query_set.given, 20, niche)
    assert niche[top].all()
    relevant = query_set.relevant.where(niche[query_set.relevant.columns])
    assert (relevant.user_degrees > 0).all()  # here every user has a relevant item
    row = rows["lightgcn", "10", "niche", "ndcg@20"]
    assert row["value"] == pytest.approx(mean_metrics(top, relevant)["ndcg@20"], abs=2e-6)


def test_the_lead_is_the_difference_of_the_means_and_its_interval_is_paired(rows):
    for (name, given, slice_, metric), row in rows.items():
        if metric == "coverage@20":
            assert "low" not in row
            continue
        assert row["low"] <= row["value"] <= row["high"]
        if name == "lightgcn":
            assert "ahead_value" not in row
            continue
        reference = rows["lightgcn", given, slice_, metric]["value"]
        assert row["ahead_value"] == pytest.approx(reference - row["value"], abs=2e-6)
        assert row["ahead_low"] <= row["ahead_value"] <= row["ahead_high"]


def test_layer_scores_sum_to_the_score_and_are_measured_over_all_users_alone(rows):
    histories = SPLIT.query_sets["10"].given
    layers = [LAYERS[f"layer {k}"].score(histories) for k in range(2)]
    assert sum(layers) == pytest.approx(LIGHTGCN.score(histories), abs=1e-3)
    assert {slice_ for name, _, slice_, _ in rows if name.startswith("layer")} == {"all"}
    assert {slice_ for name, _, slice_, _ in rows if name == "item_knn"} == {
        "all", "light", "heavy", "popular", "niche"
    }  # fmt: skip


def test_each_baseline_takes_its_best_setting_on_users_who_are_not_tested():
    tuning = split_ratings(SPLIT.train, None, SplitSettings(seed=1), 7)
    grid = baseline_grid(tuning.core, 7)
    choices = choose_settings(grid, list(SPLIT.query_sets), tuning.query_sets)
    assert set(choices) == set(ALL_BASELINES)
    for given, description in choices["ease"].items():
        query_set = tuning.query_sets[given]
        ndcg = {
            setting: mean_metrics(top_k_items(model, query_set.given, 20), query_set.relevant)[
                "ndcg@20"
            ]
            for setting, model in fitted_candidates(grid.candidates["ease"])
        }
        assert len(ndcg) == 10  # each λ, with likes alone and with ratings weighted by value
        assert ndcg[description] == pytest.approx(max(ndcg.values()), abs=1e-9)


def test_settings_that_are_not_tuned_are_the_default_ones():
    grid = baseline_grid(SPLIT.core, 7, ("item_knn", "ease"))
    query_sets = {"5": SPLIT.query_sets["5"]}
    choices = choose_settings(grid, ["5"], query_sets, tuned=("item_knn",))
    assert choices["ease"] == {"5": "λ = 1000"}
    assert choice_is_best(grid, choices, query_sets["5"])


def choice_is_best(grid, choices, query_set):
    ndcg = {
        setting: mean_metrics(top_k_items(model, query_set.given, 20), query_set.relevant)[
            "ndcg@20"
        ]
        for setting, model in fitted_candidates(grid.candidates["item_knn"])
    }
    return ndcg[choices["item_knn"]["5"]] == pytest.approx(max(ndcg.values()), abs=1e-9)


def test_candidates_that_differ_in_weights_alone_share_one_fit(monkeypatch):
    grid = baseline_grid(SPLIT.core, 7, ("ease",))
    fits = []
    monkeypatch.setattr(
        "recsys.models.ease.cho_factor", lambda a, **_: fits.append(1) or (a, False)
    )
    monkeypatch.setattr("recsys.models.ease.cho_solve", lambda _factor, b, **_: b)
    assert len(list(fitted_candidates(grid.candidates["ease"]))) == 2 * len(fits) == 10


def test_a_baseline_that_does_not_fit_in_memory_is_left_out_with_the_reason(monkeypatch):
    def full_memory(_items):
        raise DataError("left out: no memory")

    monkeypatch.setattr("recsys.models.item_statistics.check_memory", full_memory)
    tuning = split_ratings(SPLIT.train, None, SplitSettings(seed=1), 7)
    result = evaluate_models(
        EvaluationContext.of(SPLIT, slices=("all",)), {"lightgcn": LIGHTGCN},
        baselines=(*BASELINES, "ease"), tuning=tuning,
    )  # fmt: skip
    assert {row["method"] for row in result.rows} == {"lightgcn", "popularity", "item_knn"}
    assert result.left_out == {"ease": "left out: no memory"}
    assert result.protocol["methods"]["ease"] == "left out: no memory"
    assert result.to_report()["methods"]["ease"] == {"left_out": "left out: no memory"}


def test_a_model_with_the_name_of_a_baseline_is_measured_in_its_place():
    context = EvaluationContext.of(SPLIT, slices=("all",))
    result = evaluate_models(context, {"popularity": LIGHTGCN}, baselines=BASELINES)
    alone = evaluate_models(context, {"lightgcn": LIGHTGCN}, baselines=())
    rows = [row for row in result.rows if row["method"] == "popularity"]
    assert rows == [{**row, "method": "popularity"} for row in alone.rows]
    assert {row["method"] for row in result.rows} == {"popularity", "item_knn"}
    assert result.protocol["methods"]["popularity"].startswith("the model that was given")


def test_where_nobody_is_left_to_tune_on_the_first_setting_is_taken_and_words_say_which():
    grid = baseline_grid(SPLIT.core, 7)
    choices = choose_settings(grid, ["3", "5"], {})
    assert choices["ease"] == {"3": "λ = 1000", "5": "λ = 1000"}
    words = describe_choices(
        {**choices, "ease": {"3": "λ = 3000", "5": "λ = 1000"}}, {"x": "left out: big"}
    )
    assert words["ease"] == "λ = 1000 (given 5); λ = 3000 (given 3)"
    assert words["x"] == "left out: big"
    assert words["popularity"] == "likes in training"


def test_equal_scores_share_the_better_rank():
    scores, candidates = np.array([3.0, 1.0, 2.0, 2.0, 9.0]), np.array([1, 1, 1, 1, 0], dtype=bool)
    assert [item_rank(scores, item, candidates) for item in range(4)] == [1, 4, 2, 2]


def test_a_table_holds_every_row(result):
    frame = result.to_frame()
    assert len(frame) == len(result.rows)
    assert {"method", "given", "slice", "metric", "people", "value", "low", "high"} <= set(frame)
    assert result.to_dict()["figures"] == result.rows
