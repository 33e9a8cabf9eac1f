"""Layouts, quality measures and clusters against oracles."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from recsys.embedding_map.clustering import cluster_items, smoothness
from recsys.embedding_map.layouts import principal_components, procrustes_align
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from tests.embedding_map.small_models import EACH, D, grouped


def test_nearest_neighbours_equal_those_of_scikit_learn():
    vectors = grouped()
    found, cosines = cosine_neighbors(unit_vectors(vectors), 7)
    oracle = NearestNeighbors(n_neighbors=7, metric="cosine").fit(vectors)
    distances, expected = oracle.kneighbors()
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(1 - cosines, distances, atol=1e-5)


def test_trustworthiness_and_continuity_equal_those_of_scikit_learn():
    vectors = unit_vectors(grouped())
    true, _ = cosine_neighbors(vectors, 15)
    picture = np.random.default_rng(1).normal(size=(len(vectors), 2)).astype(np.float32)
    picture += 2 * vectors[:, :2]
    layout = layout_quality(vectors, true, picture)
    assert layout.trustworthiness == pytest.approx(
        trustworthiness(vectors, picture, n_neighbors=15), abs=1e-5
    )
    assert layout.continuity == pytest.approx(
        trustworthiness(picture, vectors, n_neighbors=15), abs=1e-5
    )
    assert 0.5 < layout.trustworthiness < 0.95


def test_a_layout_equal_to_the_space_preserves_all_neighbours():
    angles = np.sort(np.random.default_rng(2).uniform(0, np.pi / 2, 90))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    true, _ = cosine_neighbors(circle, 15)
    layout = layout_quality(circle, true, circle)
    assert (layout.preserved == 15).all()
    assert (layout.trustworthiness, layout.continuity) == (1.0, 1.0)


def test_only_the_measured_columns_of_a_layout_count():
    vectors = unit_vectors(grouped())
    true, _ = cosine_neighbors(vectors, 15)
    points, _ = principal_components(vectors, 3)
    two = layout_quality(vectors, true, points, points[:, :2])
    assert two.points.shape[1] == 3
    np.testing.assert_array_equal(
        two.preserved, layout_quality(vectors, true, points[:, :2].copy()).preserved
    )


def test_principal_components_equal_those_of_scikit_learn_up_to_the_sign():
    vectors = grouped()
    points, shares = principal_components(vectors, 3)
    oracle = PCA(3).fit(vectors)
    np.testing.assert_allclose(np.abs(points), np.abs(oracle.transform(vectors)), atol=1e-4)
    np.testing.assert_allclose(shares, oracle.explained_variance_ratio_, atol=1e-5)


def test_procrustes_undoes_rotation_reflection_scale_and_shift():
    model = np.random.default_rng(4).normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[0.6, 0.8], [0.8, -0.6]], dtype=np.float32)
    moved = (3 * model @ turn + np.array([5, -7])).astype(np.float32)
    np.testing.assert_allclose(procrustes_align(moved, model), model, atol=1e-4)


def test_clusters_are_the_groups_numbered_by_size():
    found = cluster_items(unit_vectors(grouped(noise=0.1)[: 3 * EACH + 20]), seed=0)
    groups = [found[start : start + EACH] for start in range(0, len(found), EACH)]
    assert all(len(set(group)) == 1 for group in groups)
    assert groups[3][0] == 3


def test_effective_rank_and_mean_cosine_of_known_spaces():
    rng = np.random.default_rng(5)
    axes = np.eye(D, dtype=np.float32).repeat(40, axis=0)
    assert smoothness(axes, 0).effective_rank == pytest.approx(D, abs=1e-3)
    singular = np.array([8.0, 4, 2, 1])
    p = singular / singular.sum()
    uneven = np.diag(singular).astype(np.float32)
    assert smoothness(uneven, 0).effective_rank == pytest.approx(
        np.exp(-(p * np.log(p)).sum()), abs=1e-3
    )
    line = (rng.uniform(1, 2, (300, 1)) * rng.normal(size=(1, D))).astype(np.float32)
    assert smoothness(line, 0).effective_rank == pytest.approx(1, abs=1e-2)
    assert smoothness(line, 0).mean_cosine == pytest.approx(1, abs=1e-5)
    assert abs(smoothness(rng.normal(size=(300, 64)).astype(np.float32), 0).mean_cosine) < 0.01
