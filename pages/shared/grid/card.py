"""What a card shows, as plain values, and how they travel to the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlsplit

__all__ = ["Card", "EmptyState", "Mode", "Notice", "Reason", "safe_cover"]

Mode = Literal["list", "rate", "rows"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against a title.

    Attributes:
        label: a rated title, or what else it is ("well liked by many").
        percent: its share in percent, drawn as a bar; negative where it speaks against.
        text: said in place of the percentage.
    """

    label: str
    percent: float | None = None
    text: str = ""

    def payload(self) -> dict[str, Any]:
        """Return what the browser draws: label, words for the share, bar length 0 … 1."""
        share = 0.0 if self.percent is None else min(abs(self.percent) / 100, 1.0)
        told = self.text or ("" if self.percent is None else _percent(self.percent))
        return {"label": self.label, "told": told, "share": round(share, 3)}


@dataclass(frozen=True, slots=True)
class Card:
    """One anime on the grid.

    Attributes:
        anime_id: MyAnimeList id; the grid re-uses the drawn card of an id.
        title: drawn in two lines at most, whole on hover.
        other_title: English or Japanese title, on one line.
        line: the quiet line, "2019 · TV · 26 episodes".
        genres: drawn as small chips.
        score: community score, 1 to 10.
        cover_url: remote picture; only ``https:`` is drawn.
        hue: 0 to 360, colour of the drawn cover that stands where no picture is.
        because: what speaks for the title, heaviest first.
        against: what speaks against it.
        rank: place in the list.
        move: "rose 3", "fell 2" or "new".
        rating: the profile's rating, 1 to 10.
        kind: what the profile says without a rating: seen, not_interested, hidden.
        known: whether the model knows the title.
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
        """Return what the browser draws."""
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
    """What stands where no card is: what that means, and what to do next."""

    title: str
    sentence: str

    def payload(self) -> dict[str, str]:
        """Return what the browser draws."""
        return {"title": self.title, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Notice:
    """A line under the grid about what was just done, with a button that takes it back.

    Attributes:
        text: "Hidden: Cowboy Bebop."
        anime_id: comes back in the ``undo`` event; none draws no button.
        problem: whether the line tells of something that went wrong.
    """

    text: str
    anime_id: int | None = None
    problem: bool = False

    def payload(self) -> dict[str, Any]:
        """Return what the browser draws."""
        return {"text": self.text, "id": self.anime_id, "problem": self.problem}


def _percent(percent: float) -> str:
    digits = 1 if 0 < abs(percent) < 1 else 0
    return f"{percent:.{digits}f} %".replace("-", "−")


def initials(title: str) -> str:
    """Return the letters on a drawn cover: of the first two words, or one Japanese character."""
    words = [word for word in title.split() if word[0].isalnum()]
    if not words:
        return title.strip()[:1]
    if ord(words[0][0]) > 0x2E7F:
        return words[0][0]
    return "".join(word[0].upper() for word in words[:2])


def safe_cover(url: str | None) -> str | None:
    """Return a picture's address that may stand in a style sheet; none for anything but https.

    Quotes, brackets, backslashes and blanks are percent-encoded, so no address can end the
    ``url("…")`` that it is written into.
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
