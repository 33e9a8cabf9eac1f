"""The full evaluation: its rows are the plain metrics of the same lists, slice by slice."""

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.evaluation.baseline_grid import baseline_grid, choose_settings, describe_choices
from recsys.evaluation.checkpoint_models import FoldInModel
from recsys.evaluation.ranking import rank_items, top_k
from recsys.evaluation.runner import evaluate_methods
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.splits import split_ratings
from recsys.metrics.ranking_metrics import mean_metrics
from recsys.models.popularity import Popularity
from recsys.progress import no_progress
from tests.evaluation.test_protocols import ITEMS, checkpoint, people

TABLE = people(300, 0)
CUT = split_ratings(TABLE, None, SplitSettings(share=0.3), 7)
MODEL = checkpoint(range(1, ITEMS + 1), dimension=6)
FEW = {
    "popularity": dict.fromkeys(CUT.asked, "likes in training"),
    "item_knn": dict.fromkeys(CUT.asked, "200 neighbours of each like"),
}


@pytest.fixture(scope="module")
def measured():
    genres = np.random.default_rng(0).random((len(CUT.core.items), 5)) < 0.4
    figures, protocol = evaluate_methods(
        CUT, FoldInModel(MODEL), FoldInModel.parts(MODEL), FEW, like_at=7, genres=genres
    )
    return {(f["method"], f["given"], f["slice"], f["metric"]): f for f in figures}, protocol


def test_the_whole_is_the_mean_that_the_protocols_report(measured):
    rows, _ = measured
    likes = CUT.core.likes(7)
    for name, method in (("lightgcn", FoldInModel(MODEL)), ("popularity", Popularity(likes))):
        for given, case in CUT.asked.items():
            plain = mean_metrics(
                rank_items(method, case.given, 20), case.relevant, likes.item_degrees,
                len(likes.users), capped=True,
            )  # fmt: skip
            for metric in ("precision", "recall", "ndcg", "mrr", "coverage", "novelty"):
                row = rows[name, given, "all", f"{metric}@20"]
                assert row["value"] == pytest.approx(plain[f"{metric}@20"], abs=2e-6)
                assert row["people"] == CUT.people


def test_thirds_of_people_are_the_same_lists_of_fewer_people(measured):
    rows, protocol = measured
    case = CUT.asked["5"]
    count = case.given.user_degrees + case.relevant.user_degrees
    low, high = np.quantile(count, [1 / 3, 2 / 3])
    likes = CUT.core.likes(7)
    for name, who in (("light", count <= low), ("heavy", count > high)):
        top = rank_items(FoldInModel(MODEL), case.given, 20)[who]
        plain = mean_metrics(
            top, case.relevant.with_users(who), likes.item_degrees, len(likes.users), capped=True
        )
        for metric in ("ndcg@20", "coverage@20"):
            row = rows["lightgcn", "5", name, metric]
            assert row["value"] == pytest.approx(plain[metric], abs=2e-6)
            assert row["people"] == who.sum()
    assert f"{count[count <= low].max()} at most" in protocol["slices"]["light"]
    assert f"{count[count > high].min()} at least" in protocol["slices"]["heavy"]


def test_popular_titles_hold_half_of_all_likes_and_bands_are_ranked_among_themselves(measured):
    rows, protocol = measured
    degrees = CUT.core.likes(7).item_degrees
    order = np.argsort(-degrees, kind="stable")
    count = next(n for n in range(1, degrees.size) if degrees[order[:n]].sum() > degrees.sum() / 2)
    assert f"the {count:,} most liked titles" in protocol["slices"]["popular"]
    niche = np.ones(degrees.size, dtype=bool)
    niche[order[:count]] = False
    case = CUT.asked["10"]
    top = top_k(FoldInModel(MODEL).score(case.given), case.given, 20, niche)
    assert niche[top].all()
    there = case.relevant.where(niche[case.relevant.columns])
    assert (there.user_degrees > 0).all()  # here everybody has something to find
    plain = mean_metrics(top, there, degrees, 1, capped=True)
    row = rows["lightgcn", "10", "niche", "ndcg@20"]
    assert row["value"] == pytest.approx(plain["ndcg@20"], abs=2e-6)


def test_how_far_ahead_is_the_difference_of_the_means_and_paired(measured):
    rows, _ = measured
    for (name, given, slice_, metric), row in rows.items():
        if metric == "coverage@20":
            assert "low" not in row
            continue
        assert row["low"] <= row["value"] <= row["high"]
        if name == "lightgcn":
            assert "ahead_value" not in row
            continue
        ours = rows["lightgcn", given, slice_, metric]["value"]
        assert row["ahead_value"] == pytest.approx(ours - row["value"], abs=2e-6)
        assert row["ahead_low"] <= row["ahead_value"] <= row["ahead_high"]


def test_the_parts_of_the_score_sum_to_it_and_are_told_in_the_whole_alone(measured):
    rows, _ = measured
    case = CUT.asked["10"]
    parts = FoldInModel.parts(MODEL)
    layers = [parts[f"layer {k}"].score(case.given) for k in range(2)]
    assert sum(layers) == pytest.approx(FoldInModel(MODEL).score(case.given), abs=1e-3)
    assert {slice_ for name, _, slice_, _ in rows if name.startswith("layer")} == {"all"}


def test_each_contender_takes_what_suits_it_best_on_people_who_are_not_asked():
    tuning = split_ratings(CUT.train, None, SplitSettings(seed=1), 7)
    likes = tuning.core.likes(7)
    choices = choose_settings(likes, list(CUT.asked), tuning.asked, 7, no_progress)
    assert set(choices) == {"popularity", "item_knn", "ease", "als", "fastrp", "bpr_mf"}
    field = baseline_grid(likes)
    for given, way in choices["ease"].items():
        case = tuning.asked[given]
        scores = {
            one: mean_metrics(
                rank_items(make(), case.given, 20), case.relevant, likes.item_degrees, 1, capped=True
            )["ndcg@20"]
            for one, make in field.ways["ease"].items()
        }  # fmt: skip
        assert scores[way] == pytest.approx(max(scores.values()), abs=1e-9)


def test_a_contender_that_no_longer_fits_is_left_out_and_said(monkeypatch):
    def full_memory(_items):
        raise DataError("left out: no memory")

    monkeypatch.setattr("recsys.evaluation.baseline_grid.check_memory", full_memory)
    both = {**FEW, "ease": dict.fromkeys(CUT.asked, "λ = 1000")}
    figures, protocol = evaluate_methods(CUT, FoldInModel(MODEL), {}, both, like_at=7, genres=None)
    assert {one["method"] for one in figures} == {"lightgcn", "popularity", "item_knn"}
    assert protocol["left_out"] == {"ease": "left out: no memory"}
    assert describe_choices(both, protocol["left_out"])["ease"] == "left out: no memory"


def test_where_nobody_is_left_to_tune_on_the_first_setting_is_taken_and_words_say_which():
    likes = CUT.core.likes(7)
    choices = choose_settings(likes, ["3", "5"], {}, 7, no_progress)
    assert choices["ease"] == {"3": "λ = 1000", "5": "λ = 1000"}
    words = describe_choices(
        {**choices, "ease": {"3": "λ = 3000", "5": "λ = 1000"}}, {"x": "left out: big"}
    )
    assert words["ease"] == "λ = 1000 (given 5); λ = 3000 (given 3)"
    assert words["x"] == "left out: big"
    assert words["popularity"] == "likes in training"
