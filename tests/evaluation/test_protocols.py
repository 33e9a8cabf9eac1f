"""Protocols: the same users for every model, nothing given is to be found, unknown items last."""

import json
from dataclasses import replace

import numpy as np
import pytest

from recsys.config import ModelSettings, Settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.random_split import split_edges_per_user, split_users
from recsys.defaults import SEED, TEST_SHARE
from recsys.errors import DataError, SettingsError
from recsys.evaluation.checkpoint_models import FoldInModel, TrainedUsersModel
from recsys.evaluation.evaluate_model import evaluate_model, evaluate_on_split
from recsys.evaluation.query_sets import cold_start_query_sets, mixed_query_sets
from recsys.evaluation.split_settings import SplitSettings
from recsys.evaluation.splits import (
    TRAINING_LIKES,
    cold_start_split,
    split_ratings,
    warm_start_split,
)
from recsys.evaluation.top_k import top_k_items
from recsys.models.baselines import quick_baselines
from recsys.models.checkpoint import Checkpoint
from recsys.models.ease import EASE
from tests.estimators import made_estimator

ITEMS = 90


def people(count, seed, first=0):
    """Everybody likes most of one half of the anime, and rates some of the other half low."""
    rng = np.random.default_rng(seed)
    taste = (np.arange(count) % 2)[:, None]
    mine = (np.arange(ITEMS) < ITEMS // 2) == (taste == 0)
    seen = rng.random((count, ITEMS)) < np.where(mine, 0.85, 0.3)
    rows, columns = np.nonzero(seen)
    high = mine[rows, columns]
    ratings = np.where(high, rng.integers(7, 11, rows.size), rng.integers(1, 7, rows.size))
    return Interactions.from_rows(
        IdMap(np.arange(first, first + count)),
        IdMap(np.arange(1, ITEMS + 1)),
        rows,
        columns,
        ratings,
    )


def checkpoint(ids, users=None, dimension=4, seed=0):
    rng = np.random.default_rng(seed)
    return Checkpoint(
        IdMap(ids),
        rng.normal(size=(2, len(ids), dimension)).astype(np.float32),
        np.ones(len(ids), dtype=np.int64),
        made_estimator(dimension),
        Settings(model=ModelSettings(dimension=dimension, layers=1)),
        {},
        None if users is None else IdMap(users),
        None if users is None else rng.normal(size=(len(users), dimension)).astype(np.float32),
    )


def pairs_of(table):
    return {*zip(table.rows.tolist(), table.columns.tolist(), strict=True)}


def test_given_is_nested_and_disjoint_from_relevant_for_the_same_users():
    table = people(20, 0)
    query_sets = cold_start_query_sets(table, (3, 5, 10), 7.0, seed=4)
    likes = table.likes(7)
    likes = likes.with_users(likes.user_degrees >= 30)
    for n, query_set in query_sets.items():
        given, relevant = pairs_of(query_set.given), pairs_of(query_set.relevant)
        assert query_set.given.users == likes.users
        assert (query_set.given.user_degrees == n).all()
        assert given | relevant == pairs_of(likes)
        assert not given & relevant
    smallest, middle, largest = (pairs_of(query_sets[n].given) for n in (3, 5, 10))
    assert smallest < middle < largest
    fingerprint = query_sets[3].given.fingerprint()
    again, other = (cold_start_query_sets(table, (3,), 7.0, seed=seed) for seed in (4, 5))
    assert again[3].given.fingerprint() == fingerprint
    assert other[3].given.fingerprint() != fingerprint


def test_mixed_query_sets_give_dislikes_too_and_ask_for_likes():
    table = people(40, 0)
    for n, query_set in mixed_query_sets(table, (5, 10), 7.0, seed=0).items():
        assert (query_set.given.user_degrees == n).all()
        assert (query_set.given.ratings < 7).any()
        assert (query_set.relevant.ratings >= 7).all()
        assert not pairs_of(query_set.given) & pairs_of(query_set.relevant)


def test_new_people_reports_every_method_in_the_shape_of_the_contract():
    split = cold_start_split(people(80, 0), people(20, 1, first=500), given=(3, 10))
    result = evaluate_on_split(checkpoint(range(1, ITEMS + 1)), split)
    report = json.loads(json.dumps(result.to_report()))
    assert set(report) == {"protocol", "people", "methods"}
    assert set(report["methods"]) == {"lightgcn", *quick_baselines()}
    for metrics in report["methods"].values():
        assert set(metrics) == {"3", "10"}
        assert all(0 <= metrics[n]["recall@20"] <= metrics[n]["capped_recall@20"] for n in metrics)
        assert all(0 <= metrics[n]["ndcg@20"] <= 1 for n in metrics)
    assert report["people"] == 20
    protocol = report["protocol"]
    assert protocol["number_of_anime"] == ITEMS
    assert protocol["k"] == 20
    assert protocol["recall"] == (
        "recall@20 = hits / likes to find; capped_recall@20 = hits / min(20, likes to find)"
    )
    ndcg = {method: metrics["3"]["ndcg@20"] for method, metrics in report["methods"].items()}
    assert ndcg["item_knn"] > ndcg["popularity"]
    assert ndcg["ease"] > ndcg["popularity"]
    assert ndcg["lightgcn"] < ndcg["ease"]  # its vectors are random
    assert report["methods"]["ease"]["3"]["lambda"] in {100, 300, 1000, 3000, 10_000}
    assert report["methods"]["item_knn"]["3"]["neighbours_per"] in {"row", "column"}


def test_users_who_were_trained_on_are_refused():
    with pytest.raises(DataError, match="60 of the 60 test people"):
        cold_start_split(people(60, 0), people(60, 1))


def test_users_are_recognised_whether_their_ids_are_numbers_or_text():
    """Numbers in one file and a name among the ids of the other: the same users all the same."""
    train = people(60, 0)
    named = people(61, 1)
    ids = IdMap([*map(str, range(60)), "somebody"])
    test = Interactions.from_rows(ids, named.items, named.rows, named.columns, named.ratings)
    with pytest.raises(DataError, match="60 of the 61 test people"):
        cold_start_split(train, test)
    split = warm_start_split(train, test)
    assert split.user_count == 60
    assert len(split.query_sets[TRAINING_LIKES].given.users) == 60
    assert split.protocol["test_rows_left_out"] == test.likes().user_degrees[60]
    plain = warm_start_split(train, people(61, 1))
    assert (
        pairs_of(split.query_sets[TRAINING_LIKES].relevant)
        == pairs_of(plain.query_sets[TRAINING_LIKES].relevant)
    )  # fmt: skip


def test_too_few_likes_and_too_many_given_are_errors():
    train = people(60, 0)
    few = people(10, 1, first=500).where(np.arange(len(people(10, 1))) % 4 == 0)
    with pytest.raises(DataError, match="Of the 10 test people nobody has 30 likes"):
        cold_start_split(train, few)
    with pytest.raises(DataError, match="At most 29"):
        cold_start_split(train, people(10, 1, first=500), given=(30,))


def test_items_that_a_checkpoint_lacks_rank_last():
    given = cold_start_query_sets(people(10, 2), (5,), 7.0, 0)[5].given
    half = FoldInModel(checkpoint(range(1, 51)))
    scores = half.score(given)
    assert np.isneginf(scores[:, 50:]).all()
    assert np.isfinite(scores[:, :50]).all()
    assert (top_k_items(half, given, 20) < 50).all()


def held_out_likes(seed=0):
    train = people(40, 3).likes(7)
    held = np.random.default_rng(seed).random(len(train)) < 0.2
    return train.where(~held), train.where(held)


def test_held_out_ranks_known_users_by_their_own_vectors():
    train, test = held_out_likes()
    model = checkpoint(range(1, ITEMS + 1), users=range(40))
    own = np.zeros((40, 4), dtype=np.float32)
    own[:, 0] = np.where(np.arange(40) % 2 == 0, 1, -1)
    layers = np.zeros((2, ITEMS, 4), dtype=np.float32)
    layers[:, :, 0] = np.where(np.arange(ITEMS) < ITEMS // 2, 1, -1)
    perfect = replace(model, layers=layers, user_embeddings=own)
    report = evaluate_on_split(perfect, warm_start_split(train, test)).to_report()
    methods = report["methods"]
    assert set(methods) == {"lightgcn", *quick_baselines()}
    assert methods["lightgcn"]["ndcg@20"] > methods["popularity"]["ndcg@20"] + 0.1
    assert report["protocol"]["test_rows_left_out"] == 0
    assert methods["ease"]["lambda"] == 1000  # not tuned for warm-start users
    with pytest.raises(DataError, match="nothing was measured"):
        warm_start_split(train, people(5, 1, first=900))


def test_a_checkpoint_without_users_is_no_trained_users_model():
    with pytest.raises(ValueError, match="no users"):
        TrainedUsersModel(checkpoint([1, 2]))


def test_fewer_items_than_k_are_measured_at_the_k_that_fits_and_the_protocol_says_so():
    train, test = held_out_likes()
    few = IdMap(np.arange(1, 17))
    split = warm_start_split(train.with_items(few), test.with_items(few))
    result = evaluate_on_split(checkpoint(range(1, 17)), split)
    report = result.to_report()
    assert report["protocol"]["k"] == 16
    assert report["protocol"]["lists"] == "the top 16 (not 20: only 16 items are ranked)"
    assert report["methods"]["lightgcn"]["recall@16"] == pytest.approx(1)  # every item is listed
    assert not [name for name in report["methods"]["ease"] if name.endswith("@20")]


def test_a_fitted_model_is_measured_on_users_held_out_of_the_ratings():
    ratings = people(150, 0)
    split = split_ratings(ratings, None, SplitSettings(seed=0))
    model = EASE(regularization=10).fit(split.train)
    result = evaluate_model(model, ratings)
    frame = result.to_frame()
    assert set(frame["method"]) == set(quick_baselines())
    assert result.users == 15
    assert result.protocol["trained_on_test_users"].startswith("unknown")
    given = frame.query("method == 'ease' and given == '5' and metric == 'ndcg@20'")
    assert (given["low"] <= given["value"]).all()
    assert (given["value"] <= given["high"]).all()


def test_the_protocol_says_whether_the_model_was_trained_on_the_test_users():
    ratings, others = people(150, 0), people(20, 1, first=500)
    card = {"data": {"fingerprint": ratings.fingerprint()}}
    model = replace(checkpoint(range(1, ITEMS + 1)), card=card)
    words = {
        name: evaluate_model(model, table, test=test, baselines=False).protocol
        for name, table, test in (
            ("all", ratings, None), ("test", ratings, others), ("other", people(150, 9), None)
        )
    }  # fmt: skip
    starts = {name: text["trained_on_test_users"].split(":")[0] for name, text in words.items()}
    assert starts == {"all": "yes", "test": "no", "other": "unknown"}
    train, _ = split_users(ratings, TEST_SHARE, np.random.default_rng(SEED))
    model = replace(model, card={"data": {"fingerprint": train.fingerprint()}})
    protocol = evaluate_model(model, ratings, baselines=False).protocol
    assert protocol["trained_on_test_users"].startswith("no")


def test_the_protocol_of_warm_start_users_says_whether_the_model_knows_the_likes_to_find():
    ratings = people(60, 0)
    train, test = split_edges_per_user(ratings, TEST_SHARE, np.random.default_rng(SEED))

    def words(trained_on, table, held_out):
        card = {"data": {"fingerprint": trained_on.fingerprint()}}
        model = replace(checkpoint(range(1, ITEMS + 1), users=range(60)), card=card)
        result = evaluate_model(
            model, table, test=held_out, protocol="warm-start-users", baselines=False
        )
        return result.protocol["trained_on_test_users"]

    assert words(ratings, ratings, None).startswith("yes: it was trained on all ratings, the likes")
    assert words(train, ratings, None).startswith("yes: on their other likes")
    assert words(train, train, test).startswith("yes: on their other likes")
    assert words(ratings, train, test).startswith("unknown: the model does not say")


def test_warm_start_users_any_k_and_no_baselines():
    result = evaluate_model(
        EASE().fit(people(60, 0)), people(60, 0), protocol="warm-start-users", k=7, baselines=False
    )
    frame = result.to_frame()
    assert set(frame["method"]) == {"ease"}
    assert "ndcg@7" in set(frame["metric"])
    assert result.users == 60


@pytest.mark.parametrize("options", [{"protocol": "nonsense"}, {"k": 0}])
def test_an_unknown_protocol_and_an_impossible_k_are_errors(options):
    with pytest.raises(SettingsError):
        evaluate_model(EASE(), people(60, 0), **options)
