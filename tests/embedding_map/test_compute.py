"""Computation of a map: separated groups, equal bits for equal seeds, and the FastRP comparison."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.embedding_map import compute_map
from recsys.embedding_map.layouts import procrustes_align
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.errors import CheckpointError
from recsys.models.fastrp import fastrp
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from tests.embedding_map.small_models import EACH, GROUPS, halves, saved

pytestmark = pytest.mark.slow  # computes UMAP layouts


def test_a_map_separates_the_groups_and_its_layers_are_aligned_with_it(model):
    _, checkpoint, found = model
    assert len(found) == len(checkpoint.items)
    assert [one.points.shape[1] for one in (found.umap_2d, found.umap_3d, found.pca)] == [2, 3, 3]
    assert len(found.layers) == 2
    assert len(found.smoothness) == 3
    assert found.umap_2d.trustworthiness > 0.85
    middles = found.umap_2d.points.reshape(GROUPS, EACH, 2).mean(axis=1)
    apart = np.linalg.norm(middles[:, None] - middles[None], axis=2)[~np.eye(GROUPS, dtype=bool)]
    spread = found.umap_2d.points.reshape(GROUPS, EACH, 2).std(axis=1).max()
    assert apart.min() > spread
    for layer in found.layers:
        again = procrustes_align(layer.points, found.umap_2d.points)
        np.testing.assert_allclose(layer.points, again, atol=1e-3)


def test_equal_seeds_give_equal_bits_and_other_seeds_do_not(model):
    _, checkpoint, found = model
    again, other = compute_map(checkpoint, seed=3), compute_map(checkpoint, seed=4)
    for name in ("umap_2d", "umap_3d", "pca"):
        assert getattr(again, name).points.tobytes() == getattr(found, name).points.tobytes()
    assert again.layers[1].points.tobytes() == found.layers[1].points.tobytes()
    assert again.cluster.tobytes() == found.cluster.tobytes()
    assert other.umap_2d.points.tobytes() != found.umap_2d.points.tobytes()


def test_a_model_that_is_too_small_or_was_not_saved_has_no_map(tmp_path):
    few = saved(tmp_path / "few", items=30)
    with pytest.raises(CheckpointError, match="a map needs at least 60 items"):
        compute_map(few)
    with pytest.raises(CheckpointError, match="was not saved yet"):
        compute_map(replace(saved(tmp_path / "enough"), card={"name": "new"}))


def test_fastrp_is_aligned_with_the_map_and_measured_against_its_own_neighbours(model, compared):
    _, checkpoint, alone = model
    comparison = compared.fastrp
    space = unit_vectors(fastrp(halves().with_items(checkpoint.items), seed=3))
    own, _ = cosine_neighbors(space, 15)
    assert np.array_equal(comparison.neighbors, own)
    judged = layout_quality(space, own, comparison.layout.points)
    assert np.array_equal(judged.preserved, comparison.layout.preserved)
    same = [len(set(a) & set(b)) for a, b in zip(own, alone.neighbors, strict=True)]
    assert comparison.shared_neighbors == pytest.approx(np.mean(same) / 15, abs=1e-4)
    assert np.array_equal(compared.umap_2d.points, alone.umap_2d.points)
    assert alone.fastrp is None
