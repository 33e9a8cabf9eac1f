"""The package: the content of the wheel, requirements that agree, and commands without extras."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from recsys.cli.app import EXTRAS
from recsys.paths import ROOT, app_script

pytestmark = pytest.mark.slow  # builds a wheel

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRA_REQUIREMENTS = PROJECT["optional-dependencies"]


def pinned(file: str) -> dict[str, str]:
    """Return the exact version of each package of a requirements file."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith(("#", "-r"))]
    return {canonicalize_name(name): version for name, version in pins}


def ranges(requirements: list[str]) -> dict[str, Requirement]:
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(part.name): part for part in parsed if part.name != PROJECT["name"]}


def runtime_ranges() -> dict[str, Requirement]:
    extras = (EXTRA_REQUIREMENTS[name] for name in ("app", "train", "map", "baselines"))
    return ranges([*PROJECT["dependencies"], *(text for extra in extras for text in extra)])


@pytest.mark.parametrize(
    ("file", "required"),
    [
        ("requirements.txt", runtime_ranges()),
        ("requirements-dev.txt", ranges(EXTRA_REQUIREMENTS["dev"])),
    ],
)
def test_the_pinned_versions_are_those_that_the_package_allows(file, required):
    pins = pinned(file)
    assert set(pins) == set(required)
    for name, version in pins.items():
        assert version in required[name].specifier, f"{name} {version}"


def test_what_training_needs_is_part_of_every_installation():
    assert set(EXTRA_REQUIREMENTS["train"]) <= set(PROJECT["dependencies"])


def test_dev_is_everything():
    (everything,) = (
        Requirement(text) for text in EXTRA_REQUIREMENTS["dev"] if text.startswith(PROJECT["name"])
    )
    assert everything.extras == set(EXTRA_REQUIREMENTS) - {"dev"}


def test_no_package_may_be_newer_than_the_range_that_is_tested():
    for name, requirement in runtime_ranges().items():
        assert any(part.operator == "<" for part in requirement.specifier), name


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
        "--no-index", "--wheel-dir", str(folder), str(ROOT),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        yield archive


def test_the_wheel_holds_the_library_the_app_and_the_shipped_files(wheel):
    names = set(wheel.namelist())
    shipped = "recsys/_shipped"
    assert {
        "recsys/__init__.py", "recsys/py.typed", "recsys/presets/standard.toml",
        "recsys/profiles/migrations/versions/0001_profiles.py",
        "recsys/_app/app.py", "recsys/_app/pages/frame.py", "recsys/_app/.streamlit/config.toml",
        "recsys/_app/pages/shared/grid/grid.js", "recsys/_app/pages/static/fonts/inter-latin.woff2",
        f"{shipped}/data/catalogue.parquet", f"{shipped}/data/demo_community.parquet",
        f"{shipped}/checkpoints/default/card.json",
        f"{shipped}/checkpoints/default/items.safetensors",
    } <= names  # fmt: skip
    for folder, prefix in ((ROOT / "recsys", "recsys"), (ROOT / "pages", "recsys/_app/pages")):
        files = {f"{prefix}/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.py")}
        assert files <= names
    for name in ("data/catalogue.parquet", "checkpoints/default/items.safetensors"):
        assert wheel.read(f"{shipped}/{name}") == (ROOT / name).read_bytes()


def test_the_wheel_holds_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"recsys"}
    leftover = re.compile(r"__pycache__|\.pyc$|/local/|\.tmp|/tests?/|node_modules")
    assert [name for name in wheel.namelist() if leftover.search(name)] == []


def test_the_wheel_has_the_command(wheel):
    (file,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "anime-recsys = recsys.cli.app:main" in wheel.read(file).decode()


def test_in_a_checkout_the_app_is_the_script_beside_the_code():
    assert app_script() == ROOT / "app.py"


def without(modules: list[str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command where some packages are not installed."""
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({modules!r}))\n"
        "import importlib.util\n"
        "known = importlib.util.find_spec\n"
        "importlib.util.find_spec = "
        f"lambda name, *a: None if name in {modules!r} else known(name)\n"
        f"sys.argv = ['anime-recsys', *{list(words)!r}]\n"
        "from recsys.cli.app import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_without_any_extra_the_commands_of_the_library_work():
    done = without(list(EXTRAS), "recommend", "--liked", "1", "--top", "2", "--json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "extra"),
    [(("recommend", "--profile", "Ada"), "app"), (("app",), "app")],
)
def test_a_command_whose_extra_is_missing_says_what_to_install_in_one_sentence(words, extra):
    done = without(list(EXTRAS), *words)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"pip install 'anime-recsys[{extra}]'" in done.stderr
