"""Paths in a checkout and in an installed package, both built as empty folders."""

from pathlib import Path

import pytest

from recsys import paths

VARIABLES = ("ANIME_CATALOGUE", "ANIME_CHECKPOINT", "ANIME_LOCAL", "ANIME_PROFILES_URL")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder in place of the one that holds the package; no variable is set."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return tmp_path


def install(root):
    """Lay the shipped files out as a wheel has them, beside another package's data folder."""
    shipped = root / "recsys" / "_shipped"
    for folder in ("data", "checkpoints/default"):
        (shipped / folder).mkdir(parents=True)
    (root / "data").mkdir()
    (root / "pages").mkdir()
    return shipped


def test_in_a_checkout_all_files_lie_beside_the_code(root):
    (root / "pyproject.toml").touch()
    assert not paths.is_installed()
    assert paths.catalogue_path() == root / "data" / "catalogue.parquet"
    assert paths.demo_ratings_path() == root / "data" / "demo_community.parquet"
    assert paths.default_checkpoint() == root / "checkpoints" / "default"
    assert paths.local_folder() == root / "data" / "local"
    assert paths.runs_folder() == root / "data" / "local" / "runs"
    assert paths.profiles_url() == f"sqlite:///{root / 'data' / 'local' / 'profiles.sqlite'}"


def test_an_installed_package_ships_its_files_as_package_data(root):
    shipped = install(root)
    assert paths.is_installed()
    assert paths.catalogue_path() == shipped / "data" / "catalogue.parquet"
    assert paths.demo_ratings_path() == shipped / "data" / "demo_community.parquet"
    assert paths.default_checkpoint() == shipped / "checkpoints" / "default"


def test_an_installed_package_keeps_user_data_in_the_platforms_folder(root, monkeypatch):
    install(root)
    monkeypatch.setattr(
        "platformdirs.user_data_path", lambda name, **_options: Path("/user") / name
    )
    assert paths.local_folder() == Path("/user/anime-recsys")
    assert paths.runs_folder() == Path("/user/anime-recsys/runs")
    assert paths.profiles_url() == "sqlite:////user/anime-recsys/profiles.sqlite"


def test_package_data_built_in_a_checkout_does_not_make_it_an_installed_package(root):
    install(root)
    (root / "pyproject.toml").touch()
    assert not paths.is_installed()
    assert paths.local_folder() == root / "data" / "local"


@pytest.mark.parametrize("installed", [False, True])
def test_variables_set_each_path(root, monkeypatch, installed):
    if installed:
        install(root)
    monkeypatch.setenv("ANIME_CATALOGUE", "/mine/anime.parquet")
    monkeypatch.setenv("ANIME_CHECKPOINT", "/mine/model")
    monkeypatch.setenv("ANIME_LOCAL", "/mine/local")
    assert paths.catalogue_path() == Path("/mine/anime.parquet")
    assert paths.default_checkpoint() == Path("/mine/model")
    assert paths.runs_folder() == Path("/mine/local/runs")
    assert paths.profiles_url() == "sqlite:////mine/local/profiles.sqlite"
    monkeypatch.setenv("ANIME_PROFILES_URL", "postgresql://here")
    assert paths.profiles_url() == "postgresql://here"


def test_a_relative_path_in_a_variable_counts_from_the_working_directory(root, monkeypatch):
    monkeypatch.chdir(root)
    for variable in VARIABLES[:3]:
        monkeypatch.setenv(variable, "mine")
    assert paths.local_folder() == paths.catalogue_path() == root / "mine"
    assert paths.default_checkpoint() == root / "mine"
    assert paths.profiles_url() == f"sqlite:///{root / 'mine' / 'profiles.sqlite'}"
    monkeypatch.delenv("ANIME_SHARED_DATA", raising=False)
    assert paths.absolute_variables() == dict.fromkeys(VARIABLES[:3], str(root / "mine"))


def test_only_the_files_of_an_installed_package_are_package_data(root):
    shipped = install(root)
    assert paths.is_package_data(shipped / "checkpoints" / "default")
    assert not paths.is_package_data(root / "data")
    (root / "pyproject.toml").touch()
    assert not paths.is_package_data(shipped / "checkpoints" / "default")
