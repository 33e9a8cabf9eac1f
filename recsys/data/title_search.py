"""Search that forgives: titles by romaji, English or Japanese name, whole, in part, or misspelt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Bool, Float64, Int64
from rapidfuzz import fuzz, process

from recsys.data.catalogue import Catalogue
from recsys.data.title_parsing import normalize_title

__all__ = ["TitleIndex"]

# How well a name answers, before popularity. A name known to a million people gets 30 on top, one
# known to a hundred gets 10: of two answers of one kind the better known comes first, and a much
# better known one may pass the next kind. What is typed in full always comes first.
EXACT, EXACT_BUT_FOR_SPACES, INITIALS = 140.0, 120.0, 100.0
BEGINS, BEGINS_WITHIN_WORD, BEGINS_BUT_FOR_SPACES = 82.0, 76.0, 74.0
WORDS, WORDS_BEGIN, IN_ANY_ORDER, INSIDE = 72.0, 66.0, 60.0, 56.0
MISSPELT, MISSPELT_BEGINNING, MISSPELT_INSIDE = 64.0, 60.0, 54.0
PER_WRONG_PERCENT = 2.0  # taken off for each percent of the letters that is wrong
PER_TENFOLD_MEMBERS = 5.0
ADULT = 20.0  # taken off: such titles come after others of their kind
LEAST_ALIKE = 75  # percent
ENOUGH = 12  # titles that hold the query as it was typed; then nobody misspelt anything
OCCURRENCES = 400  # of each kind, best known first: enough to fill any list
WELL_KNOWN = 12_000  # names whose misspelt beginning is enough to find them
BEST_KNOWN = 4_000  # names whose initials, or misspelt words in their middle, are enough

_Found = tuple[float | Float64[np.ndarray, " found"], Int64[np.ndarray, " found"]]


class TitleIndex:
    """An index of all names in a catalogue; built once in about half a second, 25 MB, read only.

    Args:
        catalogue: what to search in; the rows that are found are its rows.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        popularity = PER_TENFOLD_MEMBERS * np.log10(catalogue.members + 1.0)
        self._bonus: Float64[np.ndarray, " n"] = popularity - ADULT * catalogue.is_adult
        columns = ("title", "title_english", "title_japanese")
        known_as = list(zip(*(catalogue.facts[name].to_list() for name in columns), strict=True))
        names: list[str] = []
        rows: list[int] = []
        for row in np.argsort(-catalogue.members, kind="stable").tolist():
            own = dict.fromkeys(normalize_title(name) for name in known_as[row] if name)
            names.extend(name for name in own if name)
            rows.extend(row for name in own if name)
        self._names = names
        self._rows: Int64[np.ndarray, " names"] = np.array(rows, dtype=np.int64)
        self._text = _Text(names)
        self._squeezed = _Text([name.replace(" ", "") for name in names])
        self._lengths: Int64[np.ndarray, " names"] = np.array([len(name) for name in names])
        self._latin: Bool[np.ndarray, " names"] = np.array([name.isascii() for name in names])
        self._initials: defaultdict[str, list[int]] = defaultdict(list)
        for i, name in enumerate(names[:BEST_KNOWN]):
            self._initials["".join(word[0] for word in name.split())].append(i)

    def search(self, query: str, limit: int = 12) -> list[int]:
        """Return the rows of the titles that answer a query best, the best first.

        Args:
            query: what a person typed, in any script; nothing is found for nothing.
            limit: how many rows at most.
        """
        words = normalize_title(query)
        if not words or limit < 1:
            return []
        best = np.full(self._bonus.size, -np.inf)
        for kind, found in self._occurrences(words):
            np.maximum.at(best, self._rows[found], kind)
        if len(words) > 3 and np.count_nonzero(best > INSIDE) < ENOUGH:
            for kind, found in self._likenesses(words):
                np.maximum.at(best, self._rows[found], kind)
        best += self._bonus
        first = np.argsort(-best, kind="stable")[:limit]
        return [int(row) for row in first if np.isfinite(best[row])]

    def _occurrences(self, words: str) -> Iterator[_Found]:
        """Yield the names that hold the query as it was typed, by the way in which they do."""
        yield EXACT, self._text.find(f"\n{words}\n")
        yield BEGINS, self._text.find(f"\n{words} ")
        yield BEGINS_WITHIN_WORD, self._text.find(f"\n{words}")
        yield WORDS, self._text.find(f" {words} ")
        yield WORDS, self._text.find(f" {words}\n")
        yield WORDS_BEGIN, self._text.find(f" {words}")
        if not words.isascii():  # where words are not parted, any place may be a word's beginning
            yield WORDS_BEGIN, self._text.find(words)
        elif len(words) > 2:
            yield INITIALS, np.array(self._initials.get(words, []), dtype=np.int64)
            yield INSIDE, self._text.find(words)
            squeezed = words.replace(" ", "")  # "onepiece" and "kon" are One Piece and K-On!
            yield EXACT_BUT_FOR_SPACES, self._squeezed.find(f"\n{squeezed}\n")
            yield BEGINS_BUT_FOR_SPACES, self._squeezed.find(f"\n{squeezed}")

    def _likenesses(self, words: str) -> Iterator[_Found]:
        """Yield the names that hold the same words apart, or are, begin or hold something alike."""
        *others, longest = sorted((f" {word}" for word in words.split()), key=len)
        apart = self._text.find(longest[1:])
        held = [all(word in f" {self._names[i]}" for word in (longest, *others)) for i in apart]
        yield IN_ANY_ORDER, apart[np.array(held, dtype=np.bool_)]
        length = len(words)
        script = self._latin == words.isascii()
        near = np.flatnonzero(script & (abs(self._lengths - length) <= max(2, length // 3)))
        yield self._alike(words, MISSPELT, near, [self._names[i] for i in near])
        longer = np.flatnonzero(script & (self._lengths > length))
        longer = longer[: np.searchsorted(longer, WELL_KNOWN)]
        heads = [self._names[i][:length] for i in longer]
        yield self._alike(words, MISSPELT_BEGINNING, longer, heads)
        longer = longer[: np.searchsorted(longer, BEST_KNOWN)]
        bodies = [self._names[i] for i in longer]
        yield self._alike(words, MISSPELT_INSIDE, longer, bodies, fuzz.partial_ratio)

    def _alike(
        self,
        words: str,
        kind: float,
        rows: Int64[np.ndarray, " m"],
        names: list[str],
        likeness: Callable[..., float] = fuzz.ratio,
    ) -> _Found:
        percent = process.cdist(
            [words], names, scorer=likeness, score_cutoff=LEAST_ALIKE, dtype=np.float32
        )[0].astype(np.float64)
        found = np.flatnonzero(percent)
        return kind - PER_WRONG_PERCENT * (100.0 - percent[found]), rows[found]


class _Text:
    """Many names in one text, each between line ends, searched at the speed of ``str.find``."""

    def __init__(self, names: list[str]) -> None:
        lengths = np.array([len(name) + 1 for name in names], dtype=np.int64)
        self._starts: Int64[np.ndarray, " names"] = np.cumsum(lengths) - lengths
        self._text = "\n" + "\n".join(names) + "\n"

    def find(self, pattern: str) -> Int64[np.ndarray, " found"]:
        """Return the first names in which a pattern occurs; a line end is the edge of a name."""
        places: list[int] = []
        place = self._text.find(pattern)
        while place >= 0 and len(places) < OCCURRENCES:
            places.append(place)
            place = self._text.find(pattern, place + 1)
        return np.searchsorted(self._starts, np.array(places, dtype=np.int64), side="right") - 1
