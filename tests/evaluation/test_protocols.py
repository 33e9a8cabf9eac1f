"""The protocols: the same people everywhere, nothing given twice, what is lacking ranks last."""

import json
from dataclasses import replace

import numpy as np
import pytest

from recsys.config import ModelSettings, Settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import DataError
from recsys.evaluation.checkpoint_models import FoldInModel, TrainedUsersModel
from recsys.evaluation.cold_start import evaluate_cold_start, query_sets
from recsys.evaluation.ranking import rank_items
from recsys.evaluation.warm_start import evaluate_warm_start
from recsys.models.checkpoint import Checkpoint
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


def test_given_is_nested_and_disjoint_from_relevant_for_the_same_people():
    table = people(20, 0)
    asked = query_sets(table, (3, 5, 10), 7.0, seed=4)
    likes = table.likes(7)
    likes = likes.with_users(likes.user_degrees >= 30)
    pairs = {
        n: ({*zip(c.given.rows.tolist(), c.given.columns.tolist(), strict=True)},
            {*zip(c.relevant.rows.tolist(), c.relevant.columns.tolist(), strict=True)})
        for n, c in asked.items()
    }  # fmt: skip
    everything = {*zip(likes.rows.tolist(), likes.columns.tolist(), strict=True)}
    for n, (known, hidden) in pairs.items():
        assert asked[n].given.users == likes.users
        assert (asked[n].given.user_degrees == n).all()
        assert known | hidden == everything
        assert not known & hidden
    assert pairs[3][0] < pairs[5][0] < pairs[10][0]
    assert (
        query_sets(table, (3,), 7.0, seed=4)[3].given.fingerprint() == asked[3].given.fingerprint()
    )
    assert (
        query_sets(table, (3,), 7.0, seed=5)[3].given.fingerprint() != asked[3].given.fingerprint()
    )


def test_new_people_reports_every_method_in_the_shape_of_the_contract():
    train, test = people(80, 0), people(20, 1, first=500)
    report = evaluate_cold_start(
        train, test, [FoldInModel(checkpoint(range(1, ITEMS + 1)))], given=(3, 10)
    )
    told = json.loads(json.dumps(report.to_dict()))
    assert set(told) == {"protocol", "people", "methods"}
    assert set(told["methods"]) == {"lightgcn", "popularity", "item_knn", "ease"}
    for figures in told["methods"].values():
        assert set(figures) == {"3", "10"}
        assert all(0 <= figures[n]["recall@20"] <= 1 for n in figures)
        assert all(0 <= figures[n]["ndcg@20"] <= 1 for n in figures)
    assert told["people"] == 20
    assert told["protocol"]["number_of_anime"] == ITEMS
    for name in ("item_knn", "ease"):
        assert told["methods"][name]["3"]["ndcg@20"] > told["methods"]["popularity"]["3"]["ndcg@20"]
    # random vectors know nothing
    assert told["methods"]["lightgcn"]["3"]["ndcg@20"] < told["methods"]["ease"]["3"]["ndcg@20"]


def test_people_who_were_trained_on_are_refused():
    train = people(60, 0)
    with pytest.raises(DataError, match="60 of the 60 test people"):
        evaluate_cold_start(train, people(60, 1), [])


def test_nobody_with_enough_likes_and_too_many_given_are_said():
    train = people(60, 0)
    few = people(10, 1, first=500).where(np.arange(len(people(10, 1))) % 4 == 0)
    with pytest.raises(DataError, match="No test person has 30 likes"):
        evaluate_cold_start(train, few, [])
    with pytest.raises(DataError, match="At most 29"):
        evaluate_cold_start(train, people(10, 1, first=500), [], given=(30,))


def test_what_a_checkpoint_lacks_ranks_last():
    given = query_sets(people(10, 2), (5,), 7.0, 0)[5].given
    half = FoldInModel(checkpoint(range(1, 51)))
    scores = half.score(given)
    assert np.isneginf(scores[:, 50:]).all()
    assert np.isfinite(scores[:, :50]).all()
    assert (rank_items(half, given, 20) < 50).all()


def test_held_out_ranks_known_people_by_their_own_vectors():
    train = people(40, 3).likes(7)
    rng = np.random.default_rng(0)
    held = rng.random(len(train)) < 0.2
    known, asked = train.where(~held), train.where(held)
    model = checkpoint(range(1, ITEMS + 1), users=range(40))
    own = np.zeros((40, 4), dtype=np.float32)
    own[:, 0] = np.where(np.arange(40) % 2 == 0, 1, -1)
    layers = np.zeros((2, ITEMS, 4), dtype=np.float32)
    layers[:, :, 0] = np.where(np.arange(ITEMS) < ITEMS // 2, 1, -1)
    perfect = replace(model, layers=layers, user_embeddings=own)
    report = evaluate_warm_start(known, asked, [TrainedUsersModel(perfect)]).to_dict()
    figures = report["methods"]
    assert set(figures) == {"lightgcn", "popularity", "item_knn", "ease"}
    assert figures["lightgcn"]["ndcg@20"] > figures["popularity"]["ndcg@20"] + 0.1
    assert report["protocol"]["test_rows_left_out"] == 0
    with pytest.raises(DataError, match="nothing was measured"):
        evaluate_warm_start(known, people(5, 1, first=900), [])


def test_a_checkpoint_without_people_cannot_pretend():
    with pytest.raises(ValueError, match="no people"):
        TrainedUsersModel(checkpoint([1, 2]))
