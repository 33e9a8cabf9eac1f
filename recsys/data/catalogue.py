"""Catalogue: facts about each anime, as NumPy columns to filter by and as values to show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int16, Int32, Int64, Shaped

from recsys.data.catalogue_schema import (
    TAG_COLUMNS,
    TYPES,
    Anime,
    complete_columns,
    fingerprint,
    schema,
)
from recsys.data.franchise import franchises
from recsys.data.genres import DEMOGRAPHICS, GENRES, THEMES
from recsys.data.ids import IdMap
from recsys.errors import DataError
from recsys.files import atomic_path

if TYPE_CHECKING:  # imported where it is first needed, see recsys.data.catalogue_schema
    import polars as pl

__all__ = ["Anime", "Catalogue"]

_SEAL = "fingerprint"  # key of the file's metadata: detects a changed byte
_REMEDY = "restore it from the repository, or make it again with 'make catalogue'."
_EXPECTED = "it must be a Parquet file with the columns of the catalogue that ships."
_REQUIRED = ("anime_id", "title", "is_adult", "franchise", *TAG_COLUMNS, "studios")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Facts about all known anime, one row each; immutable.

    Attributes:
        facts: polars frame in the columns of ``schema``, in row order.
        ids: anime ids of the rows.
        year: 0 where unknown.
        members: 0 where unknown.
        score: NaN where unknown.
        episodes: 0 where unknown.
        is_adult: pornographic.
        franchise: rows with the same number belong to one series.
        type_code: index into ``type_names``, −1 where unknown.
        genre_names: every genre, theme and demographic that occurs, in this order; filters offer
            all three as genres, since older data does not distinguish them.
        genre_mask: which of them each row has.
        fingerprint: SHA-256 of all facts.
    """

    facts: pl.DataFrame
    ids: IdMap
    year: Int16[np.ndarray, " n"]
    members: Int64[np.ndarray, " n"]
    score: Float32[np.ndarray, " n"]
    episodes: Int32[np.ndarray, " n"]
    is_adult: Bool[np.ndarray, " n"]
    franchise: Int32[np.ndarray, " n"]
    type_code: Int8[np.ndarray, " n"]
    genre_names: tuple[str, ...]
    genre_mask: Bool[np.ndarray, "n g"]
    fingerprint: str
    type_names: ClassVar[tuple[str, ...]] = TYPES

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Catalogue({len(self)} anime)"

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read a catalogue file, such as the one that ships.

        Args:
            path: a Parquet file with the columns of ``schema``.

        Returns:
            The catalogue.

        Raises:
            DataError: the file is missing, empty, damaged or of another format; the message says
                which.
        """
        import polars as pl  # noqa: PLC0415 - not at the first paint

        if not path.is_file():
            raise DataError(f"There is no catalogue at {path}; {_REMEDY}")
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise DataError(f"The catalogue {path} is empty; {_REMEDY}")
        if start != b"PAR1":
            raise DataError(f"The file {path} is not a catalogue: {_EXPECTED}")
        damaged = f"The catalogue {path} is damaged and cannot be read; {_REMEDY}"
        try:
            facts = pl.read_parquet(path)
            seal = pl.read_parquet_metadata(path).get(_SEAL)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise DataError(damaged) from error
        columns = schema()
        wrong = [name for name, dtype in columns.items() if facts.schema.get(name) != dtype]
        if wrong:
            raise DataError(
                f"The file {path} is not a catalogue: its column {wrong[0]!r} is missing or of "
                f"another type; {_EXPECTED}"
            )
        catalogue = cls._from_facts(facts.select(list(columns)), f"The catalogue {path}")
        if seal not in (None, catalogue.fingerprint):
            raise DataError(damaged)
        return catalogue

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> Catalogue:
        """Build a catalogue from a table of anime.

        Args:
            frame: columns of ``schema``; only ``anime_id`` and ``title`` are required. ``genres``
                may hold names of any source, which are mapped to the vocabulary; names that are
                not in it stay genres. Franchises are derived from the titles where a row has none.

        Returns:
            The catalogue.

        Raises:
            DataError: a row has no id or no title, or an id occurs twice.
        """
        facts = complete_columns(frame)
        if facts["franchise"].null_count():
            numbers = franchises(
                facts["anime_id"].fill_null(0).to_numpy(),
                facts["title"].fill_null("").to_list(),
                english=facts["title_english"].to_list(),
                japanese=facts["title_japanese"].to_list(),
                members=facts["members"].fill_null(0).to_list(),
                types=facts["type"].to_list(),
            )
            facts = facts.with_columns(franchise=numbers)
        return cls._from_facts(facts, "The table of anime")

    @classmethod
    def _from_facts(cls, facts: pl.DataFrame, source: str) -> Catalogue:
        import polars as pl  # noqa: PLC0415 - not at the first paint

        if not facts.height:
            raise DataError(f"{source} holds no anime.")
        for name in _REQUIRED:
            if facts[name].null_count():
                raise DataError(f"{source} cannot be used: a row has no {name}.")
        try:
            ids = IdMap(facts["anime_id"].to_numpy())
        except DataError as error:
            raise DataError(f"{source} cannot be used. {error}") from error
        genre_names, genre_mask = _genres_of(facts)
        types = facts["type"].cast(pl.Enum(TYPES), strict=False).to_physical()
        return cls(
            facts=facts,
            ids=ids,
            year=facts["year"].fill_null(0).to_numpy().astype(np.int16),
            members=facts["members"].fill_null(0).to_numpy().astype(np.int64),
            score=facts["score"].fill_null(float("nan")).to_numpy().astype(np.float32),
            episodes=facts["episodes"].fill_null(0).to_numpy().astype(np.int32),
            is_adult=facts["is_adult"].to_numpy().astype(np.bool_),
            franchise=facts["franchise"].to_numpy().astype(np.int32),
            type_code=types.cast(pl.Int8).fill_null(-1).to_numpy().astype(np.int8),
            genre_names=genre_names,
            genre_mask=genre_mask,
            fingerprint=fingerprint(facts),
        )

    def save(self, path: Path) -> None:
        """Write the catalogue atomically, with its fingerprint in the metadata of the file.

        Raises:
            OSError: the file cannot be written; the previous file is unchanged.
        """
        with atomic_path(path) as temporary:
            self.facts.write_parquet(
                temporary,
                compression="zstd",
                compression_level=19,
                statistics=False,
                metadata={_SEAL: self.fingerprint},
            )

    def rows(self, anime_ids: Shaped[np.ndarray, " m"] | Iterable[int]) -> Int64[np.ndarray, " m"]:
        """Return the row of each anime id; −1 where it is unknown."""
        return self.ids.find(anime_ids)

    def anime(self, row: int) -> Anime:
        """Return the facts about the anime of a row.

        Raises:
            IndexError: the row is not between 0 and ``len − 1``.
        """
        if not 0 <= row < len(self):
            raise IndexError(f"The catalogue has no row {row}.")
        facts: dict[str, Any] = self.facts.row(row, named=True)
        facts |= {name: tuple(facts[name]) for name in (*TAG_COLUMNS, "studios")}
        score = facts["score"]
        return Anime(**facts | {"score": None if score is None else round(score, 2)})

    def get(self, anime_id: int) -> Anime | None:
        """Return the facts about an anime; None where its id is unknown."""
        row = int(self.ids.find([anime_id])[0])
        return None if row < 0 else self.anime(row)


def _genres_of(facts: pl.DataFrame) -> tuple[tuple[str, ...], Bool[np.ndarray, "n g"]]:
    """Return the names that occur, and which of them each row has."""
    import polars as pl  # noqa: PLC0415 - not at the first paint

    tags = {tag: facts[tag].explode(empty_as_null=False) for tag in TAG_COLUMNS}
    occurring = {name for tag in TAG_COLUMNS for name in tags[tag].unique()}
    known = (*GENRES, *THEMES, *DEMOGRAPHICS)
    names = (*(n for n in known if n in occurring), *sorted(occurring.difference(known)))
    mask = np.zeros((facts.height, len(names)), dtype=np.bool_)
    for tag in TAG_COLUMNS:
        rows = np.repeat(np.arange(facts.height), facts[tag].list.len().to_numpy())
        mask[rows, tags[tag].cast(pl.Enum(names)).to_physical().to_numpy()] = True
    return names, mask
