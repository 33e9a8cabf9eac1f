"""Checkpoints on disk: a saved model loads unchanged, and a changed byte anywhere is detected."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest

from recsys.data.ids import IdMap
from recsys.errors import CheckpointError
from recsys.models.checkpoint import load_checkpoint, save_checkpoint
from recsys.models.checkpoint_card import read_card
from recsys.models.user_estimator import UserEmbeddingEstimator
from recsys.paths import default_checkpoint
from tests.models.checkpoints import made_checkpoint


@pytest.mark.parametrize("users", [None, [3, 1], ["ann", "Zoë 猫"]])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_saved_checkpoint_is_loaded_unchanged(tmp_path, users, dtype):
    saved = made_checkpoint(users, dtype=dtype)
    save_checkpoint(tmp_path / "m", saved)
    loaded = load_checkpoint(tmp_path / "m")
    assert loaded.items == saved.items
    assert loaded.settings == saved.settings
    assert loaded.layers.dtype == dtype
    np.testing.assert_array_equal(loaded.layers, saved.layers)
    np.testing.assert_array_equal(loaded.degrees, saved.degrees)
    for part in fields(UserEmbeddingEstimator):
        after, before = (getattr(model.estimator, part.name) for model in (loaded, saved))
        stored = dtype if before.ndim > 1 else np.float32  # matrices have the type of the layers
        np.testing.assert_array_equal(after, before.astype(stored))
        assert after.dtype == np.float32
    assert loaded.users == saved.users
    if users is not None:
        np.testing.assert_array_equal(loaded.user_embeddings, saved.user_embeddings)
    assert loaded.card["figures"] == {"recall@20": 0.5}
    assert loaded.name == "model 0"


def test_equal_models_have_the_same_content_hash(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        save_checkpoint(tmp_path / name, made_checkpoint(seed=seed))
    hashes = [load_checkpoint(tmp_path / name).content_hash for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("name", ["card.json", "items.safetensors", "users.safetensors"])
def test_a_changed_byte_is_detected_and_its_file_is_named(tmp_path, name):
    save_checkpoint(tmp_path / "m", made_checkpoint(["ann", "bob"]))
    path = tmp_path / "m" / name
    data = path.read_bytes()
    for position in np.random.default_rng(0).integers(0, len(data), 40):
        flipped = bytearray(data)
        flipped[position] ^= 1
        path.write_bytes(bytes(flipped))
        with pytest.raises(CheckpointError) as error:
            load_checkpoint(tmp_path / "m")
        assert name in str(error.value)
    path.write_bytes(data)
    assert len(load_checkpoint(tmp_path / "m").items) == 3


def figures(**changes):
    metrics = {"people": 446, "methods": {"lightgcn": {"5": {"precision@20": 0.5}}}}
    return {"figures": {"new-people": metrics | changes}}


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"name": ["a", "list"]}, "name"),
        ({"name": None}, "name"),
        ({"created": 3}, "created"),
        ({"data": {"anime": "x"}}, "data.anime"),
        ({"data": {"users": "12"}}, "data.users"),
        ({"data": {"likes": True}}, "data.likes"),
        ({"data": {"likes": -1}}, "data.likes"),
        ({"data": {"likes": 1.5}}, "data.likes"),
        ({"data": {"fingerprint": 3}}, "data.fingerprint"),
        ({"data": []}, "data"),
        ({"training": {"steps": "many"}}, "training.steps"),
        ({"training": "long"}, "training"),
        ({"figures": [1]}, "figures"),
        ({"figures": {"new-people": 3}}, "figures.new-people"),
        (figures(people="many"), "figures.new-people.people"),
        (figures(methods={}), "figures.new-people.methods.lightgcn"),
        (figures(methods={"lightgcn": {}}), "figures.new-people.methods.lightgcn"),
        (figures(methods={"lightgcn": {"5": 1}}), "figures.new-people.methods.lightgcn.5"),
        (figures(methods={"lightgcn": {"5": {}}}), "lightgcn.5.precision@20"),
        (figures(methods={"lightgcn": {"5": {"precision@20": "x"}}}), "lightgcn.5.precision@20"),
        (
            figures(methods={"lightgcn": {"5": {"precision@20": float("nan")}}}),
            "lightgcn.5.precision@20",
        ),
    ],
)
def test_a_card_with_a_part_of_the_wrong_type_is_refused_and_the_part_is_named(
    tmp_path, fields, part
):
    saved = made_checkpoint()
    save_checkpoint(tmp_path / "m", replace(saved, card=saved.card | fields))
    for read in (read_card, load_checkpoint):
        with pytest.raises(CheckpointError, match="has a missing or invalid part") as error:
            read(tmp_path / "m")
        assert f"{part} in its card: " in str(error.value)


def test_a_card_may_lack_optional_parts_and_hold_others(tmp_path):
    for card in ({}, figures(), {"figures": {"new-people": None}, "notes": [1]}):
        save_checkpoint(tmp_path / "m", replace(made_checkpoint(), card=card))
        assert card.items() <= read_card(tmp_path / "m").items()
    assert read_card(default_checkpoint())["name"] == load_checkpoint(default_checkpoint()).name


@pytest.mark.parametrize("size", [0, 10])
def test_a_truncated_file_is_detected(tmp_path, size):
    save_checkpoint(tmp_path / "m", made_checkpoint())
    path = tmp_path / "m" / "items.safetensors"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="damaged or was changed"):
        load_checkpoint(tmp_path / "m")


def test_the_error_of_a_missing_checkpoint_says_how_to_train_one(tmp_path):
    with pytest.raises(CheckpointError, match="recsys train"):
        load_checkpoint(tmp_path / "nothing")


def test_a_newer_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("recsys.models.checkpoint_card.FORMAT", 3)
    save_checkpoint(tmp_path / "m", made_checkpoint())
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="format 3"):
        load_checkpoint(tmp_path / "m")


def test_the_shipped_checkpoint_opens():
    shipped = load_checkpoint(default_checkpoint())
    assert len(shipped.items) == shipped.card["data"]["anime"]


def broken(**arrays):
    """Return a checkpoint with some parts exchanged, past the run-time check of shapes."""
    checkpoint = made_checkpoint(["ann"])
    for name, array in arrays.items():
        object.__setattr__(checkpoint, name, array)
    return checkpoint


@pytest.mark.parametrize(
    ("checkpoint", "match"),
    [
        (broken(layers=np.full((2, 3, 4), np.nan, np.float32)), "layers hold NaN"),
        (broken(layers=np.full((2, 3, 4), np.inf, np.float16)), "layers hold NaN or infinity"),
        (broken(layers=np.zeros((2, 3, 5), np.float32)), "layers have the shape"),
        (broken(layers=np.zeros((2, 3, 4), np.int64)), "type int64"),
        (broken(degrees=np.array([7, -1, 3])), "degrees hold the number -1"),
        (broken(degrees=np.array([7, 3])), "degrees have the shape"),
        (broken(items=IdMap([5, -1, 3])), "item ids hold the number -1"),
        (broken(user_embeddings=np.full((1, 4), np.nan, np.float32)), "user embeddings hold NaN"),
        (broken(user_embeddings=np.zeros((2, 4), np.float32)), "user embeddings have the shape"),
    ],
)
def test_arrays_that_cannot_be_served_are_refused(tmp_path, checkpoint, match):
    save_checkpoint(tmp_path / "m", checkpoint)
    with pytest.raises(CheckpointError, match=match):
        load_checkpoint(tmp_path / "m")


def test_an_item_id_that_occurs_twice_is_refused(tmp_path):
    twice = made_checkpoint()
    twice.items.ids.setflags(write=True)
    twice.items.ids[1] = twice.items.ids[0]
    save_checkpoint(tmp_path / "m", twice)
    with pytest.raises(CheckpointError, match="occurs twice"):
        load_checkpoint(tmp_path / "m")


def test_a_folder_of_other_files_is_not_overwritten(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "thesis.txt").write_text("keep me")
    with pytest.raises(CheckpointError, match="nothing was written"):
        save_checkpoint(tmp_path / "m", made_checkpoint())
    assert (tmp_path / "m" / "thesis.txt").read_text() == "keep me"


def test_the_card_is_json_with_all_settings(tmp_path):
    save_checkpoint(tmp_path / "m", made_checkpoint())
    card = json.loads((tmp_path / "m" / "card.json").read_text())
    assert card["settings"]["model"]["dimension"] == 4
    assert set(card["tensors"]) == {"items.safetensors"}


@pytest.mark.parametrize(
    "wrong",
    [None, np.zeros((3, 4), np.float32), np.zeros(4, np.float32), np.full((4, 4), np.inf)],
)
def test_an_estimator_that_does_not_fit_is_refused(tmp_path, wrong):
    checkpoint = made_checkpoint()
    estimator = InvalidEstimator(checkpoint.estimator, wrong)
    save_checkpoint(tmp_path / "m", replace(checkpoint, estimator=estimator))
    with pytest.raises(CheckpointError, match=r"estimator\.probes"):
        load_checkpoint(tmp_path / "m")


class InvalidEstimator(UserEmbeddingEstimator):
    """An estimator that is stored without its matrix of eigenvectors, or with another array."""

    def __init__(self, estimator, wrong):
        self.__dict__["parts"] = (estimator, wrong)

    def to_arrays(self, dtype):
        estimator, wrong = self.__dict__["parts"]
        stored = estimator.to_arrays(dtype)
        del stored["estimator.probes"]
        return stored if wrong is None else {**stored, "estimator.probes": wrong}
