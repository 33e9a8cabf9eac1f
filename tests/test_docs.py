"""The documentation builds without a warning, and its pages load nothing from the network."""

import re
import subprocess
import sys

import pytest

from recsys.paths import ROOT

pytestmark = pytest.mark.slow  # builds the whole documentation


def test_the_documentation_builds_strictly_and_its_pages_load_nothing_from_elsewhere(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    pages = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.html")}
    assert {"index.html", "quickstart.html", "api/functions.html"} <= set(pages)
    assert "public_api.train" in pages["api/functions.html"].read_text("utf-8")
    loaded = re.compile(r"""<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(https?:)?//""")
    assert [name for name, path in pages.items() if loaded.search(path.read_text("utf-8"))] == []
