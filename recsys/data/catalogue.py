"""The catalogue: what is known about each anime, as columns to filter by and cards to show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int16, Int32, Int64

from recsys.data.anime import TAGS, TYPES, Anime, schema
from recsys.data.franchise import franchises
from recsys.data.genres import DEMOGRAPHICS, GENRES, THEMES, sort_tags
from recsys.data.ids import IdMap
from recsys.errors import DataError

if TYPE_CHECKING:  # imported where it is first needed, see recsys.data.anime
    import polars as pl

__all__ = ["Anime", "Catalogue"]

_OTHER_TYPES = {"TV Special": "Special", "TV Short": "TV", "TV_SHORT": "TV", "MOVIE": "Movie"}
_ELSEWHERE = "A table of anime of another kind is given to 'train --catalogue'."


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All anime that are known, one row each; nothing in it can be changed.

    Attributes:
        facts: polars frame in the columns of ``schema``, in row order.
        ids: anime ids of the rows.
        year: 0 where unknown.
        members: 0 where unknown.
        score: NaN where unknown.
        episodes: 0 where unknown.
        is_adult: pornographic.
        franchise: rows with the same number belong together.
        type_code: place in ``type_names``, −1 where unknown.
        genre_names: every genre, theme and demographic that occurs, in this order: people call
            all three genres, and older data does not part them.
        genre_mask: which of them a row bears.
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
        """Read a catalogue file (Parquet, columns of ``schema``), such as the one that ships.

        Raises:
            DataError: the file is missing, empty, torn or something else; the message says which.
        """
        import polars as pl  # noqa: PLC0415

        if not path.is_file():
            raise DataError(f"There is no catalogue at {path}; 'make catalogue' makes one.")
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise DataError(f"The catalogue {path} is empty; 'make catalogue' makes it again.")
        if start != b"PAR1":
            raise DataError(f"{path} is no catalogue, for it is no Parquet file. {_ELSEWHERE}")
        try:
            facts = pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError(
                f"The catalogue {path} is torn and cannot be read; 'make catalogue' makes it again."
            ) from error
        wanted = schema()
        wrong = [name for name, kind in wanted.items() if facts.schema.get(name) != kind]
        if wrong:
            raise DataError(
                f"{path} is no catalogue: its column {wrong[0]!r} is missing or of another type."
                f" {_ELSEWHERE}"
            )
        return cls._of(facts.select(list(wanted)), f"The catalogue {path}")

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> Catalogue:
        """Make a catalogue of a table of anime; only ``anime_id`` and ``title`` must be there.

        ``genres`` may hold names of any source and kind and is sorted into the vocabulary; names
        that it does not know stay genres. Franchises are told from titles where none are given.

        Raises:
            DataError: a row has no id or no title, or an id occurs twice.
        """
        facts = _completed(frame)
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
        return cls._of(facts, "The table of anime")

    @classmethod
    def _of(cls, facts: pl.DataFrame, what: str) -> Catalogue:
        import polars as pl  # noqa: PLC0415

        if not facts.height:
            raise DataError(f"{what} holds no anime.")
        if facts["anime_id"].null_count() or facts["title"].null_count():
            raise DataError(f"{what} cannot be used: a row has no id or no title.")
        try:
            ids = IdMap(facts["anime_id"].to_numpy())
        except DataError as error:
            raise DataError(f"{what} cannot be used. {error}") from error
        genre_names, genre_mask = _genres_of(facts)
        types = facts["type"].cast(pl.Enum(TYPES), strict=False).to_physical()
        return cls(
            facts=facts,
            ids=ids,
            year=facts["year"].fill_null(0).to_numpy().astype(np.int16),
            members=facts["members"].fill_null(0).to_numpy().astype(np.int64),
            score=facts["score"].fill_null(float("nan")).to_numpy().astype(np.float32),
            episodes=facts["episodes"].fill_null(0).to_numpy().astype(np.int32),
            is_adult=facts["is_adult"].fill_null(value=False).to_numpy().astype(np.bool_),
            franchise=facts["franchise"].to_numpy().astype(np.int32),
            type_code=types.cast(pl.Int8).fill_null(-1).to_numpy().astype(np.int8),
            genre_names=genre_names,
            genre_mask=genre_mask,
        )

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all facts: equal facts in equal order, equal fingerprint."""
        import polars as pl  # noqa: PLC0415

        names = (pl.col(pl.List(pl.String)).list.join("\x1f"), (pl.col("score") * 100).round(0))
        digest = hashlib.sha256()
        for column in self.facts.with_columns(*names).cast(pl.String).fill_null("\x1e"):
            digest.update("\n".join(column.to_list()).encode())
        return digest.hexdigest()

    def rows(self, anime_ids: Iterable[int] | Int64[np.ndarray, " m"]) -> Int64[np.ndarray, " m"]:
        """Return the row of each anime id, −1 where it is unknown."""
        return self.ids.find(anime_ids)

    def anime(self, row: int) -> Anime:
        """Return what is known about the anime of a row, 0 to ``len − 1``."""
        if not 0 <= row < len(self):
            raise IndexError(f"The catalogue has no row {row}.")
        facts: dict[str, Any] = self.facts.row(row, named=True)
        facts |= {name: tuple(facts[name]) for name in (*TAGS, "studios")}
        score = facts["score"]
        return Anime(**facts | {"score": None if score is None else round(score, 2)})

    def get(self, anime_id: int) -> Anime | None:
        """Return what is known about an anime, None where its id is unknown."""
        row = int(self.ids.find([anime_id])[0])
        return None if row < 0 else self.anime(row)


def _completed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table of anime in the columns of ``schema``, its names in the closed vocabulary."""
    import polars as pl  # noqa: PLC0415

    wanted = schema()
    facts = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None).alias(name)).cast(
            kind, strict=False
        )
        for name, kind in wanted.items()
    ).with_columns(pl.col(*TAGS, "studios").fill_null([]))
    tags = [sort_tags(chain(*names)) for names in facts.select(TAGS).iter_rows()]
    genres = [[*row.genres, *row.unknown] for row in tags]
    return facts.with_columns(
        pl.Series("genres", genres, wanted["genres"]),
        pl.Series("themes", [list(row.themes) for row in tags], wanted["themes"]),
        pl.Series("demographics", [list(row.demographics) for row in tags], wanted["demographics"]),
        pl.col("type").replace(_OTHER_TYPES),
    ).with_columns(
        pl.when(pl.col("type").is_in(TYPES)).then("type"),
        pl.col("is_adult").fill_null(value=False)
        | pl.col("genres").list.contains("Hentai")
        | pl.col("age_class").eq_missing("Rx"),
    )


def _genres_of(facts: pl.DataFrame) -> tuple[tuple[str, ...], Bool[np.ndarray, "n g"]]:
    """Return the names that occur and which of them each row bears."""
    import polars as pl  # noqa: PLC0415

    borne = facts.select(pl.concat_list(TAGS).alias("name")).with_row_index("row").explode("name")
    borne = borne.drop_nulls()
    occurring = set(borne["name"].unique())
    known = (*GENRES, *THEMES, *DEMOGRAPHICS)
    names = (*(n for n in known if n in occurring), *sorted(occurring.difference(known)))
    mask = np.zeros((facts.height, len(names)), dtype=np.bool_)
    mask[borne["row"].to_numpy(), borne["name"].cast(pl.Enum(names)).to_physical().to_numpy()] = (
        True
    )
    return names, mask
