"""A step's loss reads few rows; it and its gradient are those of the whole graph worked through."""

import numpy as np
import pytest
import torch

from recsys.model.graph import Graph
from recsys.model.lightgcn import LightGCN, starting_embeddings
from recsys.training.objective import Objective
from tests.training.test_trainer import BPR, SAMPLED, SOFTMAX, recipe, two_worlds

UNIFORM = {**BPR, "node_dropout": 0.0, "hard_pool": 1}
RECIPES = {"bpr": UNIFORM, "hard": BPR, "softmax": SOFTMAX, "sampled": SAMPLED}


def begun(training):
    train, _ = two_worlds()
    settings = recipe(training, start_scale=1.0)
    base = starting_embeddings(train, settings.model, 0)
    model = LightGCN(Graph.build(train), settings.model, base)
    return train, model, Objective(train, settings.training)


def whole(self, rows, operator=None):
    return torch.cat(self(operator))[rows], self.base[rows]


@pytest.mark.parametrize("name", RECIPES)
def test_reading_few_rows_changes_neither_loss_nor_gradient(monkeypatch, name):
    found = []
    for at in (LightGCN.at, whole):
        monkeypatch.setattr(LightGCN, "at", at)
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
