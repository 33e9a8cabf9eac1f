"""Maps on disk: read back equal, and refused in one sentence when damaged or incomplete."""

import json
import shutil

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from recsys.data.ids import IdMap
from recsys.embedding_map import io as map_io
from recsys.embedding_map import load_map, save_map
from recsys.errors import CheckpointError
from recsys.models.checkpoint import load_checkpoint
from tests.embedding_map.small_models import contents, saved

pytestmark = pytest.mark.slow  # computes UMAP layouts


def test_a_stored_map_is_read_back_equal_and_storing_it_again_changes_no_byte(model):
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


def test_a_checkpoint_without_a_map_gives_none(tmp_path):
    assert load_map(tmp_path / "new", saved(tmp_path / "new")) is None


def test_the_map_of_another_model_is_refused(model, tmp_path):
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
def test_a_flipped_byte_is_refused(model, tmp_path, place):
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


# ---- beside the model: FastRP, and what embeddings know of genres


def test_the_fastrp_comparison_and_the_genre_probe_are_read_back_equal(model, compared, tmp_path):
    folder, checkpoint, _ = model
    shutil.copytree(folder, tmp_path / "copy")
    save_map(tmp_path / "copy", compared)
    found = load_map(tmp_path / "copy", checkpoint)
    assert found.genre_probe == compared.genre_probe
    assert np.array_equal(found.fastrp.neighbors, compared.fastrp.neighbors)
    assert np.array_equal(found.fastrp.layout.points, compared.fastrp.layout.points)
    assert found.fastrp.shared_neighbors == compared.fastrp.shared_neighbors


# ---- over a training
