"""Development tools: the commands of the commit hooks and of `make hooks` are installed."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from recsys.paths import ROOT

HOOKS = [
    hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    for hook in repository["hooks"]
]


def is_installed(program: str) -> bool:
    """Whether a program lies beside this Python; the hooks call it in .venv/bin."""
    return shutil.which(Path(program).name, path=str(Path(sys.executable).parent)) is not None


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_command_of_a_hook_is_installed(hook):
    program = hook["entry"].split()[0]
    assert program.startswith(".venv/bin/")
    assert is_installed(program)


def test_make_hooks_can_run():
    assert "$(BIN)/pre-commit install" in (ROOT / "Makefile").read_text("utf-8")
    requirements = (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
    assert any(line.startswith("pre-commit==") for line in requirements)
    assert is_installed("pre-commit")
