"""Column aliases: the names that columns have in known exports, and cells that mean missing."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ANIME", "DATE", "ITEM_COLUMNS", "MISSING", "NOT_RATED", "RATING", "USER", "pick_column"]

USER = ("user", "user_id", "username", "User_ID", "Username", "userID", "profile")
ANIME = (
    "anime_id",
    "item",
    "item_id",
    "MAL_ID",
    "Anime_ID",
    "animeID",
    "mal_id",
    "series_animedb_id",
)
RATING = ("rating", "score", "my_score", "user_rating", "Rating")
DATE = ("timestamp", "date", "my_last_updated", "updated_at", "rated_at", "last_updated")
MISSING = ("", "Unknown", "UNKNOWN", "unknown", "nan", "NaN", "None", "null", "\\N")
NOT_RATED = (-1.0, 0.0)

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
    """Return the column whose trimmed name is the first matching alias; None where none matches."""
    names = {name.strip().lstrip("\ufeff"): name for name in columns}
    return next((names[alias] for alias in aliases if alias in names), None)
