"""Column aliases: the names that columns have in known exports, and cells that mean missing."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ANIME",
    "DATE",
    "ITEM_COLUMNS",
    "MISSING",
    "NOT_RATED",
    "OWN_RATING",
    "RATING",
    "USER",
    "pick_column",
]

USER = (
    "user",
    "user_id",
    "username",
    "User_ID",
    "Username",
    "userID",
    "profile",
    "user_idx",
    "user_username",
)
ANIME = (
    "anime_id",
    "item",
    "item_id",
    "MAL_ID",
    "Anime_ID",
    "animeID",
    "mal_id",
    "series_animedb_id",
    "anime_uid",
    "media_id",
    "movie_id",
    "item_idx",
)
# A table that was merged with an anime file has the user's rating as `my_score` beside the mean
# `score` or `Score`, so `my_score` in any spelling comes before every name of RATING.
OWN_RATING = ("my_score",)
RATING = ("rating", "score", "user_rating", "Rating", "Score")
DATE = ("timestamp", "date", "my_last_updated", "updated_at", "rated_at", "last_updated")
MISSING = ("", "Unknown", "UNKNOWN", "unknown", "nan", "NaN", "None", "null", "\\N")
NOT_RATED = (-1.0, 0.0)

# hernan4444's anime file calls the mean score `Score` and the age class `Rating`; these two match
# only an alias of the same spelling.
CASE_SENSITIVE = ("Score", "Rating")

# Columns of files that describe anime. The first alias that a file has is taken, so `score` comes
# before `rating`: CooperUnion's `rating` is the mean score, hernan4444's `Rating` the age class.
ITEM_COLUMNS: dict[str, tuple[str, ...]] = {
    "anime_id": ("anime_id", "MAL_ID", "Anime_ID", "mal_id", "uid", "id"),
    "title": ("title", "name", "Name", "Title", "main_title"),
    "title_english": ("title_english", "English name", "English_name", "english_name"),
    "title_japanese": ("title_japanese", "Japanese name", "Other name", "japanese_name"),
    "genres": ("genres", "genre", "Genres", "Genre"),
    "type": ("type", "Type"),
    "episodes": ("episodes", "Episodes"),
    "score": ("score", "Score", "rating"),
    "members": ("members", "Members"),
    "cover_url": ("cover_url", "image_url", "Image URL", "img_url"),
}


def pick_column(columns: Iterable[str], aliases: Iterable[str]) -> str | None:
    """Return the column that an alias names, or None.

    A column of exactly the name of an alias comes before one that differs in case, blanks or
    underscores; among these the order of the aliases counts, then that of the columns.
    """
    aliases = tuple(aliases)
    names = {name.strip().lstrip("\ufeff"): name for name in columns}
    for alias in aliases:
        if alias in names:
            return names[alias]
    similar: dict[str, str] = {}
    for trimmed, name in names.items():
        if trimmed not in CASE_SENSITIVE:
            similar.setdefault(_simplify(trimmed), name)
    return next((similar[key] for alias in aliases if (key := _simplify(alias)) in similar), None)


def _simplify(name: str) -> str:
    """Return a column name in lower case without blanks and underscores."""
    return "".join(name.casefold().replace("_", " ").split())
