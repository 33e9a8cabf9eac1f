"""What a training hands over: a checkpoint that folds its own people in as it knows them."""

from dataclasses import fields

import numpy as np
import pytest

from recsys.data.interactions import Interactions
from recsys.models.checkpoint import load_checkpoint, save_checkpoint
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.serving.fold_in import ItemFactors, fold_in_users
from recsys.training import events
from recsys.training.pipeline import TrainingPipeline
from tests.training.test_trainer import SOFTMAX, recipe, two_worlds


@pytest.fixture(scope="module")
def fit():
    train, _ = two_worlds()
    done = TrainingPipeline(train, recipe(SOFTMAX))
    list(done.run())
    return done


def test_the_estimator_is_of_the_people_that_were_trained(fit):
    whole = fit.checkpoint()
    e = ItemFactors.from_checkpoint(whole).embeddings
    expected = UserEmbeddingEstimator.fit(e, whole.user_embeddings, fit.trainer.interactions)
    for part in ("eigenvalues", "mean_liked_item", "mean_user"):  # V and VᵀB are so but for signs
        ours, theirs = (getattr(one, part) for one in (whole.estimator, expected))
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    # the average of two worlds knows nobody: their own likes tell people apart
    likes = fit.trainer.interactions
    known = fold_in_users(ItemFactors.from_checkpoint(whole), likes)
    trained = whole.user_embeddings
    error, spread = (np.square(trained - one).sum() for one in (known, trained.mean(axis=0)))
    assert error < 0.2 * spread


def test_what_is_measured_is_what_is_read_back(fit, tmp_path):
    half = fit.checkpoint(items_only=True, half=True)
    save_checkpoint(tmp_path / "half", half)
    read = load_checkpoint(tmp_path / "half")
    for part in fields(UserEmbeddingEstimator):
        np.testing.assert_array_equal(
            getattr(read.estimator, part.name), getattr(half.estimator, part.name)
        )


def test_where_nothing_can_be_held_out_all_likes_are_trained_on_and_the_log_says_so(caplog):
    rows = [(user, item) for user in range(6) for item in (user % 3, 3)]
    users, items = zip(*rows, strict=True)
    ratings = Interactions.from_ids(np.array(users), np.array(items), np.full(len(rows), 9.0))
    pipeline = TrainingPipeline(ratings, recipe(SOFTMAX), 0.1)
    happened = list(pipeline.run())
    assert isinstance(happened[-1], events.Finished)
    assert pipeline.part == "final"
    assert pipeline.checkpoint().card["training"]["validation"] is None
    assert "No user has enough likes to hold out 10% of them" in caplog.text
