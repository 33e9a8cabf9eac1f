"""What to learn from: the demo community, an upload, or a file or folder of this computer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from recsys.data.validate import find_ratings
from recsys.errors import DataError
from recsys.files import slugify, write_bytes
from recsys.paths import demo_ratings_path, local_folder

__all__ = ["DataSource", "draw_data_picker"]

DEMO, UPLOAD, PATH = "Demo community", "Upload", "On this computer"
KINDS = {
    DEMO: "synthetic people that ship with the app",
    UPLOAD: "a ratings file: CSV, TSV, Parquet, plain or gzipped",
    PATH: "a file, a Kaggle export's folder, or a stored table",
}
UPLOAD_MB = 200
SUFFIXES = ("csv", "tsv", "txt", "gz", "parquet")


@dataclass(frozen=True, slots=True)
class DataSource:
    """Ratings to learn from, and what a person calls them."""

    path: Path
    name: str


def draw_data_picker() -> DataSource | None:
    """Draw the choice; none while nothing usable is chosen.

    Raises:
        DataError: the upload or path cannot be used.
    """
    kind = st.segmented_control(
        "Learn from", list(KINDS), default=DEMO, required=True, key="source",
        help="  \n".join(f"**{name}**: {told}." for name, told in KINDS.items()),
    )  # fmt: skip
    if kind == UPLOAD:
        return _uploaded()
    if kind == PATH:
        return _on_this_computer()
    return DataSource(demo_ratings_path(), "Demo community (synthetic)")


def _uploaded() -> DataSource | None:
    file = st.file_uploader(
        "Ratings: user, anime_id, rating; or lines of user item item …",
        SUFFIXES,
        key="ratings-file",
        max_upload_size=UPLOAD_MB,
    )
    if file is None:
        return None
    data = file.getvalue()
    stem, dot, suffixes = file.name.partition(".")
    name = f"{slugify(stem)}-{hashlib.sha256(data).hexdigest()[:8]}{dot}{suffixes.lower()}"
    path = local_folder() / "uploads" / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():  # the name holds the content's hash
            write_bytes(path, data)
    except OSError as error:
        raise DataError(
            f"The upload {file.name} could not be kept ({error.strerror}); nothing was started."
        ) from None
    return DataSource(path, file.name)


def _on_this_computer() -> DataSource | None:
    text = st.text_input(
        "File or folder", key="ratings-path", placeholder="/home/me/archive/animelist.csv"
    ).strip()
    if not text:
        return None
    path = Path(text).expanduser()
    if not path.exists():
        raise DataError(
            f"There is nothing at {path}. Give the path of a ratings file or its folder."
        )
    found = find_ratings(path) if path.is_dir() else path
    return DataSource(found.resolve(), path.name)
