"""Data picker: ratings from the demo community, an upload, or a path on this computer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared.upload_store import store_upload
from recsys.data.validate import find_ratings
from recsys.errors import DataError
from recsys.paths import demo_ratings_path

__all__ = ["DataSource", "draw_data_picker"]

DEMO, UPLOAD, PATH = "Demo community", "Upload", "On this computer"
KINDS = {
    DEMO: "synthetic ratings that come with the app",
    UPLOAD: "a ratings file: CSV, TSV or Parquet, plain or gzipped",
    PATH: "a ratings file, the folder of a Kaggle export, or a stored table",
}
UPLOAD_MB = 200
SUFFIXES = ("csv", "tsv", "txt", "gz", "parquet")
STORED = "stored-upload"  # session: id of the uploaded file, and the path of its copy


@dataclass(frozen=True, slots=True)
class DataSource:
    """Ratings to train or evaluate on.

    Attributes:
        path: a ratings file or stored table.
        name: its name for users.
    """

    path: Path
    name: str


def draw_data_picker() -> DataSource | None:
    """Draw the choice of ratings.

    Returns:
        The chosen ratings, or None while no file or path is given.

    Raises:
        DataError: the upload cannot be stored, or the path has no ratings.
    """
    kind = st.segmented_control(
        "Ratings from", list(KINDS), default=DEMO, required=True, key="source",
        help="  \n".join(f"**{name}**: {description}." for name, description in KINDS.items()),
    )  # fmt: skip
    if kind == UPLOAD:
        return _uploaded()
    if kind == PATH:
        return _on_this_computer()
    return DataSource(demo_ratings_path(), "Demo community (synthetic)")


def _uploaded() -> DataSource | None:
    """Draw the upload, and store a new file; later reruns neither read nor hash it again."""
    file = st.file_uploader(
        "Ratings: columns user, anime_id, rating; or lines of a user id and item ids",
        SUFFIXES,
        key="ratings-file",
        max_upload_size=UPLOAD_MB,
    )
    if file is None:
        return None
    stored: tuple[str, Path] | None = st.session_state.get(STORED)
    if stored is None or stored[0] != file.file_id or not stored[1].exists():
        stored = (file.file_id, store_upload(file.name, file.getvalue()))
        st.session_state[STORED] = stored
    return DataSource(stored[1], file.name)


def _on_this_computer() -> DataSource | None:
    text = st.text_input(
        "File or folder", key="ratings-path", placeholder="/home/me/archive/animelist.csv"
    ).strip()
    if not text:
        return None
    path = Path(text).expanduser()
    if not path.exists():
        raise DataError(
            f"The path {path} does not exist. Enter the path of a ratings file or its folder."
        )
    ratings = find_ratings(path) if path.is_dir() else path
    return DataSource(ratings.resolve(), path.name)
