"""Model registry: choose, undo, download and upload models; anything else is refused."""

import io
import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recsys.data.catalogue import Catalogue
from recsys.errors import CheckpointError
from recsys.models import checkpoint_archive
from recsys.models.checkpoint import load_checkpoint, save_checkpoint
from recsys.models.checkpoint_archive import pack_checkpoint
from recsys.models.checkpoint_card import card_checksum
from recsys.paths import catalogue_path, default_checkpoint
from recsys.serving.model_registry import ModelRegistry
from tests.serving.test_recommender import made_checkpoint


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load(catalogue_path())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Another model: the one that ships, under another name."""
    folder = tmp_path_factory.mktemp("run") / "checkpoint"
    model = load_checkpoint(default_checkpoint())
    model.card["name"] = "Evening / run"
    save_checkpoint(folder, model)
    return folder


@pytest.fixture
def models(tmp_path):
    return ModelRegistry(tmp_path / "models", default_checkpoint())


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_the_shipped_model_is_in_use_until_another_is_chosen(models):
    assert models.in_use() == default_checkpoint()
    assert models.previous() is None
    assert models.listed() == [default_checkpoint()]


def test_a_chosen_model_is_copied_so_that_its_run_can_be_deleted(models, trained, catalogue):
    place = models.use(trained, catalogue)
    assert place != trained
    assert place.parent == models.folder
    assert models.in_use() == place
    assert load_checkpoint(place).content_hash == load_checkpoint(trained).content_hash
    assert models.listed() == [default_checkpoint(), place]


def test_undo_goes_back_one_choice_at_a_time(models, trained, catalogue):
    place = models.use(trained, catalogue)
    models.use(default_checkpoint(), catalogue)
    assert models.undo() == place
    assert models.undo() == default_checkpoint()
    assert models.undo() == default_checkpoint()


def test_choosing_the_same_model_twice_is_one_step_of_undo(models, trained, catalogue):
    models.use(trained, catalogue)
    models.use(trained, catalogue)
    assert models.undo() == default_checkpoint()


def test_a_broken_checkpoint_is_refused_and_nothing_changes(models, trained, catalogue, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in trained.iterdir():
        (broken / file.name).write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="was changed"):
        models.use(broken, catalogue)
    assert models.in_use() == default_checkpoint()
    assert not models.folder.exists() or not list(models.folder.iterdir())


def damage_items(folder):
    path = folder / "items.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def damage_card(folder):
    (folder / "card.json").write_bytes(b"{")


def remove_items(folder):
    (folder / "items.safetensors").unlink()


@pytest.mark.parametrize("damage", [damage_items, damage_card, remove_items])
def test_a_damaged_copy_is_replaced_when_the_model_is_chosen_or_uploaded(
    models, trained, catalogue, damage
):
    content_hash = load_checkpoint(trained).content_hash
    folder = models.use(trained, catalogue)
    for store in (
        lambda: models.use(trained, catalogue),
        lambda: models.add({"model.zip": pack_checkpoint(trained)}),
    ):
        damage(folder)
        with pytest.raises(CheckpointError):
            load_checkpoint(folder)
        assert store() == folder
        assert load_checkpoint(folder).content_hash == content_hash
    assert models.in_use() == folder
    assert [path for path in models.folder.iterdir() if path.name.startswith(".new")] == []


def test_an_intact_copy_is_not_written_again(models, trained, catalogue):
    folder = models.use(trained, catalogue)
    (folder / "evaluations.json").write_text("[]")
    assert models.use(trained, catalogue) == folder
    assert (folder / "evaluations.json").read_text() == "[]"


def test_a_model_that_is_removed_while_the_models_are_listed_is_no_error(
    models, trained, catalogue, monkeypatch
):
    folder = models.use(trained, catalogue)
    stat = Path.stat

    def stat_and_remove(path, **options):
        status = stat(path, **options)
        if path == folder / "card.json":
            shutil.rmtree(folder)
        return status

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", stat_and_remove)
        assert set(models.listed()) <= {models.shipped, folder}
    assert models.listed() == [models.shipped]


def test_a_chosen_model_whose_folder_is_gone_falls_back(models, trained, catalogue):
    place = models.use(trained, catalogue)
    for file in place.iterdir():
        file.unlink()
    assert models.in_use() == default_checkpoint()


@pytest.mark.parametrize("told", [b"", b"{", b"[]", b'{"chosen": 3}', b'{"chosen": [1, null]}'])
def test_a_damaged_choice_means_the_shipped_model(models, told):
    models.folder.mkdir()
    (models.folder / "in_use.json").write_bytes(told)
    assert models.in_use() == default_checkpoint()


def test_a_downloaded_model_can_be_uploaded_unchanged(models, trained):
    place = models.add({"model.zip": pack_checkpoint(trained)})
    assert {file.name: file.read_bytes() for file in place.iterdir()} == {
        file.name: file.read_bytes() for file in trained.iterdir()
    }
    assert models.add({"again.zip": pack_checkpoint(trained)}) == place


def test_loose_files_and_a_zip_with_a_folder_are_taken_too(models, trained):
    loose = {file.name: file.read_bytes() for file in trained.iterdir()}
    place = models.add(loose)
    inside = zipped({f"evening/{name}": data for name, data in loose.items()})
    assert models.add({"folder.zip": inside}) == place


def refused(models, files, match):
    with pytest.raises(CheckpointError, match=match) as told:
        models.add(files)
    assert "Nothing was stored" in str(told.value)
    assert [one for one in models.folder.glob("*") if not one.name.startswith(".")] == []
    assert not (models.folder / ".arriving").exists()


def test_anything_else_is_refused_and_leaves_nothing(models, trained):
    loose = {file.name: file.read_bytes() for file in trained.iterdir()}
    refused(models, {"x.zip": b"PK no zip"}, "no readable zip")
    refused(models, {"x.zip": zipped({**loose, "model.pkl": b"cos"})}, "model.pkl")
    refused(models, {"card.json": loose["card.json"]}, "lacks")
    refused(models, {**loose, "run.py": b"import os"}, "run.py")
    altered = {**loose, "items.safetensors": loose["items.safetensors"][:-1] + b"\0"}
    refused(models, altered, "was changed")


def test_a_zip_that_unpacks_beyond_all_bounds_is_refused(models, monkeypatch):
    monkeypatch.setattr(checkpoint_archive, "MAX_UNPACKED_BYTES", 1000)
    refused(models, {"bomb.zip": zipped({"card.json": b"0" * 2000})}, "would unpack to more")


def test_a_path_in_a_zip_is_never_followed(models, trained, tmp_path):
    loose = {file.name: file.read_bytes() for file in trained.iterdir()}
    evil = {f"../../{name}": data for name, data in loose.items()}
    models.add({"evil.zip": zipped(evil)})
    assert not (tmp_path / "card.json").exists()


def test_a_card_that_points_elsewhere_is_not_followed(models, trained, tmp_path):
    card = json.loads((trained / "card.json").read_bytes())
    card["tensors"] = {"../secret": {"sha256": "0" * 64}}
    (tmp_path / "secret").write_bytes(b"secret")
    card["seal"] = card_checksum(card)
    files = {"card.json": json.dumps(card).encode(),
             "items.safetensors": (trained / "items.safetensors").read_bytes()}  # fmt: skip
    refused(models, files, "missing or invalid part")


def named_checkpoints(folder, catalogue, count):
    """Write small models with different names."""
    ids = catalogue.ids.ids[:40].tolist()
    for number in range(count):
        checkpoint = made_checkpoint(ids)
        checkpoint.card["name"] = f"model {number}"
        save_checkpoint(folder / str(number), checkpoint)
    return [folder / str(number) for number in range(count)]


def test_choices_at_the_same_time_do_not_overwrite_each_other(models, catalogue, tmp_path):
    folders = named_checkpoints(tmp_path / "runs", catalogue, 12)
    with ThreadPoolExecutor(12) as pool:
        chosen = list(pool.map(lambda folder: models.use(folder, catalogue), folders))
    assert models.in_use() in chosen
    undone = [models.undo() for _ in range(11)]
    assert {models.shipped, *chosen} >= set(undone)
    history = json.loads((models.folder / "in_use.json").read_bytes())["chosen"]
    assert len(history) == 2  # the shipped model and the first choice are left of thirteen
    assert len(set(undone)) == 11


def test_the_same_model_can_be_uploaded_and_chosen_by_several_at_once(models, trained, catalogue):
    data = pack_checkpoint(trained)
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda number: models.add({f"{number}.zip": data}), range(6)))
        used = list(pool.map(lambda _: models.use(trained, catalogue), range(6)))
    assert set(added) == set(used) == {models.in_use()}
    assert [path.name for path in models.folder.iterdir() if path.name.startswith(".new")] == []
    assert models.undo() == models.shipped


def test_a_choice_that_cannot_be_written_is_one_sentence(models, trained, catalogue):
    models.folder.parent.joinpath("models").write_text("a file in place of the folder")
    with pytest.raises(CheckpointError, match="the model in use is unchanged"):
        models.use(trained, catalogue)
    with pytest.raises(CheckpointError, match="nothing was stored"):
        models.add({"model.zip": pack_checkpoint(trained)})
    assert models.in_use() == models.shipped


def test_a_name_in_the_choice_is_never_followed_as_a_path(models, trained, tmp_path):
    models.folder.mkdir()
    (models.folder / "in_use.json").write_text(json.dumps({"chosen": ["", f"../../{trained}"]}))
    assert models.in_use() == models.shipped
    (tmp_path / "outside").symlink_to(trained)
    (models.folder / "in_use.json").write_text(json.dumps({"chosen": ["../outside"]}))
    assert models.in_use() == models.shipped
