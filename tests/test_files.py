"""Atomic file writes: no writer fails, and no reader sees a part of a file."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recsys.files import (
    atomic_folder,
    atomic_path,
    file_lock,
    remove_leftovers,
    slugify,
    write_bytes,
    write_json,
    write_text,
)


def test_threads_that_write_one_file_at_once_all_succeed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # slow, and no part of the race
    path = tmp_path / "value.json"
    contents = [bytes([65 + thread]) * 20_000 for thread in range(4)]
    write_bytes(path, contents[0])
    partial = []

    def write(content):
        for _ in range(300):
            write_bytes(path, content)
            if path.read_bytes() not in contents:
                partial.append(content[:1])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, contents))  # raises what a thread raised
    assert not partial
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_previous_file_and_no_temporary_one(tmp_path, monkeypatch):
    path = tmp_path / "value.json"
    write_json(path, {"a": "ü"})
    before = path.read_bytes()
    assert json.loads(before) == {"a": "ü"}

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(path, "new")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_raises_leaves_the_previous_file(tmp_path):
    path = tmp_path / "table.parquet"
    write_text(path, "old")

    def interrupted_write():
        with atomic_path(path) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_write()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_temporary_path_is_a_hidden_sibling_with_the_same_suffix(tmp_path):
    with atomic_path(tmp_path / "table.parquet") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".table.")
        assert temporary.suffix == ".parquet"
        temporary.touch()


def test_a_new_file_gets_the_permissions_of_an_ordinary_one(tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    write_bytes(tmp_path / "atomic", b"")
    assert (tmp_path / "atomic").stat().st_mode == ordinary.stat().st_mode


def test_what_a_killed_process_left_of_one_file_is_removed(tmp_path):
    path, other = tmp_path / "state[1].safetensors", tmp_path / ".other.tmp-1.safetensors"
    for left in (path, other, tmp_path / ".state[1].tmp-1.safetensors"):
        left.touch()
    remove_leftovers(path)
    assert set(tmp_path.iterdir()) == {path, other}


@pytest.mark.parametrize(
    ("text", "slug"), [("Grüße 3!", "grue-3"), ("進撃", "unnamed"), ("a" * 60, "a" * 40)]
)
def test_a_text_becomes_part_of_a_file_name(text, slug):
    assert slugify(text) == slug


def test_a_folder_appears_complete_or_not_at_all(tmp_path):
    folder = tmp_path / "model"
    with atomic_folder(folder) as temporary:
        (temporary / "card.json").write_text("{}", encoding="utf-8")
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["card.json"]

    def replace_it():
        with atomic_folder(folder) as temporary:
            (temporary / "card.json").write_text("[]", encoding="utf-8")

    with pytest.raises(OSError, match="not empty"):
        replace_it()
    assert (folder / "card.json").read_text(encoding="utf-8") == "{}"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_locked_read_modify_write_loses_no_change(tmp_path):
    path = tmp_path / "count.json"
    write_json(path, 0)

    def count(_thread):
        for _ in range(20):
            with file_lock(path):
                write_json(path, json.loads(path.read_bytes()) + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert json.loads(path.read_bytes()) == 80


def test_a_lock_that_another_holder_keeps_is_an_error_of_the_file(tmp_path):
    path = tmp_path / "count.json"

    def lock_again():
        with file_lock(path, timeout=0):
            pass

    with file_lock(path), pytest.raises(OSError, match="locked") as error:
        lock_again()
    assert error.value.filename == str(path)
    lock_again()


def aged(path, seconds):
    """Set the time of the last change of a file or folder to so many seconds ago."""
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_a_successful_write_removes_old_leftovers_of_its_target_only(tmp_path):
    old, young = tmp_path / ".value.tmp-1.json", tmp_path / ".value.tmp-2.json"
    other = tmp_path / ".other.tmp-1.json"
    for path, seconds in ((old, 3700), (young, 3500), (other, 3700)):
        path.touch()
        aged(path, seconds)
    with pytest.raises(ValueError, match="bad"), atomic_path(tmp_path / "value.json"):
        raise ValueError("bad")
    assert old.exists()  # only a successful write removes anything
    write_json(tmp_path / "value.json", 1)
    assert set(tmp_path.iterdir()) == {tmp_path / "value.json", young, other}


def test_a_folder_that_was_written_removes_old_leftovers_of_its_name(tmp_path):
    old, written = tmp_path / ".model.v1.tmp-1", tmp_path / ".model.v1.tmp-2"
    for folder in (old, written):
        folder.mkdir()
        (folder / "items").touch()
    aged(old / "items", 3700)
    for folder in (old, written):  # a writer of a large file changes the file, not the folder
        aged(folder, 3700)
    with atomic_folder(tmp_path / "model.v1"):
        pass
    assert set(tmp_path.iterdir()) == {tmp_path / "model.v1", written}


@pytest.mark.parametrize(
    ("platform", "refusals", "is_written"),
    [("win32", 3, True), ("win32", 1000, False), ("linux", 1, False)],
)
def test_a_write_waits_on_windows_while_a_reader_has_the_file_open(
    tmp_path, monkeypatch, platform, refusals, is_written
):
    path = tmp_path / "value.json"
    write_text(path, "old")
    rename, attempts, delays = Path.replace, [], []

    def refuse(self, target):
        attempts.append(target)
        if len(attempts) <= refusals:
            raise PermissionError(13, "Access is denied", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(time, "sleep", delays.append)
    monkeypatch.setattr(sys, "platform", platform)
    if is_written:
        write_text(path, "new")
    else:
        with pytest.raises(PermissionError, match="denied"):
            write_text(path, "new")
    assert path.read_text(encoding="utf-8") == ("new" if is_written else "old")
    assert list(tmp_path.iterdir()) == [path]
    assert sum(delays) < 1.01
    assert bool(delays) == (platform == "win32")
