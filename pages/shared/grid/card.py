"""Card data: the values that a card shows, and their JSON form for the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlsplit

__all__ = ["Card", "EmptyState", "Mode", "Notice", "Reason", "safe_cover"]

Mode = Literal["list", "rate", "rows"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for or against a title.

    Attributes:
        label: a rated title, or another reason, for example "its popularity".
        percent: its share of the score in percent, drawn as a bar; negative if it is against.
        text: shown in place of the percentage.
    """

    label: str
    percent: float | None = None
    text: str = ""

    def payload(self) -> dict[str, Any]:
        """Return the JSON form: label, text for the share, and bar length from 0 to 1."""
        share = 0.0 if self.percent is None else min(abs(self.percent) / 100, 1.0)
        text = self.text or ("" if self.percent is None else _percent(self.percent))
        return {"label": self.label, "text": text, "share": round(share, 3)}


@dataclass(frozen=True, slots=True)
class Card:
    """One anime on the grid.

    Attributes:
        anime_id: MyAnimeList id; the browser reuses the card element of an id.
        title: drawn in at most two lines; the full title is the tooltip.
        other_title: English or Japanese title, on one line.
        line: facts, for example "2019 · TV · 26 episodes".
        genres: drawn as small chips.
        score: community score, 1 to 10.
        cover_url: address of a cover picture; only ``https:`` is used.
        hue: 0 to 360, colour of the drawn cover that is shown without a picture.
        because: reasons for the title, largest first.
        against: reasons against it.
        rank: rank in the list.
        move: "rose 3", "fell 2" or "new".
        rating: the profile's rating, 1 to 10.
        kind: kind of the profile's entry: rated, seen, not_interested or hidden.
        known: whether the model covers the title.
    """

    anime_id: int
    title: str
    other_title: str = ""
    line: str = ""
    genres: tuple[str, ...] = ()
    score: float | None = None
    cover_url: str | None = None
    hue: int = 0
    because: tuple[Reason, ...] = ()
    against: tuple[Reason, ...] = ()
    rank: int | None = None
    move: str = ""
    rating: int | None = None
    kind: str | None = None
    known: bool = True

    def payload(self) -> dict[str, Any]:
        """Return the JSON form for the browser."""
        return {
            "id": self.anime_id,
            "title": self.title,
            "other": self.other_title,
            "line": self.line,
            "genres": list(self.genres),
            "score": "" if self.score is None else f"{self.score:.1f}",
            "cover": safe_cover(self.cover_url),
            "hue": self.hue % 360,
            "initials": initials(self.title),
            "because": [reason.payload() for reason in self.because],
            "against": [reason.payload() for reason in self.against],
            "rank": self.rank,
            "move": self.move,
            "rating": self.rating,
            "kind": self.kind or "",
            "known": self.known,
        }


@dataclass(frozen=True, slots=True)
class EmptyState:
    """Message of an empty grid: what is missing, and what to do next."""

    title: str
    sentence: str

    def payload(self) -> dict[str, str]:
        """Return the JSON form for the browser."""
        return {"title": self.title, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Notice:
    """A line under the grid about the last click, with an undo button.

    Attributes:
        text: for example "Cowboy Bebop, hidden."
        anime_id: id in the ``undo`` event; None draws no button.
        problem: whether the line reports an error.
    """

    text: str
    anime_id: int | None = None
    problem: bool = False

    def payload(self) -> dict[str, Any]:
        """Return the JSON form for the browser."""
        return {"text": self.text, "id": self.anime_id, "problem": self.problem}


def _percent(percent: float) -> str:
    digits = 1 if 0 < abs(percent) < 1 else 0
    return f"{percent:.{digits}f} %".replace("-", "−")


def initials(title: str) -> str:
    """Return the letters on a drawn cover: initials of two words, or one Japanese character."""
    words = [word for word in title.split() if word[0].isalnum()]
    if not words:
        return title.strip()[:1]
    if ord(words[0][0]) > 0x2E7F:
        return words[0][0]
    return "".join(word[0].upper() for word in words[:2])


def safe_cover(url: str | None) -> str | None:
    """Return a picture's address that is safe inside ``url("…")``, or None if it is not https.

    Quotes, brackets, backslashes and blanks are percent-encoded, so that no address can end the
    ``url("…")`` around it.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        return None
    return quote(url, safe=":/?&=#%+,;~@!$*[]") if url.isprintable() else None
