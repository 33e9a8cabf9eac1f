"""Softmax loss: value and gradients equal an explicit sum; it can be differentiated once."""

import pytest
import torch

from recsys.models.softmax_loss import softmax_loss
from recsys.models.sparse_matrix import SparseMatrix

LIKES = [[0, 3], [1], [2, 4, 5]]
EQUAL = [[1.0, 1.0], [1.0], [1.0, 1.0, 1.0]]


def matrix(likes, items, weights=None):
    starts = torch.tensor([0] + [len(liked) for liked in likes]).cumsum(0).int()
    columns = torch.tensor([i for liked in likes for i in liked], dtype=torch.int32)
    ones = [[1.0] * len(liked) for liked in likes]
    values = torch.tensor([a for of_liked in weights or ones for a in of_liked])
    return SparseMatrix(starts, columns, values, items)


def explicit_sum(users, items, likes, weights, h, drawn=None):
    """Return the loss term by term, in differentiable operations of torch."""
    scores = users @ items.T
    total = weight = 0.0
    for user, (liked, of_liked) in enumerate(zip(likes, weights, strict=True)):
        w = max(sum(of_liked), 1) ** -h
        if drawn is None:
            z = scores[user].exp().sum()
        else:
            others = items.shape[0] / len(drawn) * scores[user, drawn].exp().sum()
            z = scores[user, liked].exp().sum() + others
        terms = (z.log() - scores[user, i] for i in liked)
        total = total + w * sum(a * term for a, term in zip(of_liked, terms, strict=True))
        weight += w * sum(of_liked)
    return total / weight


def embeddings(seed, users=3, items=6, d=4):
    draw = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(n, d, dtype=torch.float64, generator=draw).requires_grad_()
        for n in (users, items)
    )


@pytest.mark.parametrize("h", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("drawn", [None, [0, 3, 5], [1]])
@pytest.mark.parametrize("weights", [EQUAL, [[1.5, 0.5], [2.0], [0.25, 1.0, 2.5]]])
def test_value_and_gradients_equal_the_explicit_sum(h, drawn, weights):
    ours, theirs = embeddings(1), embeddings(1)
    sample = None if drawn is None else torch.tensor(drawn)
    value = softmax_loss(*ours, matrix(LIKES, 6, weights), sample, h)
    expected = explicit_sum(*theirs, LIKES, weights, h, drawn)
    torch.testing.assert_close(value, expected)
    value.backward()
    expected.backward()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def test_a_user_without_likes_changes_nothing():
    users, items = embeddings(2, users=4)
    with_empty_user = softmax_loss(users, items, matrix([*LIKES, []], 6))
    torch.testing.assert_close(with_empty_user, softmax_loss(users[:3], items, matrix(LIKES, 6)))
    with_empty_user.backward()
    assert (users.grad[3] == 0).all()


def test_large_scores_stay_finite():
    users, items = torch.full((1, 1), 300.0), torch.tensor([[1.0], [0.5], [-1.0]])
    assert softmax_loss(
        users, items, matrix([[0]], 3), torch.tensor([1, 2])
    ).item() == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(softmax_loss(users, items, matrix([[2]], 3), torch.tensor([0])))


@pytest.mark.parametrize("drawn", [None, torch.tensor([0, 3, 5])])
def test_a_second_backward_is_refused(drawn):
    """The first one overwrites the scores, so a second one would give other gradients."""
    ours = embeddings(1)
    loss = softmax_loss(*ours, matrix(LIKES, 6), drawn)
    loss.backward(retain_graph=True)
    first = [x.grad.clone() for x in ours]
    with pytest.raises(RuntimeError, match=r"differentiated once only.*Compute the loss again"):
        loss.backward()
    for x, gradient in zip(ours, first, strict=True):
        assert torch.equal(x.grad, gradient)


def test_a_gradient_of_the_gradient_is_refused():
    users, items = embeddings(1)
    loss = softmax_loss(users, items, matrix(LIKES, 6))
    [gradient] = torch.autograd.grad(loss, users, create_graph=True)
    with pytest.raises(RuntimeError, match="does not require grad"):
        gradient.sum().backward()
