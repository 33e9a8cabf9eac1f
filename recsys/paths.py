"""Where things are: what ships, what a user adds, and the shared real data of developers.

Each place can be moved by one environment variable; nothing else in the project reads these.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = [
    "catalogue_path",
    "default_checkpoint",
    "demo_ratings_path",
    "local_folder",
    "profiles_url",
    "runs_folder",
    "shared_data",
]

ROOT = Path(__file__).resolve().parent.parent


def _place(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default)


def catalogue_path() -> Path:
    """Return the catalogue of facts that ships (``ANIME_CATALOGUE`` moves it)."""
    return _place("ANIME_CATALOGUE", ROOT / "data" / "catalogue.parquet")


def demo_ratings_path() -> Path:
    """Return the ratings of the synthetic demo community that ships."""
    return ROOT / "data" / "demo_community.parquet"


def default_checkpoint() -> Path:
    """Return the checkpoint that the app serves (``ANIME_CHECKPOINT`` moves it)."""
    return _place("ANIME_CHECKPOINT", ROOT / "checkpoints" / "default")


def local_folder() -> Path:
    """Return the folder of all that a user adds, kept out of git (``ANIME_LOCAL`` moves it)."""
    return _place("ANIME_LOCAL", ROOT / "data" / "local")


def runs_folder() -> Path:
    """Return the training place: a folder of run folders, with one lock for all of them."""
    return local_folder() / "runs"


def profiles_url() -> str:
    """Return the SQLAlchemy URL of the profiles' database (``ANIME_PROFILES_URL`` moves it)."""
    default = f"sqlite:///{local_folder() / 'profiles.sqlite'}"
    return os.environ.get("ANIME_PROFILES_URL") or default


def shared_data() -> Path:
    """Return the folder of real ratings for tests and ``make`` targets (``ANIME_SHARED_DATA``)."""
    return _place("ANIME_SHARED_DATA", ROOT.parent / "shared" / "data")
