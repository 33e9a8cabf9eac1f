"""FastRP: equal to dense matrix algebra, and items with the same users are near each other."""

import numpy as np
import pytest
from sklearn.random_projection import SparseRandomProjection

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.models.fastrp import fastrp


@pytest.mark.parametrize("weights", [(1.0,), (0.0, 1.0), (0.5, 0.0, 2.0)])
@pytest.mark.parametrize("beta", [-0.5, 0.0, 0.3])
def test_the_embedding_is_the_sum_of_normalised_powers_of_the_transition_matrix(
    random_interactions, weights, beta
):
    """Algorithm 1 of the paper, with a dense adjacency matrix."""
    likes = random_interactions(users=9, items=7, ratings=False)
    users = 9
    matrix = likes.to_scipy().toarray()
    adjacency = np.block([[np.zeros((9, 9)), matrix], [matrix.T, np.zeros((7, 7))]])
    degrees = adjacency.sum(axis=1)
    projection = SparseRandomProjection(6, random_state=4).fit(np.zeros((1, 16)))
    random = projection.components_.T.toarray()
    hop = (degrees / degrees.sum())[:, None] ** beta * random
    expected = np.zeros((7, 6))
    for weight in weights:
        hop = adjacency @ hop / degrees[:, None]
        items = hop[users:]
        norms = np.linalg.norm(items, axis=1, keepdims=True)
        expected += weight * items / np.where(norms > 0, norms, 1)
    embeddings = fastrp(likes, dimension=6, weights=weights, beta=beta, seed=4)
    assert embeddings == pytest.approx(expected, abs=1e-5)


def test_items_that_the_same_users_like_are_near_and_others_far():
    rng = np.random.default_rng(0)
    group = np.arange(200) % 2
    table = rng.random((200, 30)) < np.where((np.arange(30) < 15) == (group[:, None] == 0), 0.8, 0)
    rows, columns = np.nonzero(table)
    likes = Interactions.from_rows(IdMap(np.arange(200)), IdMap(np.arange(30)), rows, columns)
    vectors = fastrp(likes, dimension=64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    assert cosines[:15, :15].mean() > cosines[:15, 15:].mean() + 0.5
    assert np.array_equal(vectors, fastrp(likes, dimension=64))
    assert not np.array_equal(vectors, fastrp(likes, dimension=64, seed=1))


def test_an_item_without_likes_has_the_zero_vector():
    likes = Interactions.from_rows(
        IdMap([0, 1]), IdMap([0, 1, 2]), np.array([0, 1, 1]), np.array([0, 0, 1])
    )
    assert (fastrp(likes, dimension=8)[2] == 0).all()
