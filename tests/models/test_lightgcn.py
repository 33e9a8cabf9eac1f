"""LightGCN: equal to PyG, to results computed by hand, and to dense algebra."""

import math

import numpy as np
import pytest
import torch
from torch_geometric.nn.models import LightGCN as PyGLightGCN

from recsys.config import ModelSettings
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.errors import DataError, SettingsError
from recsys.models.graph import Graph
from recsys.models.lightgcn import LightGCN, initial_embeddings
from recsys.models.propagation import layer_embeddings, propagate, propagate_rows


def build(interactions, *, dtype=torch.float64, seed=0, **settings):
    model = ModelSettings(**{"dimension": 8, "layers": 3, **settings})
    graph = Graph.build(
        interactions,
        user_exponent=model.user_exponent,
        item_exponent=model.item_exponent,
        dtype=dtype,
    )
    base = initial_embeddings(interactions, model, seed)
    return LightGCN(graph, model, base)


def pyg_model(model, interactions):
    graph = model.graph
    rows = torch.from_numpy(interactions.rows.astype(np.int64))
    columns = torch.from_numpy(interactions.columns.astype(np.int64)) + graph.users
    edge_index = torch.stack([torch.cat([rows, columns]), torch.cat([columns, rows])])
    reference = PyGLightGCN(graph.nodes, model.settings.dimension, model.settings.layers).double()
    with torch.no_grad():
        reference.embedding.weight.copy_(model.base)
    return reference, edge_index


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_embeddings_and_gradients_equal_pyg(random_interactions, layers, seed):
    interactions = random_interactions(users=15, items=11, seed=seed)
    model = build(interactions, layers=layers, seed=seed)
    reference, edge_index = pyg_model(model, interactions)
    ours, theirs = torch.cat(model()), reference.get_embedding(edge_index)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    direction = torch.randn(ours.shape, dtype=torch.float64)
    (ours * direction).sum().backward()
    (theirs * direction).sum().backward()
    torch.testing.assert_close(model.base.grad, reference.embedding.weight.grad, rtol=0, atol=1e-6)


def test_float32_embeddings_equal_pyg(random_interactions):
    interactions = random_interactions(users=40, items=30)
    model = build(interactions, dtype=torch.float32)
    reference, edge_index = pyg_model(model, interactions)
    torch.testing.assert_close(
        torch.cat(model()), reference.float().get_embedding(edge_index), rtol=0, atol=1e-6
    )


def test_propagation_equals_a_result_computed_by_hand():
    # user 0 likes items a and b, user 1 likes b: d = (2, 1 | 1, 2)
    table = Interactions.from_rows(
        IdMap([0, 1]), IdMap([0, 1]), np.array([0, 0, 1]), np.array([0, 1, 1])
    )
    graph = Graph.build(table, dtype=torch.float64)
    dense = graph.operator().matrix.to_dense()
    half, root = 0.5, 1 / math.sqrt(2)
    expected = torch.tensor(
        [[0, 0, root, half], [0, 0, 0, root], [root, 0, 0, 0], [half, root, 0, 0]],
        dtype=torch.float64,
    )
    torch.testing.assert_close(dense, expected)
    base = torch.tensor([[1.0], [2.0], [4.0], [8.0]], dtype=torch.float64)
    first = torch.tensor([[4 * root + 4], [8 * root], [root], [half + 2 * root]]).double()
    propagated = propagate(base, graph.operator(), (half, half))
    torch.testing.assert_close(propagated, (base + first) / 2, rtol=0, atol=1e-7)


@pytest.mark.parametrize("history_only", [False, True])
def test_backward_of_propagation_passes_gradcheck(random_interactions, history_only):
    graph = Graph.build(random_interactions(users=5, items=4), dtype=torch.float64)
    keep = torch.rand(graph.edge.numel(), generator=torch.Generator().manual_seed(1)) > 0.4
    operator = graph.operator(keep, history_only=history_only)
    base = torch.randn(graph.nodes, 3, dtype=torch.float64, requires_grad=True)
    alpha = (0.4, 0.3, 0.2, 0.1)
    assert torch.autograd.gradcheck(lambda x: propagate(x, operator, alpha, slices=2), (base,))


@pytest.mark.parametrize("dropped", [None, "graph", "history"])
@pytest.mark.parametrize("slices", [1, 3])
@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_propagation_to_rows_equals_those_rows_of_the_full_propagation(
    random_interactions, layers, slices, dropped
):
    alpha = tuple(0.1 * (k + 2) for k in range(layers + 1))
    graph = Graph.build(random_interactions(users=30, items=25), dtype=torch.float64)
    generator = torch.Generator().manual_seed(layers)
    keep = torch.rand(graph.edge.numel(), generator=generator) > 0.4 if dropped else None
    operator = graph.operator(keep, history_only=dropped == "history")
    rows = torch.randperm(graph.nodes, generator=generator)[:11]
    directions = torch.randn(2, 11, 4, generator=generator, dtype=torch.float64)
    base = torch.randn(graph.nodes, 4, generator=generator, dtype=torch.float64)
    for_rows, for_all = base.clone().requires_grad_(), base.clone().requires_grad_()
    partial = propagate_rows(rows, for_rows, operator, alpha, slices=slices)
    full = propagate(for_all, operator, alpha)[rows], for_all[rows]
    assert torch.equal(partial[0], full[0])
    assert torch.equal(partial[1], full[1])
    for pair in (partial, full):
        sum((x * direction).sum() for x, direction in zip(pair, directions, strict=True)).backward()
    torch.testing.assert_close(for_rows.grad, for_all.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("which", [0, 1])
def test_the_gradient_of_the_embeddings_alone_or_of_their_base_alone_is_right(
    random_interactions, which
):
    model = build(random_interactions())
    rows = torch.tensor([7, 2])
    model.embeddings_for(rows)[which].sum().backward()
    gradient, model.base.grad = model.base.grad, None
    (torch.cat(model()), model.base)[which][rows].sum().backward()
    torch.testing.assert_close(gradient, model.base.grad)


def test_dropout_in_the_history_leaves_the_neighbourhoods_of_items_complete(random_interactions):
    graph = Graph.build(random_interactions(users=6, items=5), dtype=torch.float64)
    keep = torch.zeros(graph.edge.numel(), dtype=torch.bool)
    keep[0] = True
    operator = graph.operator(keep, history_only=True)
    dense, full = operator.matrix.to_dense(), graph.operator().matrix.to_dense()
    torch.testing.assert_close(dense[graph.users :], full[graph.users :])
    assert (dense[: graph.users] != 0).sum() == 1
    torch.testing.assert_close(operator.transposed.to_dense(), dense.T)


def test_layers_sum_to_the_embedding_with_any_weights(random_interactions):
    alpha = (0.5, 0.1, 0.3, 0.1)
    model = build(random_interactions(), layer_weights=alpha)
    stack = layer_embeddings(model.base.detach(), model.full, 3)
    expected = torch.einsum("k,knd->nd", torch.tensor(alpha, dtype=torch.float64), stack)
    torch.testing.assert_close(torch.cat(model()), expected)


@pytest.mark.parametrize("slices", [1, 2, 3, 8])
def test_slices_of_the_dimension_change_nothing(random_interactions, slices):
    unsliced = build(random_interactions())
    sliced = build(random_interactions(), slices=slices)
    for model in (unsliced, sliced):
        torch.cat(model()).square().sum().backward()
    torch.testing.assert_close(torch.cat(unsliced()), torch.cat(sliced()), rtol=1e-15, atol=0)
    torch.testing.assert_close(unsliced.base.grad, sliced.base.grad, rtol=1e-15, atol=0)


def test_exponents_normalise_each_side(random_interactions):
    interactions = random_interactions()
    graph = Graph.build(interactions, user_exponent=0.5, item_exponent=0.1, dtype=torch.float64)
    dense = graph.operator().matrix.to_dense()
    u, i = int(interactions.rows[0]), int(interactions.columns[0])
    expected = interactions.user_degrees[u] ** -0.5 * interactions.item_degrees[i] ** -0.1
    assert dense[u, graph.users + i] == pytest.approx(expected)
    torch.testing.assert_close(dense, dense.T)


def test_edge_dropout_keeps_the_expectation(random_interactions):
    model = build(random_interactions(users=20, items=20))
    generator = torch.Generator().manual_seed(0)
    draws = [
        model.with_dropout(0.3, 0.0, generator, history=False).matrix.to_dense() for _ in range(600)
    ]
    mean = torch.stack(draws).mean(dim=0)
    full = model.full.matrix.to_dense()
    torch.testing.assert_close(mean.sum(), full.sum(), rtol=0.02, atol=0)
    assert (mean - full).abs().max() < 0.12


def test_a_dropped_node_loses_all_its_edges(random_interactions):
    model = build(random_interactions(users=30, items=30, density=0.5))
    dense = model.with_dropout(0.0, 0.5, torch.Generator().manual_seed(0), history=False)
    edges_left = (dense.matrix.to_dense() != 0).sum(dim=1)
    edges_before = (model.full.matrix.to_dense() != 0).sum(dim=1)
    assert 15 < (edges_left == 0).sum() < 45
    assert (edges_left <= edges_before).all()


def test_svd_start_is_the_best_low_rank_approximation(random_interactions):
    interactions = random_interactions(users=30, items=25)
    settings = ModelSettings(dimension=6, start="svd", start_scale=1.0)
    base = initial_embeddings(interactions, settings, seed=0).double()
    dense = (
        Graph.build(interactions, dtype=torch.float64)
        .operator()
        .matrix.to_torch_csr()
        .to_dense()[:30, 30:]
    )
    u, s, vt = torch.linalg.svd(dense)
    best = u[:, :6] @ torch.diag(s[:6]) @ vt[:6]
    torch.testing.assert_close(base[:30] @ base[30:].T, best, rtol=0, atol=2e-2)


def test_svd_start_of_too_many_dimensions_is_refused(random_interactions):
    with pytest.raises(SettingsError, match="dimension"):
        initial_embeddings(random_interactions(), ModelSettings(dimension=64, start="svd"), 0)


def test_a_pretrained_start_of_another_shape_is_refused(random_interactions):
    graph = Graph.build(random_interactions())
    with pytest.raises(SettingsError, match="shape"):
        LightGCN(graph, ModelSettings(dimension=4), torch.zeros(3, 4))


def test_a_graph_of_a_million_edges_has_the_right_degrees():
    rng = np.random.default_rng(0)
    table = Interactions.from_ids(rng.integers(0, 9000, 10**6), rng.integers(0, 4000, 10**6))
    graph = Graph.build(table)
    ones = torch.ones(graph.nodes, 1)
    plain = Graph.build(table, user_exponent=0.0, item_exponent=0.0)
    degrees = plain.operator().matrix.multiply(ones)
    torch.testing.assert_close(degrees[:, 0], graph.degrees)


def test_more_edges_than_the_indices_can_count_are_refused(random_interactions, monkeypatch):
    monkeypatch.setattr("recsys.models.graph.MAX_EDGES", 5)
    with pytest.raises(DataError, match=r"cannot be built; the most is 5.*fewer ratings"):
        Graph.build(random_interactions())
