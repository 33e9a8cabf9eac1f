"""Paths: the files that ship, the folder of the user's data, and the developers' real ratings.

In a checkout the shipped files and the user's data lie beside the code. In an installed package
the shipped files are package data, and the user's data goes to the folder that the platform has
for it. Each path can be set by one environment variable; no other module reads these variables. A
relative path counts from the working directory of this process; all returned paths are absolute.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = [
    "ROOT",
    "absolute_variables",
    "app_script",
    "catalogue_path",
    "default_checkpoint",
    "demo_ratings_path",
    "is_installed",
    "is_package_data",
    "local_folder",
    "profiles_url",
    "runs_folder",
    "shared_data",
]

# the folder of the checkout; in an installed package the folder of all packages
ROOT = Path(__file__).resolve().parent.parent
SHIPPED = "_shipped"  # package data of a wheel, laid out like the checkout
APP = "_app"  # app.py, its pages and its settings in a wheel
APP_NAME = "anime-recsys"
PATH_VARIABLES = ("ANIME_CATALOGUE", "ANIME_CHECKPOINT", "ANIME_LOCAL", "ANIME_SHARED_DATA")


def is_installed() -> bool:
    """Return whether the code runs from an installed package instead of a checkout."""
    return (ROOT / "recsys" / SHIPPED).is_dir() and not (ROOT / "pyproject.toml").exists()


def is_package_data(path: Path) -> bool:
    """Return whether a path belongs to an installed package, which nothing may write to."""
    return is_installed() and path.resolve().is_relative_to((ROOT / "recsys" / SHIPPED).resolve())


def absolute_variables() -> dict[str, str]:
    """Return the variables that are set to a path, as absolute paths.

    A process that is started in another folder gets them, so that it uses the same files.
    """
    paths = {variable: _from_environment(variable) for variable in PATH_VARIABLES}
    return {variable: str(path) for variable, path in paths.items() if path is not None}


def app_script() -> Path:
    """Return the script that ``streamlit run`` starts."""
    return (ROOT / "recsys" / APP if is_installed() else ROOT) / "app.py"


def catalogue_path() -> Path:
    """Return the catalogue that ships, or the one that ``ANIME_CATALOGUE`` names."""
    return _from_environment("ANIME_CATALOGUE") or _shipped("data", "catalogue.parquet")


def demo_ratings_path() -> Path:
    """Return the ratings of the synthetic demo community that ships."""
    return _shipped("data", "demo_community.parquet")


def default_checkpoint() -> Path:
    """Return the checkpoint that ships, or the one that ``ANIME_CHECKPOINT`` names."""
    return _from_environment("ANIME_CHECKPOINT") or _shipped("checkpoints", "default")


def local_folder() -> Path:
    """Return the folder of the user's data: profiles, runs, uploads and chosen models.

    Returns:
        The folder that ``ANIME_LOCAL`` names; else ``data/local`` in a checkout, and the
        platform's folder for user data in an installed package. It need not exist yet.
    """
    folder = _from_environment("ANIME_LOCAL")
    if folder is not None:
        return folder
    if is_installed():
        from platformdirs import user_data_path  # noqa: PLC0415 - no checkout needs it

        return user_data_path(APP_NAME, appauthor=False)
    return ROOT / "data" / "local"


def runs_folder() -> Path:
    """Return the folder of all training runs, which share one lock."""
    return local_folder() / "runs"


def profiles_url() -> str:
    """Return the SQLAlchemy URL of the profiles database (``ANIME_PROFILES_URL`` sets it)."""
    default = f"sqlite:///{local_folder() / 'profiles.sqlite'}"
    return os.environ.get("ANIME_PROFILES_URL") or default


def shared_data() -> Path:
    """Return the developers' folder of real ratings (``ANIME_SHARED_DATA`` sets it)."""
    return _from_environment("ANIME_SHARED_DATA") or ROOT.parent / "shared" / "data"


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).absolute() if value else None


def _shipped(*parts: str) -> Path:
    """Return the path of a file that ships, which exists in a checkout and in a wheel."""
    root = ROOT / "recsys" / SHIPPED if is_installed() else ROOT
    return root.joinpath(*parts)
