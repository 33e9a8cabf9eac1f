"""Losses: right sign and value, equal to PyG and to explicit sums."""

import math

import pytest
import torch
from torch_geometric.nn.models.lightgcn import BPRLoss

from recsys.models.losses import bpr_loss, degree_l2_loss, l2_loss


def test_bpr_has_the_right_sign():
    differences = torch.tensor([0.0, 1.0, 5.0, 50.0])
    losses = [bpr_loss(score[None], torch.zeros(1)).item() for score in differences]
    assert losses[0] == pytest.approx(math.log(2))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(0, abs=1e-12)
    assert bpr_loss(torch.zeros(1), torch.tensor([50.0])).item() == pytest.approx(50)


def test_bpr_with_l2_equals_pyg():
    torch.manual_seed(0)
    base = torch.randn(10, 4, dtype=torch.float64)
    u, i, j = torch.tensor([0, 1, 2]), torch.tensor([4, 5, 6]), torch.tensor([7, 8, 9])
    positive, negative = (base[u] * base[i]).sum(1), (base[u] * base[j]).sum(1)
    theirs = BPRLoss(0.01)(positive, negative, base[torch.cat([u, i, j])])
    # PyG divides the squares by the number of pairs too, but does not halve them
    ours = bpr_loss(positive, negative) + 0.02 * l2_loss(base[u], base[i], base[j])
    torch.testing.assert_close(ours, theirs)


def test_l2_is_half_the_squares_per_pair():
    assert l2_loss(torch.tensor([[3.0, 4.0]]), torch.tensor([[1.0, 0.0]])).item() == pytest.approx(
        13
    )


def test_degree_l2_is_the_mean_of_l2_over_all_edges():
    # edges (0, a), (0, b), (1, b): nodes 0, 1, a, b have degrees 2, 1, 1, 2
    base = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    edges = [(0, 2), (0, 3), (1, 3)]
    mean = sum(l2_loss(base[[u]], base[[i]]) for u, i in edges) / 3
    assert degree_l2_loss(base, torch.tensor([2.0, 1, 1, 2])).item() == pytest.approx(mean.item())
