"""Logging: one file in the local folder and standard error, configured once."""

from __future__ import annotations

import logging

import pytest

from recsys.logging_setup import BACKUPS, configure_logging, session_id


@pytest.fixture
def logger():
    return logging.getLogger("recsys.some_module")


def test_a_warning_reaches_the_file_once_with_the_session_id(tmp_path, logger):
    path = configure_logging(tmp_path)
    assert configure_logging(tmp_path) == path == tmp_path / "logs" / "app.log"
    token = session_id.set("abcd1234")
    logger.warning("the disk is nearly full")
    session_id.reset(token)
    (line,) = path.read_text().splitlines()
    assert "WARNING recsys.some_module [abcd1234] the disk is nearly full" in line


def test_another_folder_moves_the_file(tmp_path, logger):
    first, second = tmp_path / "a", tmp_path / "b"
    configure_logging(first)
    path = configure_logging(second)
    logger.error("moved")
    assert "moved" in path.read_text()
    assert not (first / "logs" / "app.log").exists()


def test_a_folder_that_cannot_be_made_leaves_standard_error(tmp_path, logger, capsys):
    (tmp_path / "file").write_text("")
    configure_logging(tmp_path / "file")
    logger.error("still logged")
    printed = capsys.readouterr().err
    assert "cannot be written" in printed
    assert "still logged" in printed


def test_the_file_rotates_and_old_ones_are_bounded(tmp_path, logger, monkeypatch):
    monkeypatch.setattr("recsys.logging_setup.MAX_BYTES", 2_000)
    path = configure_logging(tmp_path)
    for number in range(200):
        logger.error("line %d %s", number, "x" * 100)
    files = sorted(path.parent.iterdir())
    assert len(files) == BACKUPS + 1
    assert all(file.stat().st_size <= 2_000 for file in files)
