"""Timeline: the layouts of snapshots, aligned with the final map, and stored."""

import numpy as np
import pytest

from recsys.embedding_map.layouts import procrustes_align
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.embedding_map.timeline import TIMELINE, compute_timeline, load_timeline, save_timeline
from recsys.errors import CheckpointError
from recsys.models.nearest_neighbors import unit_vectors
from recsys.serving.fold_in import ItemFactors
from tests.embedding_map.small_models import EACH, GROUPS, saved
from tests.embedding_map.test_map_io import MISSING, rewritten

pytestmark = pytest.mark.slow  # computes UMAP layouts


def test_each_snapshot_is_measured_against_its_own_neighbours(model, filmed):
    _, checkpoint, finished = model
    assert filmed.steps.tolist() == [10, 20]
    unit = unit_vectors(ItemFactors.from_checkpoint(checkpoint).embeddings)
    judged = layout_quality(unit, finished.neighbors, filmed.layouts[1].points)
    assert np.array_equal(judged.preserved, filmed.layouts[1].preserved)
    assert judged.trustworthiness == filmed.layouts[1].trustworthiness


def test_the_groups_of_a_snapshot_are_aligned_with_those_of_the_final_map(model, filmed):
    _, _, finished = model
    again = filmed.layouts[1].points
    middles = [
        one.reshape(GROUPS, EACH, 2).mean(axis=1) for one in (again, finished.umap_2d.points)
    ]
    apart = np.linalg.norm(middles[0][:, None] - middles[1][None], axis=2)
    assert apart.argmin(axis=1).tolist() == list(range(GROUPS))
    assert procrustes_align(again, finished.umap_2d.points) == pytest.approx(again, abs=1e-3)


def test_a_timeline_is_read_back_equal_and_not_for_another_model(filmed, tmp_path):
    save_timeline(tmp_path, filmed)
    found = load_timeline(tmp_path, filmed.items_sha256)
    assert np.array_equal(found.steps, filmed.steps)
    for ours, theirs in zip(found.layouts, filmed.layouts, strict=True):
        assert np.array_equal(ours.points, theirs.points)
        assert np.array_equal(ours.preserved, theirs.preserved)
        assert ours.trustworthiness == theirs.trustworthiness
    assert load_timeline(tmp_path, "another") is None
    assert load_timeline(tmp_path / "nowhere", filmed.items_sha256) is None
    (tmp_path / TIMELINE).write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"is damaged .*; it was not loaded"):
        load_timeline(tmp_path, filmed.items_sha256)


def test_snapshots_of_other_items_are_refused(model, tmp_path):
    _, _, finished = model
    other = saved(tmp_path / "other", items=100)
    with pytest.raises(CheckpointError, match="has 100 items"):
        compute_timeline([(10, other)], finished)


@pytest.mark.parametrize("name", ["steps", "points", "kept"])
@pytest.mark.parametrize("value", [MISSING, np.zeros((2, 2), np.float32), np.zeros(0, np.int64)])
def test_a_timeline_with_a_missing_or_wrong_array_is_refused(filmed, tmp_path, name, value):
    save_timeline(tmp_path, filmed)
    rewritten(tmp_path / TIMELINE, name, value=value)
    with pytest.raises(CheckpointError, match="is damaged"):
        load_timeline(tmp_path, filmed.items_sha256)


@pytest.mark.parametrize("key", ["format", "items", "figures"])
def test_a_timeline_without_one_of_its_metadata_entries_is_refused(filmed, tmp_path, key):
    save_timeline(tmp_path, filmed)
    rewritten(tmp_path / TIMELINE, "", key=key)
    with pytest.raises(CheckpointError, match="is damaged"):
        load_timeline(tmp_path, filmed.items_sha256)
