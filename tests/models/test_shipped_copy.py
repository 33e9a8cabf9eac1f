"""The writable copy of the shipped checkpoint, with an installed package of empty folders."""

import shutil

import pytest

from recsys import paths
from recsys.errors import CheckpointError
from recsys.models import shipped_copy
from recsys.models.checkpoint_card import read_card
from recsys.models.shipped_copy import readable_checkpoint, writable_checkpoint

REAL = paths.default_checkpoint()


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The checkpoint of an installed package that nothing can be written to."""
    folder = tmp_path / "site" / "recsys" / "_shipped" / "checkpoints" / "default"
    shutil.copytree(REAL, folder)
    monkeypatch.setattr(paths, "ROOT", tmp_path / "site")
    monkeypatch.setenv("ANIME_LOCAL", str(tmp_path / "local"))
    monkeypatch.delenv("ANIME_CHECKPOINT", raising=False)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    folder.chmod(0o755)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_copy_is_made_once_in_the_users_folder_and_read_from_then_on(shipped, tmp_path):
    before = content(shipped)
    assert paths.default_checkpoint() == shipped
    assert readable_checkpoint(shipped) == shipped
    copy = writable_checkpoint(shipped)
    assert copy.parent == tmp_path / "local" / "shipped_model"
    assert content(copy) == before
    (copy / "evaluations.json").write_text("{}")  # a result of the user
    assert writable_checkpoint(shipped) == readable_checkpoint(shipped) == copy
    assert writable_checkpoint(copy) == copy
    assert (copy / "evaluations.json").read_text() == "{}"
    assert content(shipped) == before


def test_another_shipped_model_gets_another_copy(shipped, monkeypatch):
    copy = writable_checkpoint(shipped)
    card = {**read_card(shipped), "seal": "f" * 64}
    monkeypatch.setattr(shipped_copy, "read_card", lambda _folder: card)
    assert readable_checkpoint(shipped) == shipped
    assert writable_checkpoint(shipped) != copy


def test_a_model_in_another_folder_is_written_itself(shipped, tmp_path):
    shutil.copytree(REAL, tmp_path / "model")
    assert readable_checkpoint(tmp_path / "model") == tmp_path / "model"
    assert writable_checkpoint(tmp_path / "model") == tmp_path / "model"
    assert not (tmp_path / "local").exists()


def test_a_copy_that_cannot_be_written_is_one_sentence(shipped, tmp_path):
    (tmp_path / "local").write_text("")  # a file in place of the folder
    with pytest.raises(CheckpointError, match="could not be copied") as refused:
        writable_checkpoint(shipped)
    assert "nothing was started" in str(refused.value)
