"""Title search: finds anime by romanised, English or Japanese title, in part or misspelt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Bool, Float64, Int64
from rapidfuzz import fuzz, process

from recsys.data.catalogue import Catalogue
from recsys.data.title_parsing import normalize_title

__all__ = ["TitleIndex"]

# Score of each kind of match, before popularity. A title with a million members gets 30 points
# more, one with a hundred 10. So of two matches of one kind the better known title comes first, and
# a much better known title may overtake one of the next better kind; an exact match comes first
EXACT, EXACT_BUT_FOR_SPACES, INITIALS = 140.0, 120.0, 100.0
BEGINS, BEGINS_WITHIN_WORD, BEGINS_BUT_FOR_SPACES = 82.0, 76.0, 74.0
WORDS, WORDS_BEGIN, IN_ANY_ORDER, INSIDE = 72.0, 66.0, 60.0, 56.0
MISSPELT, MISSPELT_BEGINNING, MISSPELT_INSIDE = 64.0, 60.0, 54.0
PENALTY_PER_PERCENT = 2.0  # for each percent of dissimilarity of a misspelt match
BONUS_PER_TENFOLD = 5.0  # for each tenfold number of members
ADULT_PENALTY = 20.0
MIN_SIMILARITY = 75  # percent, of a misspelt match
ENOUGH_MATCHES = 12  # with so many titles that contain the query, no misspelling is looked for
MAX_OCCURRENCES = 400  # of each kind, best known titles first: enough to fill any list
WELL_KNOWN = 12_000  # best known names, whose beginning is compared with misspelt queries
BEST_KNOWN = 4_000  # best known names, whose initials and inner words are compared too

# score of each match (one number for all, or one each), and indices of the matched names
_Matches = tuple[float | Float64[np.ndarray, " matches"], Int64[np.ndarray, " matches"]]


class TitleIndex:
    """Search index over all titles of a catalogue; takes 0.5 s to build and 25 MB; immutable.

    Args:
        catalogue: the titles; results are its rows.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        popularity = BONUS_PER_TENFOLD * np.log10(catalogue.members + 1.0)
        self._bonus: Float64[np.ndarray, " n"] = popularity - ADULT_PENALTY * catalogue.is_adult
        columns = ("title", "title_english", "title_japanese")
        titles = list(zip(*(catalogue.facts[name].to_list() for name in columns), strict=True))
        names: list[str] = []
        rows: list[int] = []
        for row in np.argsort(-catalogue.members, kind="stable").tolist():
            distinct = dict.fromkeys(normalize_title(title) for title in titles[row] if title)
            names.extend(name for name in distinct if name)
            rows.extend(row for name in distinct if name)
        self._names = names
        self._rows: Int64[np.ndarray, " names"] = np.array(rows, dtype=np.int64)
        self._text = _NameText(names)
        self._text_without_spaces = _NameText([name.replace(" ", "") for name in names])
        self._lengths: Int64[np.ndarray, " names"] = np.array([len(name) for name in names])
        self._is_latin: Bool[np.ndarray, " names"] = np.array([name.isascii() for name in names])
        self._initials: defaultdict[str, list[int]] = defaultdict(list)
        for index, name in enumerate(names[:BEST_KNOWN]):
            self._initials["".join(word[0] for word in name.split())].append(index)

    def search(self, query: str, limit: int = 12) -> list[int]:
        """Search for titles.

        Args:
            query: text in any script; an empty query has no results.
            limit: maximum number of results.

        Returns:
            Rows of the best matches, best first.
        """
        words = normalize_title(query)
        if not words or limit < 1:
            return []
        best = np.full(self._bonus.size, -np.inf)
        for score, names in self._exact_matches(words):
            np.maximum.at(best, self._rows[names], score)
        if len(words) > 3 and np.count_nonzero(best > INSIDE) < ENOUGH_MATCHES:
            for score, names in self._fuzzy_matches(words):
                np.maximum.at(best, self._rows[names], score)
        best += self._bonus
        order = np.argsort(-best, kind="stable")[:limit]
        return [int(row) for row in order if np.isfinite(best[row])]

    def _exact_matches(self, words: str) -> Iterator[_Matches]:
        """Yield the names that contain the query, by where they contain it."""
        yield EXACT, self._text.find(f"\n{words}\n")
        yield BEGINS, self._text.find(f"\n{words} ")
        yield BEGINS_WITHIN_WORD, self._text.find(f"\n{words}")
        yield WORDS, self._text.find(f" {words} ")
        yield WORDS, self._text.find(f" {words}\n")
        yield WORDS_BEGIN, self._text.find(f" {words}")
        if not words.isascii():  # a script without spaces: a word may begin at any character
            yield WORDS_BEGIN, self._text.find(words)
        elif len(words) > 2:
            yield INITIALS, np.array(self._initials.get(words, []), dtype=np.int64)
            yield INSIDE, self._text.find(words)
            joined = words.replace(" ", "")  # "onepiece" and "kon" mean One Piece and K-On!
            yield EXACT_BUT_FOR_SPACES, self._text_without_spaces.find(f"\n{joined}\n")
            yield BEGINS_BUT_FOR_SPACES, self._text_without_spaces.find(f"\n{joined}")

    def _fuzzy_matches(self, words: str) -> Iterator[_Matches]:
        """Yield the names that contain the words in any order, or a similar text."""
        *others, longest = sorted((f" {word}" for word in words.split()), key=len)
        candidates = self._text.find(longest[1:])
        has_all = [
            all(word in f" {self._names[index]}" for word in (longest, *others))
            for index in candidates
        ]
        yield IN_ANY_ORDER, candidates[np.array(has_all, dtype=np.bool_)]
        length = len(words)
        same_script = self._is_latin == words.isascii()
        similar_length = abs(self._lengths - length) <= max(2, length // 3)
        names = np.flatnonzero(same_script & similar_length)
        yield self._similar(words, MISSPELT, names, [self._names[index] for index in names])
        longer = np.flatnonzero(same_script & (self._lengths > length))
        longer = longer[: np.searchsorted(longer, WELL_KNOWN)]
        beginnings = [self._names[index][:length] for index in longer]
        yield self._similar(words, MISSPELT_BEGINNING, longer, beginnings)
        longer = longer[: np.searchsorted(longer, BEST_KNOWN)]
        texts = [self._names[index] for index in longer]
        yield self._similar(words, MISSPELT_INSIDE, longer, texts, fuzz.partial_ratio)

    def _similar(
        self,
        words: str,
        score: float,
        names: Int64[np.ndarray, " m"],
        texts: list[str],
        similarity: Callable[..., float] = fuzz.ratio,
    ) -> _Matches:
        """Return the names whose text is similar to the query, their score by the similarity."""
        percent = process.cdist(
            [words], texts, scorer=similarity, score_cutoff=MIN_SIMILARITY, dtype=np.float32
        )[0].astype(np.float64)
        matches = np.flatnonzero(percent)
        return score - PENALTY_PER_PERCENT * (100.0 - percent[matches]), names[matches]


class _NameText:
    """All names in one text, one per line, so that ``str.find`` searches all of them at once."""

    def __init__(self, names: list[str]) -> None:
        lengths = np.array([len(name) + 1 for name in names], dtype=np.int64)
        self._starts: Int64[np.ndarray, " names"] = np.cumsum(lengths) - lengths
        self._text = "\n" + "\n".join(names) + "\n"

    def find(self, pattern: str) -> Int64[np.ndarray, " matches"]:
        """Return the indices of the first names that contain a pattern; a newline marks an edge."""
        positions: list[int] = []
        position = self._text.find(pattern)
        while position >= 0 and len(positions) < MAX_OCCURRENCES:
            positions.append(position)
            position = self._text.find(pattern, position + 1)
        return np.searchsorted(self._starts, np.array(positions, dtype=np.int64), side="right") - 1
