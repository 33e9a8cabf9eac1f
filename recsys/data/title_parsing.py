"""What a title says: its plain words, and the name of the series it is a part of."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["SeriesName", "japanese_core", "normalize_title", "series_name", "share_beginning"]

_ORDINAL = r"(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|final|last)"
_NUMBER = r"(?:\d+|i{1,3}|iv|vi{0,3}|ix|x)"
# What marks a season: a title that ends so is a part of what stands before.
_SEASON = re.compile(
    rf" (?:(?:the )?{_ORDINAL} (?:season|series|part|cour|stage)"
    rf"|(?:season|part|cour|series|stage) ?{_NUMBER}"
    r"|dai ?(?:\d+|ni|san|yon|go) ?(?:ki|bu|shou|maku)|(?:ni|san|yon|shi|go) no (?:shou|sara)"
    r"|recaps?|soushuuhen|picture dramas?|mini anime|bangaihen|tokubetsu hen|(?:zoku|kanketsu) hen"
    r"|zenpen|chuuhen|kouhen|zoku|pvs?|pilot(?: film)?|episode \d+|i{2,3}|iv|vi{1,3}|ix)$"
)
# What may also end the title of something else.
_FORM = re.compile(
    r" (?:(?:the )?movies?(?: \d+)?|films?|gekijou?ban|o[vn]as?(?: \d+)?|oads?|(?:tv )?specials?|tv"
    r"|the animation|v|x|[2-9]|1\d)$"
)
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_SUBTITLE = re.compile(r":\s|~|\s[-–—]\s|/+(?=\w)")
_FORM_JAPANESE = re.compile(r"^(?:劇場版|映画|tvアニメ|ova|新)+")
_ACCENTS = re.compile("[\u0300-\u036f]")  # of Latin letters; the marks of kana make other letters
_APOSTROPHES = re.compile("['’`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def normalize_title(text: str) -> str:
    """Return the words of a text without case, width, accents and punctuation.

    >>> plain("Ｆａｔｅ／Zero"), plain("Shin Évangelion: K-ON!!"), plain("進撃の巨人")
    ('fate zero', 'shin evangelion k on', '進撃の巨人')
    """
    text = text.casefold().replace("m@s", "mas")  # THE iDOLM@STER
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    return _BETWEEN_WORDS.sub(" ", _APOSTROPHES.sub("", text)).strip()


class SeriesName(NamedTuple):
    """The series that a title names, in plain words.

    Attributes:
        stem: what is left without subtitle, season and form.
        season: something was taken off that only a season, a recap or a pilot ends with.
        alone: no subtitle followed.
    """

    stem: str
    season: bool
    alone: bool


def series_name(title: str) -> SeriesName:
    """Return the name of the series a title belongs to.

    >>> [series_name(t).stem for t in ("Kimetsu no Yaiba: Yuukaku-hen", "Mob Psycho 100 III")]
    ['kimetsu no yaiba', 'mob psycho 100']
    """
    bare = _BRACKETS.sub("", title).strip() or title
    pieces = [words for words in map(normalize_title, _SUBTITLE.split(bare)) if words]
    if not pieces:
        return SeriesName("", season=False, alone=False)
    stem, season = pieces[0], False
    while True:
        shorter = _SEASON.sub("", stem)
        season = season or shorter != stem
        shorter = _FORM.sub("", stem) if shorter == stem else shorter
        if shorter == stem:
            return SeriesName(stem, season, alone=len(pieces) == 1)
        stem = shorter


def japanese_core(title: str | None) -> str:
    """Return the letters of a Japanese title without the words for film, series and new."""
    text = unicodedata.normalize("NFKC", title or "").casefold()
    return _FORM_JAPANESE.sub("", re.sub(r"[\W_]+", "", text))


def share_beginning(one: str, other: str) -> bool:
    """Whether one Japanese title begins with the other, or both with the same three letters."""
    alike = 0
    for x, y in zip(one, other, strict=False):
        if x != y:
            break
        alike += 1
    return alike >= 3 or 0 < alike == min(len(one), len(other))
