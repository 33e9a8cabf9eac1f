"""Dataset preparation: the training edges, and the reasons why a table cannot be learned from."""

import numpy as np
import pytest

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import TrainingError
from recsys.training.dataset_preparation import hold_out_likes, training_likes
from tests.training.test_trainer import BPR, SOFTMAX, recipe


def table(rows):
    """Return a table of (user, item, rating) rows."""
    users, items, ratings = (np.array(column) for column in zip(*rows, strict=True))
    user_ids, item_ids = np.unique(users), np.unique(items)
    return Interactions.from_rows(
        IdMap(user_ids), IdMap(item_ids), np.searchsorted(user_ids, users),
        np.searchsorted(item_ids, items), ratings,
    )  # fmt: skip


NOTHING_TO_COMPARE = {
    "one item": ([(1, 7, 9), (2, 7, 8), (3, 7, 10)], "All likes are of one anime (id 7)"),
    "one user": ([(5, 1, 9), (5, 2, 8), (5, 3, 10)], "All likes are by one user (5)"),
    "one user with a dislike": (
        [(5, 1, 9), (5, 2, 8), (5, 3, 2)],
        "All likes are by one user (5)",
    ),
    "one like": ([(5, 1, 9)], "All likes are of one anime (id 1)"),
    "every user likes every item": (
        [(user, item, 8) for user in (1, 2) for item in (1, 2, 3)],
        "Each of the 2 users likes each of the 3 anime",
    ),
}


@pytest.mark.parametrize("training", [BPR, SOFTMAX], ids=["bpr", "softmax"])
@pytest.mark.parametrize("name", NOTHING_TO_COMPARE)
def test_likes_without_any_negative_are_refused_with_the_reason(name, training):
    rows, reason = NOTHING_TO_COMPARE[name]
    with pytest.raises(TrainingError) as refused:
        training_likes(table(rows), recipe(training))
    message = str(refused.value)
    assert message.startswith(reason)
    assert "nothing was started" in message
    assert "learning rate" not in message
    assert "\n" not in message


def test_a_single_user_with_a_negative_is_enough():
    rows = [(1, 1, 8), (1, 2, 9), (2, 1, 7)]
    likes = training_likes(table(rows), recipe(BPR))
    assert (len(likes.users), len(likes.items), len(likes)) == (2, 2, 3)


def test_a_table_without_likes_is_refused():
    with pytest.raises(TrainingError, match="No rating of 7 or more is left of 2 rows"):
        training_likes(table([(1, 1, 3), (2, 2, 4)]), recipe(BPR))


def test_likes_that_are_too_few_to_hold_out_are_refused():
    likes = training_likes(table([(1, 1, 8), (1, 2, 9), (2, 1, 7)]), recipe(BPR))
    with pytest.raises(TrainingError, match="No user has enough likes to hold out 10%"):
        hold_out_likes(likes, 0.1, recipe(BPR))
