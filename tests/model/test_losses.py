"""Losses: the right sign, the right value, the same as PyG and as the sums written out."""

import math

import pytest
import torch
from torch_geometric.nn.models.lightgcn import BPRLoss

from recsys.model.losses import bpr, degree_l2, full_softmax, l2, sampled_softmax


def test_bpr_has_the_right_sign():
    apart = torch.tensor([0.0, 1.0, 5.0, 50.0])
    losses = [bpr(height[None], torch.zeros(1)).item() for height in apart]
    assert losses[0] == pytest.approx(math.log(2))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(0, abs=1e-12)
    assert bpr(torch.zeros(1), torch.tensor([50.0])).item() == pytest.approx(50)


def test_bpr_with_l2_equals_pyg():
    torch.manual_seed(0)
    base = torch.randn(10, 4, dtype=torch.float64)
    u, i, j = torch.tensor([0, 1, 2]), torch.tensor([4, 5, 6]), torch.tensor([7, 8, 9])
    positive, negative = (base[u] * base[i]).sum(1), (base[u] * base[j]).sum(1)
    whole = base[torch.cat([u, i, j])]
    theirs = BPRLoss(0.01)(positive, negative, whole)
    # PyG divides the squares by the number of pairs, as we do, and does not halve them
    ours = bpr(positive, negative) + 0.02 * l2(base[u], base[i], base[j])
    torch.testing.assert_close(ours, theirs)


def test_l2_is_half_the_squares_per_pair():
    assert l2(torch.tensor([[3.0, 4.0]]), torch.tensor([[1.0, 0.0]])).item() == pytest.approx(13)


def test_degree_l2_is_the_mean_of_l2_over_all_edges():
    # edges (0, a), (0, b), (1, b): nodes 0, 1, a, b have degrees 2, 1, 1, 2
    base = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    edges = [(0, 2), (0, 3), (1, 3)]
    mean = sum(l2(base[[u]], base[[i]]) for u, i in edges) / 3
    assert degree_l2(base, torch.tensor([2.0, 1, 1, 2])).item() == pytest.approx(mean.item())


def written_out(scores, likes, h):
    total = weight = 0.0
    for user, liked in enumerate(likes):
        w = max(len(liked), 1) ** -h
        log_z = torch.logsumexp(scores[user], 0)
        total += w * sum(float(log_z - scores[user, i]) for i in liked)
        weight += w * len(liked)
    return total / weight


@pytest.mark.parametrize("h", [0.0, 0.5, 1.0])
def test_full_softmax_equals_the_sum_written_out(h):
    torch.manual_seed(1)
    users, items = torch.randn(3, 4).double(), torch.randn(6, 4).double()
    likes = [[0, 3], [1], [2, 4, 5]]
    rows = torch.tensor([u for u, liked in enumerate(likes) for _ in liked])
    columns = torch.tensor([i for liked in likes for i in liked])
    value = full_softmax(users, items, rows, columns, h).item()
    assert value == pytest.approx(written_out(users @ items.T, likes, h))


def test_sampled_softmax_estimates_the_normaliser_with_the_likes_always_in_it():
    torch.manual_seed(2)
    users, items = torch.randn(2, 3).double(), torch.randn(7, 3).double()
    rows, columns, drawn = torch.tensor([0, 0, 1]), torch.tensor([1, 2, 6]), torch.tensor([0, 3, 5])
    s = users @ items.T
    z0 = s[0, [1, 2]].exp().sum() + 7 / 3 * s[0, drawn].exp().sum()
    z1 = s[1, [6]].exp().sum() + 7 / 3 * s[1, drawn].exp().sum()
    expected = (2 * z0.log() - s[0, 1] - s[0, 2] + z1.log() - s[1, 6]) / 3
    torch.testing.assert_close(sampled_softmax(users, items, rows, columns, drawn), expected)


def test_sampled_softmax_survives_large_scores():
    users, items = torch.full((1, 1), 300.0), torch.tensor([[1.0], [0.5], [-1.0]])
    one = torch.tensor([0])
    value = sampled_softmax(users, items, one, one, torch.tensor([1, 2]))
    assert value.item() == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(sampled_softmax(users, items, one, torch.tensor([2]), torch.tensor([0])))
