"""Title parsing: normalised words of a title, and the name of the series it belongs to."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["SeriesName", "japanese_core", "normalize_title", "series_name", "share_beginning"]

_ORDINAL = r"(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|final|last)"
_NUMBER = r"(?:\d+|i{1,3}|iv|vi{0,3}|ix|x)"
# Endings that mark a season or part: the words before them name the series.
_SEASON = re.compile(
    rf" (?:(?:the )?{_ORDINAL} (?:season|series|part|cour|stage)"
    rf"|(?:season|part|cour|series|stage) ?{_NUMBER}"
    r"|dai ?(?:\d+|ni|san|yon|go) ?(?:ki|bu|shou|maku)|(?:ni|san|yon|shi|go) no (?:shou|sara)"
    r"|recaps?|soushuuhen|picture dramas?|mini anime|bangaihen|tokubetsu hen|(?:zoku|kanketsu) hen"
    r"|zenpen|chuuhen|kouhen|zoku|pvs?|pilot(?: film)?|episode \d+|i{2,3}|iv|vi{1,3}|ix)$"
)
# Endings of films and specials, which titles of other works may have too.
_FORM = re.compile(
    r" (?:(?:the )?movies?(?: \d+)?|films?|gekijou?ban|o[vn]as?(?: \d+)?|oads?|(?:tv )?specials?|tv"
    r"|the animation|v|x|[2-9]|1\d)$"
)
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_SUBTITLE = re.compile(r":\s|~|\s[-–—]\s|/+(?=\w)")
_FORM_JAPANESE = re.compile(r"^(?:劇場版|映画|tvアニメ|ova|新)+")
_ACCENTS = re.compile("[\u0300-\u036f]")  # Latin only: with its mark a kana is another letter
_APOSTROPHES = re.compile("['’`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def normalize_title(text: str) -> str:
    """Return the words of a text in lower case and normal width, without accents and punctuation.

    >>> normalize_title("Ｆａｔｅ／Zero"), normalize_title("Évangelion: K-ON!!")
    ('fate zero', 'evangelion k on')
    """
    text = text.casefold().replace("m@s", "mas")  # THE iDOLM@STER
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    return _BETWEEN_WORDS.sub(" ", _APOSTROPHES.sub("", text)).strip()


class SeriesName(NamedTuple):
    """The name of the series in a title, as normalised words.

    Attributes:
        stem: the title without its subtitle, its season and words such as "movie" or "OVA".
        has_season: the title ended with a season, a part, a recap or a pilot.
        has_subtitle: a subtitle followed.
    """

    stem: str
    has_season: bool
    has_subtitle: bool


def series_name(title: str) -> SeriesName:
    """Return the name of the series that a title belongs to.

    >>> [series_name(t).stem for t in ("Kimetsu no Yaiba: Yuukaku-hen", "Mob Psycho 100 III")]
    ['kimetsu no yaiba', 'mob psycho 100']
    """
    bare = _BRACKETS.sub("", title).strip() or title
    pieces = [words for words in map(normalize_title, _SUBTITLE.split(bare)) if words]
    if not pieces:
        return SeriesName("", has_season=False, has_subtitle=True)
    stem, has_season = pieces[0], False
    while True:
        shorter = _SEASON.sub("", stem)
        has_season = has_season or shorter != stem
        shorter = _FORM.sub("", stem) if shorter == stem else shorter
        if shorter == stem:
            return SeriesName(stem, has_season, has_subtitle=len(pieces) > 1)
        stem = shorter


def japanese_core(title: str | None) -> str:
    """Return the letters of a Japanese title without the leading words for film, series and new."""
    text = unicodedata.normalize("NFKC", title or "").casefold()
    return _FORM_JAPANESE.sub("", re.sub(r"[\W_]+", "", text))


def share_beginning(first: str, second: str) -> bool:
    """Return whether two titles share their first three letters, or one begins with the other."""
    shorter = min(len(first), len(second))
    return shorter > 0 and first[: min(shorter, 3)] == second[: min(shorter, 3)]
