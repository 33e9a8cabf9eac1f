"""Embedding map: quality measures against oracles, reproducible bits, and validated files."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from recsys.config import ModelSettings, Settings
from recsys.data.catalogue import Catalogue
from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.embedding_map import compute_map, load_map, save_map
from recsys.embedding_map import io as map_io
from recsys.embedding_map.clustering import cluster_items, smoothness
from recsys.embedding_map.genre_probe import MIN_TITLES, genre_f1, genre_table, majority_f1
from recsys.embedding_map.layouts import principal_components, procrustes_align
from recsys.embedding_map.neighborhood_metrics import layout_quality
from recsys.embedding_map.timeline import TIMELINE, compute_timeline, load_timeline, save_timeline
from recsys.errors import CheckpointError
from recsys.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from recsys.models.fastrp import fastrp
from recsys.models.nearest_neighbors import cosine_neighbors, unit_vectors
from recsys.paths import catalogue_path
from recsys.serving.fold_in import ItemFactors
from tests.estimators import made_estimator

pytestmark = pytest.mark.slow  # computes UMAP layouts

GROUPS, EACH, D = 4, 60, 8


def grouped(seed=0, noise=0.25):
    """Vectors around four directions that stand at right angles to each other."""
    rng = np.random.default_rng(seed)
    middles = np.eye(D)[:GROUPS].repeat(EACH, axis=0)
    return (middles + noise * rng.normal(size=middles.shape)).astype(np.float32)


def saved(folder, seed=0, items=GROUPS * EACH):
    layers = np.stack([grouped(seed)[:items], grouped(seed + 1)[:items]])
    save_checkpoint(
        folder,
        Checkpoint(
            IdMap(np.arange(1, items + 1)),
            layers,
            np.ones(items, dtype=np.int64),
            made_estimator(D),
            Settings(model=ModelSettings(dimension=D, layers=1)),
            {"name": "grouped"},
        ),
    )
    return load_checkpoint(folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "grouped"
    checkpoint = saved(folder)
    return folder, checkpoint, compute_map(checkpoint, seed=3)


def test_true_neighbours_are_those_of_scikit_learn():
    vectors = grouped()
    found, cosines = cosine_neighbors(unit_vectors(vectors), 7)
    oracle = NearestNeighbors(n_neighbors=7, metric="cosine").fit(vectors)
    distances, expected = oracle.kneighbors()
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(1 - cosines, distances, atol=1e-5)


def test_trustworthiness_and_continuity_are_those_of_scikit_learn():
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


def test_a_picture_that_is_the_space_itself_keeps_everything():
    angles = np.sort(np.random.default_rng(2).uniform(0, np.pi / 2, 90))
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    true, _ = cosine_neighbors(circle, 15)
    layout = layout_quality(circle, true, circle)
    assert (layout.preserved == 15).all()
    assert (layout.trustworthiness, layout.continuity) == (1.0, 1.0)


def test_only_the_judged_part_of_a_picture_counts():
    vectors = unit_vectors(grouped())
    true, _ = cosine_neighbors(vectors, 15)
    points, _ = principal_components(vectors, 3)
    two = layout_quality(vectors, true, points, points[:, :2])
    assert two.points.shape[1] == 3
    np.testing.assert_array_equal(
        two.preserved, layout_quality(vectors, true, points[:, :2].copy()).preserved
    )


def test_principal_components_are_those_of_scikit_learn_but_for_the_sign():
    vectors = grouped()
    points, shares = principal_components(vectors, 3)
    oracle = PCA(3).fit(vectors)
    np.testing.assert_allclose(np.abs(points), np.abs(oracle.transform(vectors)), atol=1e-4)
    np.testing.assert_allclose(shares, oracle.explained_variance_ratio_, atol=1e-5)


def test_a_turned_mirrored_scaled_and_moved_picture_comes_back_to_its_place():
    model = np.random.default_rng(4).normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[0.6, 0.8], [0.8, -0.6]], dtype=np.float32)
    moved = (3 * model @ turn + np.array([5, -7])).astype(np.float32)
    np.testing.assert_allclose(procrustes_align(moved, model), model, atol=1e-4)


def test_clusters_find_the_groups_and_number_the_largest_first():
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


def test_a_map_keeps_groups_together_and_its_layers_lie_over_it(model):
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


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(model):
    _, checkpoint, found = model
    again, other = compute_map(checkpoint, seed=3), compute_map(checkpoint, seed=4)
    for name in ("umap_2d", "umap_3d", "pca"):
        assert getattr(again, name).points.tobytes() == getattr(found, name).points.tobytes()
    assert again.layers[1].points.tobytes() == found.layers[1].points.tobytes()
    assert again.cluster.tobytes() == found.cluster.tobytes()
    assert other.umap_2d.points.tobytes() != found.umap_2d.points.tobytes()


def test_what_was_stored_comes_back_and_a_second_time_changes_no_byte(model):
    folder, _, found = model
    before = contents(folder)
    save_map(folder, found)
    first = contents(folder)
    assert set(first) == {*before, "projection.safetensors"}
    assert all(first[name] == data for name, data in before.items())
    stamp = (folder / "projection.safetensors").stat().st_mtime_ns
    save_map(folder, found)
    assert contents(folder) == first
    assert (folder / "projection.safetensors").stat().st_mtime_ns == stamp
    read = load_map(folder, load_checkpoint(folder))
    for name in ("umap_2d", "umap_3d", "pca"):
        for part in ("points", "preserved", "trustworthiness", "continuity"):
            np.testing.assert_array_equal(
                getattr(getattr(read, name), part), getattr(getattr(found, name), part)
            )
    np.testing.assert_array_equal(read.layers[1].points, found.layers[1].points)
    np.testing.assert_array_equal(read.neighbors, found.neighbors)
    np.testing.assert_array_equal(read.cluster, found.cluster)
    assert (read.explained_variance_ratio, read.smoothness, read.seed) == (
        found.explained_variance_ratio,
        found.smoothness,
        found.seed,
    )


def test_a_checkpoint_without_a_projection_has_none(tmp_path):
    assert load_map(tmp_path / "new", saved(tmp_path / "new")) is None


def test_the_projection_of_another_model_is_refused(model, tmp_path):
    folder, _, found = model
    save_map(folder, found)
    other = saved(tmp_path / "other", seed=9)
    with pytest.raises(CheckpointError, match="holds another model than the map shows"):
        save_map(tmp_path / "other", found)
    assert not (tmp_path / "other" / "projection.safetensors").exists()
    data = (folder / "projection.safetensors").read_bytes()
    (tmp_path / "other" / "projection.safetensors").write_bytes(data)
    with pytest.raises(CheckpointError, match="shows another model than the one beside it"):
        load_map(tmp_path / "other", other)


@pytest.mark.parametrize("place", [12, 400, -5])
def test_a_flipped_byte_is_found(model, tmp_path, place):
    folder, checkpoint, found = model
    save_map(folder, found)
    data = bytearray((folder / "projection.safetensors").read_bytes())
    data[place] ^= 0xFF
    (tmp_path / "projection.safetensors").write_bytes(data)
    with pytest.raises(CheckpointError, match=r"was altered.*python -m recsys project"):
        load_map(tmp_path, checkpoint)


PROJECTION = "projection.safetensors"
MISSING = object()


def rewritten(path, name, *, key=None, value=MISSING):
    """Change or remove one array, or one metadata entry, of a map or timeline file.

    The checksum in the file is made to match, as whoever alters a file can do.
    """
    with safe_open(path, framework="numpy") as file:
        (label,) = file.metadata()
        metadata = json.loads(file.metadata()[label])
        arrays = {each: file.get_tensor(each) for each in file.keys()}  # noqa: SIM118 - no dict
    changed = metadata if key is not None else arrays
    changed.pop(key if key is not None else name, None)
    if value is not MISSING:
        changed[key if key is not None else name] = value
    if key != "sha256" and "sha256" in metadata:
        metadata["sha256"] = map_io._digest(arrays)
    path.write_bytes(save(arrays, {label: json.dumps(metadata)}))


ARRAYS = [
    "cluster", "neighbours", "flat", "flat kept", "solid", "solid kept", "principal",
    "principal kept", "layer 0", "layer 0 kept", "layer 1", "layer 1 kept", "fastrp kept",
    "fastrp neighbours",
]  # fmt: skip
METADATA = ["format", "items", "sha256", "seed", "explained", "smoothness", "figures", "shared"]


@pytest.fixture
def stored(model, compared, tmp_path):
    """A folder with a model and its map with all parts."""
    folder = tmp_path / "stored"
    shutil.copytree(model[0], folder)
    save_map(folder, compared)
    return folder


def refused(folder):
    with pytest.raises(CheckpointError, match=r"it was not loaded\. Compute it again with: python"):
        load_map(folder, load_checkpoint(folder))


@pytest.mark.parametrize("name", ARRAYS)
def test_a_map_without_one_of_its_arrays_is_refused_in_one_sentence(stored, name):
    rewritten(stored / PROJECTION, name)
    refused(stored)


@pytest.mark.parametrize("key", METADATA)
@pytest.mark.parametrize("value", [MISSING, None, "text", [], {}])
def test_a_map_without_one_of_its_metadata_entries_is_refused_in_one_sentence(stored, key, value):
    rewritten(stored / PROJECTION, "", key=key, value=value)
    refused(stored)


@pytest.mark.parametrize("name", ARRAYS)
def test_a_map_with_an_array_of_another_shape_or_type_is_refused(stored, name):
    with safe_open(stored / PROJECTION, framework="numpy") as file:
        array = file.get_tensor(name)
    rewritten(stored / PROJECTION, name, value=array[:-1].copy())
    refused(stored)
    rewritten(stored / PROJECTION, name, value=array.astype(np.complex64))
    refused(stored)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("neighbours", 240), ("fastrp neighbours", 240), ("flat kept", 16), ("solid", np.nan),
     ("layer 1", np.inf)],
)  # fmt: skip
def test_a_map_with_an_index_or_a_number_out_of_range_is_refused(stored, name, wrong):
    with safe_open(stored / PROJECTION, framework="numpy") as file:
        array = file.get_tensor(name).copy()
    array.flat[7] = wrong
    rewritten(stored / PROJECTION, name, value=array)
    refused(stored)


def test_a_map_of_another_number_of_items_is_refused(stored):
    class FewerItems:
        card = load_checkpoint(stored).card
        items = IdMap([1, 2, 3])

    with pytest.raises(CheckpointError, match=r"has the shape .240, 2."):
        load_map(stored, FewerItems())


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


def test_a_model_that_is_too_small_or_was_not_saved_has_no_map(tmp_path):
    few = saved(tmp_path / "few", items=30)
    with pytest.raises(CheckpointError, match="a map needs at least 60 items"):
        compute_map(few)
    with pytest.raises(CheckpointError, match="was not saved yet"):
        compute_map(replace(saved(tmp_path / "enough"), card={"name": "new"}))


# ---- beside the model: FastRP, and what embeddings know of genres


def halves(items=GROUPS * EACH, people=300):
    """Likes of people who each like one of the groups."""
    rng = np.random.default_rng(0)
    group = np.arange(items) // EACH
    table = rng.random((people, items)) < np.where(
        group == (np.arange(people) % GROUPS)[:, None], 0.5, 0.02
    )
    rows, columns = np.nonzero(table)
    return Interactions.from_rows(
        IdMap(np.arange(people)), IdMap(np.arange(1, items + 1)), rows, columns
    )


@pytest.fixture(scope="module")
def compared(model):
    """The same model's projection with FastRP, and with the genres of the catalogue."""
    _, checkpoint, _ = model
    return compute_map(
        checkpoint, likes=halves(), catalogue=Catalogue.load(catalogue_path()), seed=3
    )


def test_fastrp_is_laid_over_the_map_and_held_to_its_own_neighbours(model, compared):
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


def test_it_comes_back_from_disk_as_it_was(model, compared, tmp_path):
    folder, checkpoint, _ = model
    shutil.copytree(folder, tmp_path / "copy")
    save_map(tmp_path / "copy", compared)
    found = load_map(tmp_path / "copy", checkpoint)
    assert found.genre_probe == compared.genre_probe
    assert np.array_equal(found.fastrp.neighbors, compared.fastrp.neighbors)
    assert np.array_equal(found.fastrp.layout.points, compared.fastrp.layout.points)
    assert found.fastrp.shared_neighbors == compared.fastrp.shared_neighbors


def test_genres_are_told_where_the_embedding_holds_them_and_not_where_it_does_not():
    rng = np.random.default_rng(0)
    bears = rng.random((900, 3)) < 0.4
    telling = np.where(bears, 1.0, -1.0) + 0.1 * rng.normal(size=(900, 3))
    assert genre_f1(unit_vectors(telling.astype(np.float32)), bears, 0) > 0.97
    silent = unit_vectors(rng.normal(size=(900, 8)).astype(np.float32))
    assert genre_f1(silent, bears, 0) < 0.4


def test_the_baselines_of_genres_are_what_they_are_by_hand():
    bears = np.zeros((10, 2), dtype=bool)
    bears[:6, 0] = True  # most are: saying so to all has precision .6, recall 1
    bears[:2, 1] = True  # most are not
    majority, always = majority_f1(bears)
    assert majority == pytest.approx((2 * 0.6 / 1.6 + 0) / 2, abs=1e-4)
    assert always == pytest.approx((2 * 0.6 / 1.6 + 2 * 0.2 / 1.2) / 2, abs=1e-4)


def test_only_frequent_genres_are_asked_for_and_only_of_titles_with_any():
    catalogue = Catalogue.load(catalogue_path())
    anime = IdMap([*catalogue.ids.ids[:3000].tolist(), 9_999_999])
    known, bears = genre_table(catalogue, anime)
    assert not known[-1]
    assert known.sum() == len(bears)
    assert (bears.sum(axis=0) >= MIN_TITLES).all()
    assert genre_table(catalogue, IdMap([9_999_999]))[1].shape == (0, 0)


# ---- over a training


@pytest.fixture(scope="module")
def filmed(model, tmp_path_factory):
    """Two snapshots, of which the second is the finished model."""
    _, checkpoint, finished = model
    early = saved(tmp_path_factory.mktemp("early") / "early", seed=7)
    return compute_timeline([(10, early), (20, checkpoint)], finished)


def test_each_snapshot_is_held_to_the_neighbours_of_its_own_time(model, filmed):
    _, checkpoint, finished = model
    assert filmed.steps.tolist() == [10, 20]
    unit = unit_vectors(ItemFactors.from_checkpoint(checkpoint).embeddings)
    judged = layout_quality(unit, finished.neighbors, filmed.layouts[1].points)
    assert np.array_equal(judged.preserved, filmed.layouts[1].preserved)
    assert judged.trustworthiness == filmed.layouts[1].trustworthiness


def test_the_groups_of_a_snapshot_lie_over_those_of_the_finished_map(model, filmed):
    _, _, finished = model
    again = filmed.layouts[1].points
    middles = [
        one.reshape(GROUPS, EACH, 2).mean(axis=1) for one in (again, finished.umap_2d.points)
    ]
    apart = np.linalg.norm(middles[0][:, None] - middles[1][None], axis=2)
    assert apart.argmin(axis=1).tolist() == list(range(GROUPS))
    assert procrustes_align(again, finished.umap_2d.points) == pytest.approx(again, abs=1e-3)


def test_a_timeline_comes_back_and_never_beside_another_model(filmed, tmp_path):
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


def test_snapshots_of_other_anime_make_no_timeline(model, tmp_path):
    _, _, finished = model
    other = saved(tmp_path / "other", items=100)
    with pytest.raises(CheckpointError, match="has 100 items"):
        compute_timeline([(10, other)], finished)
