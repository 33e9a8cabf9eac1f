"""Replacing a checkpoint: atomic for readers, undone when it fails, and nothing is left over."""

import errno
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from recsys.errors import CheckpointError
from recsys.models import checkpoint_folder
from recsys.models.checkpoint import check_writable, load_checkpoint, save_checkpoint
from recsys.models.checkpoint_card import read_card
from recsys.models.checkpoint_folder import (
    CHECKPOINT_FILES,
    EVALUATIONS,
    POINTER,
    is_checkpoint,
    read_current,
    resolve_checkpoint,
)
from tests.models.checkpoints import made_checkpoint


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_checkpoint_that_is_written_once_is_one_flat_folder(tmp_path):
    save_checkpoint(tmp_path / "m", made_checkpoint(["ann"]))
    assert resolve_checkpoint(tmp_path / "m") == tmp_path / "m"
    assert files_in(tmp_path) == ["m/card.json", "m/items.safetensors", "m/users.safetensors"]


def test_the_first_checkpoint_may_go_into_an_empty_folder(tmp_path):
    (tmp_path / "m").mkdir()
    save_checkpoint(tmp_path / "m", made_checkpoint())
    assert files_in(tmp_path) == ["m/card.json", "m/items.safetensors"]


def test_a_replaced_checkpoint_leaves_the_files_of_the_new_version_only(tmp_path):
    folder = tmp_path / "m"
    for seed, users in ((0, ["ann"]), (1, None), (2, ["bob"])):
        save_checkpoint(folder, made_checkpoint(users, seed=seed))
        (resolve_checkpoint(folder) / EVALUATIONS).write_text("{}")
    version = resolve_checkpoint(folder).relative_to(folder)
    assert load_checkpoint(folder).name == "model 2"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert files_in(folder) == sorted([
        ".current.lock", "current", f"{version}/card.json", f"{version}/evaluations.json",
        f"{version}/items.safetensors", f"{version}/users.safetensors",
    ])  # fmt: skip


def test_what_a_killed_writer_left_is_removed_with_the_next_replacement(tmp_path):
    folder = tmp_path / "m"
    for seed in range(2):
        save_checkpoint(folder, made_checkpoint(seed=seed))
    (folder / "versions" / ".half.tmp-1").mkdir()
    (folder / "versions" / ("0" * 32)).mkdir()
    save_checkpoint(folder, made_checkpoint(seed=2))
    assert list((folder / "versions").iterdir()) == [resolve_checkpoint(folder)]


def no_space(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("replaced_before", [False, True])
@pytest.mark.parametrize("fault", ["write_text", "atomic_folder", "file_lock", "_write"])
def test_a_failed_replacement_leaves_the_previous_checkpoint_and_nothing_else(
    tmp_path, monkeypatch, fault, replaced_before
):
    folder = tmp_path / "m"
    save_checkpoint(folder, made_checkpoint(["ann"]))
    if replaced_before:
        save_checkpoint(folder, made_checkpoint(["ann"], seed=1))
    before = load_checkpoint(folder)
    files = set(files_in(folder)) - {".current.lock"}
    monkeypatch.setattr(checkpoint_folder, fault, no_space)
    with pytest.raises(CheckpointError, match=r"No space left.*previous checkpoint is unchanged"):
        save_checkpoint(folder, made_checkpoint(seed=7))
    monkeypatch.undo()
    after = load_checkpoint(folder)
    assert after.content_hash == before.content_hash
    np.testing.assert_array_equal(after.layers, before.layers)
    assert set(files_in(tmp_path)) - {"m/.current.lock"} == {f"m/{name}" for name in files}
    assert replaced_before or not (folder / "versions").exists()
    save_checkpoint(folder, made_checkpoint(seed=7))
    assert load_checkpoint(folder).name == "model 7"


def test_a_failed_first_write_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_folder, "_write", no_space)
    with pytest.raises(CheckpointError, match=r"No space left.*Nothing was written"):
        save_checkpoint(tmp_path / "m", made_checkpoint())
    assert list(tmp_path.iterdir()) == []


def test_readers_of_a_checkpoint_that_is_replaced_again_and_again_never_fail(tmp_path):
    """Threads write two models with users and one without; each load is one of them as a whole."""
    folder, writers, readers, loads = tmp_path / "m", 3, 3, 400
    models = [made_checkpoint(["ann"] if seed else None, seed=seed) for seed in range(writers)]
    save_checkpoint(folder, models[0])
    done = []

    def write(model):
        while len(done) < readers:
            save_checkpoint(folder, model)

    def read():
        try:
            for _ in range(loads):
                assert is_checkpoint(folder)
                loaded = load_checkpoint(folder)
                seed = int(loaded.name.removeprefix("model "))
                np.testing.assert_array_equal(loaded.layers, models[seed].layers)
                np.testing.assert_array_equal(
                    loaded.estimator.mean_user, models[seed].estimator.mean_user
                )
                assert (loaded.users is None) == (seed == 0)
        finally:
            done.append(1)

    with ThreadPoolExecutor(writers + readers) as pool:
        futures = [pool.submit(read) for _ in range(readers)]
        futures += [pool.submit(write, model) for model in models]
        for future in futures:
            future.result()
    assert len(list((folder / "versions").iterdir())) == 1


def test_many_first_writers_at_once_leave_one_complete_checkpoint(tmp_path):
    folder = tmp_path / "m"
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda seed: save_checkpoint(folder, made_checkpoint(seed=seed)), range(6)))
    assert load_checkpoint(folder).name in {f"model {seed}" for seed in range(6)}
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert len([name for name in files_in(folder) if name.endswith("card.json")]) == 1


def test_a_first_version_that_another_writer_completes_meanwhile_is_replaced(tmp_path, monkeypatch):
    folder = tmp_path / "m"
    calls = []

    def then_another_writes(path):
        result = is_checkpoint(path)
        calls.append(result)
        if len(calls) == 1:
            save_checkpoint(folder, made_checkpoint(seed=1))
        return result

    monkeypatch.setattr("recsys.models.checkpoint.is_checkpoint", then_another_writes)
    save_checkpoint(folder, made_checkpoint(seed=2))
    assert load_checkpoint(folder).name == "model 2"


@pytest.mark.parametrize("replacements", [1, 2])
def test_a_reader_reads_again_when_its_version_is_replaced_meanwhile(tmp_path, replacements):
    folder = tmp_path / "m"
    save_checkpoint(folder, made_checkpoint())
    attempts = []

    def read(version: Path):
        attempts.append(version)
        if len(attempts) <= replacements:
            save_checkpoint(folder, made_checkpoint(seed=len(attempts)))
        return json.loads((version / "card.json").read_text())["name"]

    assert read_current(folder, read) == f"model {replacements}"
    assert len(set(attempts)) == len(attempts) == replacements + 1


def test_an_optional_file_that_vanished_with_its_version_is_looked_for_again(tmp_path):
    folder = tmp_path / "m"
    save_checkpoint(folder, made_checkpoint())
    attempts = []

    def read(version: Path):
        attempts.append(version)
        if len(attempts) == 1:
            save_checkpoint(folder, made_checkpoint(seed=1))
            (resolve_checkpoint(folder) / EVALUATIONS).write_text("{}")
        return (version / EVALUATIONS).exists()

    assert read_current(folder, read) is True


@pytest.mark.parametrize("content", [b"", b"../../secret", b"\xff\xfe", b"0" * 31, b"0" * 33])
def test_a_damaged_pointer_is_one_sentence_and_is_never_followed(tmp_path, content):
    folder = tmp_path / "m"
    for seed in range(2):
        save_checkpoint(folder, made_checkpoint(seed=seed))
    (folder / POINTER).write_bytes(content)
    for read in (load_checkpoint, read_card, resolve_checkpoint):
        with pytest.raises(CheckpointError, match="damaged: it does not hold the id"):
            read(folder)
    assert not is_checkpoint(folder)


def test_a_pointer_to_a_missing_version_is_one_sentence(tmp_path):
    folder = tmp_path / "m"
    save_checkpoint(folder, made_checkpoint())
    (folder / POINTER).write_text("0" * 32)
    with pytest.raises(CheckpointError, match=r"There is no card\.json in"):
        load_checkpoint(folder)
    assert not is_checkpoint(folder)


@pytest.mark.parametrize("name", ["nothing", "file/below"])
def test_no_checkpoint_is_not_a_checkpoint(tmp_path, name):
    (tmp_path / "file").write_text("")
    assert not is_checkpoint(tmp_path / name)
    assert not is_checkpoint(tmp_path)


def test_checking_that_a_folder_is_writable_changes_nothing(tmp_path):
    folder = tmp_path / "m"
    check_writable(folder)
    assert list(tmp_path.iterdir()) == []
    save_checkpoint(folder, made_checkpoint())
    check_writable(folder)
    assert set(files_in(folder)) <= set(CHECKPOINT_FILES)
