"""A step's loss reads few rows; it and its gradient are those of the whole graph worked through."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.models.graph import Graph
from recsys.models.lightgcn import LightGCN, initial_embeddings
from recsys.models.losses import degree_l2_loss
from recsys.training.objective import Objective, height_weights
from tests.training.test_trainer import BPR, SAMPLED, SOFTMAX, recipe, two_worlds

UNIFORM = {**BPR, "node_dropout": 0.0, "hard_pool": 1}
RECIPES = {"bpr": UNIFORM, "hard": BPR, "softmax": SOFTMAX, "sampled": SAMPLED}


def begun(training):
    train, _ = two_worlds()
    settings = recipe(training, start_scale=1.0)
    base = initial_embeddings(train, settings.model, 0)
    model = LightGCN(Graph.build(train), settings.model, base)
    return train, model, Objective(train, settings.training)


def whole(self, rows, operator=None):
    return torch.cat(self(operator))[rows], self.base[rows]


@pytest.mark.parametrize("name", RECIPES)
def test_reading_few_rows_changes_neither_loss_nor_gradient(monkeypatch, name):
    found = []
    for at in (LightGCN.embeddings_for, whole):
        monkeypatch.setattr(LightGCN, "embeddings_for", at)
        _, model, objective = begun(RECIPES[name])
        loss = objective.loss(model, 3)
        loss.backward()
        found.append((loss.detach(), model.base.grad))
    assert torch.equal(found[0][0], found[1][0])
    assert found[0][1].abs().max() > 1e-3
    torch.testing.assert_close(found[0][1], found[1][1], rtol=0, atol=1e-6)


def test_the_bpr_loss_is_the_published_one_of_the_pairs_drawn():
    train, model, objective = begun({**UNIFORM, "l2": 0.3})
    batch, steps = objective.batch(2), objective.steps_per_epoch
    u, i = train.rows[batch].astype(np.int64), train.columns[batch].astype(np.int64)
    draws = np.random.default_rng([0, 2 // steps, 2 % steps])
    j = objective.sampler.draw(u, draws)[:, 0]
    users, items = model()
    apart = (users[u] * (items[i] - items[j])).sum(dim=1)
    of_users, of_items = model.base[: len(train.users)], model.base[len(train.users) :]
    squares = sum(part.square().sum() for part in (of_users[u], of_items[i], of_items[j]))
    expected = torch.log1p(torch.exp(-apart)).mean() + 0.3 * squares / (2 * batch.size)
    torch.testing.assert_close(objective.loss(model, 2), expected)


def test_a_like_weighs_by_how_far_it_stands_above_the_persons_mean():
    people, ratings = np.array([0, 0, 0, 2, 2, 3]), np.array([7, 8, 9, 10, 10, np.nan], np.float32)
    np.testing.assert_allclose(height_weights(people, ratings, 0.3), [0.7, 1, 1.3, 1, 1, 1])
    np.testing.assert_allclose(height_weights(people, ratings, 1.5)[0], 0)
    np.testing.assert_array_equal(height_weights(people, ratings, 0), 1)
    assert height_weights(people[:0], ratings[:0], 0.3).size == 0


def test_the_softmax_reads_each_like_of_a_batch_with_its_weight():
    train, _ = two_worlds()
    rated = replace(train, ratings=(7 + np.arange(len(train)) % 4).astype(np.float32))
    settings = recipe({**SOFTMAX, "height_weight": 0.3}, start_scale=1.0)
    likes = Objective(rated, settings.training)._likes(np.array([5, 2]))
    of = [rated.user_slice(user) for user in (5, 2)]
    heights = [rated.ratings[rows] for rows in of]
    assert likes.starts.tolist() == [0, heights[0].size, heights[0].size + heights[1].size]
    assert likes.columns.tolist() == [int(c) for rows in of for c in rated.columns[rows]]
    expected = np.concatenate([1 + 0.3 * (one - one.mean()) for one in heights])
    assert expected.std() > 0.1
    np.testing.assert_allclose(likes.values, expected, rtol=1e-5)


def one_user_likes_everything():
    """A table in which user 0 likes every item and the others like the first two."""
    rows = [0] * 6 + [1, 1, 2, 2]
    columns = [*range(6), 0, 1, 0, 1]
    return Interactions.from_rows(
        IdMap(np.arange(3)), IdMap(np.arange(6)), np.array(rows), np.array(columns)
    )


@pytest.mark.parametrize("l2_by_degree", [False, True])
def test_a_batch_without_a_usable_pair_has_loss_zero(l2_by_degree):
    train = one_user_likes_everything()
    training = {**UNIFORM, "batch": 2, "l2": 0.3, "l2_by_degree": l2_by_degree}
    settings = recipe(training, start_scale=1.0)
    base = initial_embeddings(train, settings.model, 0)
    model = LightGCN(Graph.build(train), settings.model, base)
    objective = Objective(train, settings.training)
    steps = range(10 * objective.steps_per_epoch)
    unusable = [step for step in steps if not train.rows[objective.batch(step)].any()]
    assert unusable  # of the 50 batches some hold only likes of user 0
    loss = objective.loss(model, unusable[0])
    loss.backward()
    expected = torch.tensor(0.0)
    if l2_by_degree:
        expected = 0.3 * degree_l2_loss(model.base, model.graph.degrees)
    torch.testing.assert_close(loss.detach(), expected.detach())
    assert torch.isfinite(model.base.grad).all()
    assert bool(model.base.grad.any()) == l2_by_degree
