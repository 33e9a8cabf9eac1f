"""Golden outputs: every command's ``--json`` and each preset's losses equal the recorded ones."""

import json
import math
import os
from unittest import mock

import pytest

from tests.golden.commands import EXPECTED, FOLDER, capture

pytestmark = pytest.mark.slow

# These differ between runs or machines: times, versions, and hashes of trained bits.
VOLATILE = {"created", "versions", "seal", "sha256", "at", "seconds"}


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    with mock.patch.dict(os.environ):  # capture() sets the app's folders
        text = json.dumps(capture(folder), ensure_ascii=False)
    return json.loads(text.replace(str(FOLDER), "GOLDEN").replace(str(folder), "TMP"))


def differences(got, expected, path=""):
    """Yield the places at which two JSON values differ; numbers within 1e-4."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted({*got, *expected} - VOLATILE):
            if key not in got or key not in expected:
                yield f"{path}.{key}: {'missing' if key not in got else 'new'}"
            else:
                yield from differences(got[key], expected[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(got, list):
        if len(got) != len(expected):
            yield f"{path}: {len(got)} entries, not {len(expected)}"
        for place, (a, b) in enumerate(zip(got, expected, strict=False)):
            yield from differences(a, b, f"{path}[{place}]")
    elif isinstance(expected, float) and isinstance(got, int | float):
        if not math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-5):
            yield f"{path}: {got}, not {expected}"
    elif got != expected:
        yield f"{path}: {got!r}, not {expected!r}"


@pytest.mark.parametrize("name", json.loads(EXPECTED.read_text()))
def test_output_equals_the_recorded_one(captured, name):
    expected = json.loads(EXPECTED.read_text())[name]
    assert not list(differences(captured[name], expected))[:10]


def test_a_difference_is_noticed():
    assert list(differences({"a": [1.0, 2]}, {"a": [1.001, 2]}))
    assert list(differences({"a": 1}, {"b": 1}))
    assert not list(differences({"a": 1.0, "at": 3}, {"a": 1.000001, "at": 4}))
