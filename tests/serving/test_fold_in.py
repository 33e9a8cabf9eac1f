"""Fold-in is the trained model's own equation; shares sum to the score."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recsys.config import ModelSettings, ServingSettings, Settings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.model.checkpoint import Checkpoint
from recsys.model.graph import Graph
from recsys.model.lightgcn import LightGCN, starting_embeddings
from recsys.serving.fold_in import (
    ItemSide,
    direct_weight,
    fold_in,
    people_scores,
    popularity_weight,
    shares,
    taste,
)

WEIGHTS = (-1.0, -0.8, -0.5, -0.2, 0.0, 0.3, 0.7, 1.0, 1.3, 1.6)


def scores(side, person, extra=0.0):
    return taste(side, person) + (person.prior + extra) * side.log_degree


def made_side(items=40, d=8, layers=2, seed=0, **serving):
    rng = np.random.default_rng(seed)
    checkpoint = Checkpoint(
        IdMap(np.arange(1, items + 1)),
        rng.normal(size=(layers + 1, items, d)).astype(np.float32),
        rng.integers(1, 500, items),
        Settings(
            model=ModelSettings(dimension=d, layers=layers), serving=ServingSettings(**serving)
        ),
        {},
    )
    return ItemSide.of(checkpoint)


@pytest.mark.parametrize(
    "model",
    [
        {"layers": 1},
        {"layers": 3},
        {"layers": 3, "layer_weights": (0.1, 0.4, 0.3, 0.2)},
        {"layers": 2, "user_exponent": 0.4, "item_exponent": 0.1},
    ],
)
def test_every_training_user_folded_in_equals_the_trained_embedding(random_interactions, model):
    interactions = random_interactions(users=60, items=45, density=0.15)
    settings = Settings(
        model=ModelSettings(dimension=16, **model),
        serving=ServingSettings(item_exponent=model.get("item_exponent", 0.5)),
    )
    graph = Graph.build(
        interactions,
        user_exponent=settings.model.user_exponent,
        item_exponent=settings.model.item_exponent,
    )
    net = LightGCN(graph, settings.model, starting_embeddings(interactions, settings.model, 0))
    trained = net()[0].detach().numpy()
    own = settings.model.alpha[0] * net.base.detach().numpy()[:60]
    side = ItemSide.of(
        Checkpoint(
            interactions.items,
            net.item_layers().numpy(),
            interactions.item_degrees,
            settings,
            {},
        )
    )
    for user in range(60):
        part = interactions.of(user)
        rows = interactions.columns[part].astype(np.int64)
        person = fold_in(side, rows, np.full(rows.size, np.nan))
        np.testing.assert_allclose(person.vector + own[user], trained[user], rtol=0, atol=2e-7)


@given(
    st.lists(st.integers(0, 39), unique=True, max_size=15),
    st.integers(0, 10**6),
    st.floats(-1, 1),
    st.floats(0, 2),
)
def test_shares_sum_to_the_score_that_ranks(rated, seed, familiar, prior):
    rng = np.random.default_rng(seed)
    side = made_side(
        rating_weights=WEIGHTS, prior_strength=prior, item_exponent=0.2, direct_low=0.3,
        direct_high=1.7,
    )  # fmt: skip
    rows = np.array(rated, dtype=np.int64)
    person = fold_in(side, rows, rng.integers(1, 11, rows.size))
    ranked = scores(side, person, familiar)
    shown = rng.integers(0, 40, 6)
    terms, popularity = shares(side, person, shown, person.prior + familiar)
    np.testing.assert_allclose(terms.sum(axis=1) + popularity, ranked[shown], rtol=1e-4, atol=1e-4)


def test_a_dislike_lowers_what_a_like_raises():
    side = made_side(rating_weights=WEIGHTS)
    row = np.array([3])
    liked, disliked = (scores(side, fold_in(side, row, np.array([r]))) for r in (10, 1))
    np.testing.assert_allclose(disliked, liked * (-1.0 / 1.6), rtol=1e-5, atol=1e-6)


def test_removing_a_rating_is_one_subtraction_and_a_rescaling():
    side = made_side(rating_weights=WEIGHTS)
    rows, ratings = np.array([1, 5, 9]), np.array([8, 10, 3])
    whole, fewer = fold_in(side, rows, ratings), fold_in(side, rows[:2], ratings[:2])
    by_hand = (whole.vector - whole.weights[2] * side.sources[9]) * np.sqrt(3 / 2)
    np.testing.assert_allclose(fewer.vector, by_hand, rtol=1e-5, atol=1e-6)


def test_nobody_rated_nothing_gets_the_popularity_list():
    side = made_side(prior_strength=0.5)
    person = fold_in(side, np.array([], dtype=np.int64), np.array([]))
    np.testing.assert_allclose(scores(side, person), 0.5 * side.log_degree, rtol=1e-6)


def test_the_prior_halves_where_the_settings_say():
    settings = ServingSettings(prior_strength=0.6, prior_halfway=5, prior_fall=3)
    assert popularity_weight(settings, 0) == pytest.approx(0.6)
    assert popularity_weight(settings, 5) == pytest.approx(0.3)
    assert popularity_weight(settings, 50) < 0.001


def test_an_animes_own_layer_weighs_more_the_more_is_known():
    exact, leaning = made_side(), made_side(direct_low=0.5, direct_high=2.0, direct_halfway=4)
    assert [direct_weight(leaning.settings, n) for n in (0, 4, 12)] == [0.5, 1.25, 1.625]
    assert direct_weight(exact.settings, 7) == 1
    rows, ratings = np.array([1, 5, 9, 20]), np.full(4, np.nan)
    plain, leant = (scores(side, fold_in(side, rows, ratings)) for side in (exact, leaning))
    own_layer = exact.targets[:, :8] @ fold_in(exact, rows, ratings).vector
    np.testing.assert_allclose(leant, plain + 0.25 * own_layer, rtol=1e-4, atol=1e-5)


def test_many_people_at_once_get_the_scores_of_one_at_a_time():
    side = made_side(rating_weights=WEIGHTS, prior_strength=0.3, direct_low=0.5, direct_high=2.0)
    rows, columns = np.array([0, 0, 2, 2, 2]), np.array([4, 7, 0, 1, 39])
    ratings = np.array([10, 2, 7, 7, 9])
    given_ = Interactions.from_rows(IdMap([10, 11, 12]), side.anime, rows, columns, ratings)
    together = people_scores(side, given_)
    for person in range(3):
        part = given_.of(person)
        alone = fold_in(side, given_.columns[part].astype(np.int64), given_.ratings[part])
        np.testing.assert_allclose(together[person], scores(side, alone), rtol=1e-4, atol=1e-5)


def test_torch_tensors_give_the_numbers_of_numpy():
    side = made_side(rating_weights=WEIGHTS, prior_strength=0.3, direct_low=0.5)
    on_torch = ItemSide(
        side.anime,
        torch.from_numpy(side.sources),
        torch.from_numpy(side.targets),
        torch.from_numpy(side.log_degree),
        side.user_exponent,
        side.settings,
    )
    rows, ratings, shown = np.array([1, 2, 3]), np.array([9, 1, 7]), np.array([8, 30])
    here, there = (fold_in(s, rows, ratings) for s in (side, on_torch))
    np.testing.assert_allclose(taste(on_torch, there), taste(side, here), rtol=1e-5, atol=1e-5)
    for a, b in zip(
        shares(side, here, shown, 0.3), shares(on_torch, there, shown, 0.3), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
