"""Franchises: one number for a series, its sequels, films and specials.

Titles are grouped by two kinds of evidence. *Relations* between titles (sequel, side story, …) are
certain but end in 2018. *Names* extend them: "Vinland Saga Season 2" has the stem of "Vinland
Saga"; "Dragon Ball Z" begins with the complete stem "Dragon Ball"; "Kidou Senshi Gundam: Suisei no
Majo" has a name that occurs in one fictional world only. A wrong group hides titles that a user
does not know; a missed one shows a sequel too many. So titles are not grouped by a doubtful name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int, Int32

from recsys.data.title_parsing import (
    SeriesName,
    japanese_core,
    normalize_title,
    series_name,
    share_beginning,
)

if TYPE_CHECKING:
    from scipy.cluster.hierarchy import DisjointSet

__all__ = ["franchises"]

# Relations that group two titles. "other" and "character" are left out: joint advertisements
# relate Evangelion to Vinland Saga. "alternative_setting" relates Steins;Gate to Robotics;Notes.
SAME_STORY = frozenset({"sequel", "prequel", "alternative_version", "summary", "full_story"})
# Relations of a smaller title to its main series. A crossover film is a side story of two series,
# so it joins one of them, and only where nothing else has grouped it.
TO_MAIN_SERIES = frozenset({"parent_story"})
FROM_MAIN_SERIES = frozenset({"side_story", "spin_off"})

# Names that occur in the titles of one fictional world only, at any position in the title.
WORLD_NAMES = re.compile(
    r"\b(aikatsu|anpanman|aria the|bakugan|baki|beyblade|boku no hero academia|boruto"
    r"|crayon shin chan|cutie honey|d4dj|digimon|doraemon|durarara|evangelion"
    r"|fate(?= (?:apocrypha|extra|grand|kaleid|prototype|stay|strange|zero))|flcl|gantz|genshiken"
    r"|gintama|girls(?= (?:und )?panzer)|gundam|haikyuu|hellsing|hetalia|idolish7|idolmaster"
    r"|jewelpet|kakegurui|king of prism|kinnikuman|love live(?! alive)|lupin iii|macross"
    r"|madoka magica|mahouka koukou|megalo(?= ?box)|meitantei conan|mushishi|naruto|noragami"
    r"|persona(?= [345])|pokemon|precure|slam dunk|slayers|tamagotchi"
    r"|toaru(?= (?:majutsu|kagaku))|touken ranbu|transformers|trigun|ultraman|wu liuqi|yu gi oh"
    r"|zoids)\b"
)
_CROSSOVER = re.compile(r" (?:x|×|vs\.?) ")  # "A x B" counts as a title of A
UNNAMED_TYPES = frozenset({"Music", "CM"})  # songs and adverts have the names of other things
PARTICLES = frozenset({"a", "de", "e", "ga", "mo", "na", "ni", "no", "of", "the", "to", "wa", "wo"})
WELL_KNOWN = 100_000  # members; a one-word name with a subtitle then surely means that series


def franchises(
    ids: Int[np.ndarray, " n"],
    titles: Sequence[str],
    *,
    english: Sequence[str | None] | None = None,
    japanese: Sequence[str | None] | None = None,
    members: Sequence[int] | None = None,
    types: Sequence[str | None] | None = None,
    relations: Iterable[tuple[int, int, str]] = (),
) -> Int32[np.ndarray, " n"]:
    """Number the franchises of a list of titles.

    Args:
        ids: distinct anime ids.
        titles: romanised titles.
        english: English titles, whose stems group titles as well.
        japanese: Japanese titles, which confirm or reject a group by a short name.
        members: number of people who list each title (0 unknown); distinguishes a series from a
            little known title of the same name.
        types: TV, Movie, …; songs and adverts are grouped by relations only.
        relations: directed edges (anime id, related id, kind in the terms of MyAnimeList); edges
            with an id that is not in ``ids`` are ignored.

    Returns:
        For each title the smallest anime id of its franchise.
    """
    from scipy.cluster.hierarchy import DisjointSet  # noqa: PLC0415 - the app serves without scipy

    count = len(titles)
    groups: DisjointSet[int] = DisjointSet(range(count))
    row_of = {int(id_): row for row, id_ in enumerate(ids)}
    main_series = _join_same_story(groups, row_of, relations)
    popularity = [0] * count if members is None else members
    cores = [""] * count if japanese is None else [japanese_core(title) for title in japanese]
    rows = [row for row in range(count) if types is None or types[row] not in UNNAMED_TYPES]
    names = {row: series_name(titles[row]) for row in rows}
    series = _join_stems(groups, names, cores, popularity)
    _join_beginnings(groups, names, series, cores, popularity)
    if english is not None:  # the long name of a light novel is often shorter in English
        english_names = {row: series_name(english[row] or "") for row in rows}
        _join_stems(groups, english_names, cores, popularity, translated=True)
    _join_worlds(groups, rows, titles)
    for row, candidates in sorted(main_series.items()):
        if not any(groups.connected(row, candidate) for candidate in candidates):
            groups.merge(row, max(candidates, key=lambda other: (popularity[other], -other)))
    numbers = np.empty(count, dtype=np.int32)
    for group in groups.subsets():
        numbers[list(group)] = min(int(ids[row]) for row in group)
    return numbers


def _join_same_story(
    groups: DisjointSet[int], row_of: dict[int, int], relations: Iterable[tuple[int, int, str]]
) -> dict[int, set[int]]:
    """Group titles of the same story.

    Returns:
        For each side story or spin-off the rows of its main series.
    """
    main_series: defaultdict[int, set[int]] = defaultdict(set)
    for source_id, target_id, kind in relations:
        source, target = row_of.get(source_id), row_of.get(target_id)
        if source is None or target is None:
            continue
        if kind in SAME_STORY:
            groups.merge(source, target)
        elif kind in TO_MAIN_SERIES:
            main_series[source].add(target)
        elif kind in FROM_MAIN_SERIES:
            main_series[target].add(source)
    return main_series


def _join_stems(
    groups: DisjointSet[int],
    names: dict[int, SeriesName],
    cores: Sequence[str],
    popularity: Sequence[int],
    *,
    translated: bool = False,
) -> dict[str, int]:
    """Group titles with the same stem.

    Different works may share one word, or a translated name without a season or subtitle. For
    those, the Japanese titles must agree.

    Returns:
        By stem: the row of the best known title. A stem of two words is included only where a
        title consists of nothing else.
    """
    rows_by_stem: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in names.items():
        rows_by_stem[name.stem].append(row)
    rows_by_stem.pop("", None)
    series: dict[str, int] = {}
    for stem, rows in rows_by_stem.items():
        bare = [row for row in rows if not names[row].has_subtitle]
        main = max(bare or rows, key=lambda row: (popularity[row], -row))
        words = stem.count(" ") + 1
        if bare or words > 2:
            series[stem] = main
        is_famous = bool(bare) and popularity[main] >= WELL_KNOWN
        for row in rows:
            name = names[row]
            if translated:
                is_certain = words > 1 and (name.has_season or name.has_subtitle)
            else:
                is_certain = name.has_season or words > 1 or (is_famous and name.has_subtitle)
                is_certain = is_certain or not cores[main] or not cores[row]
            if is_certain or share_beginning(cores[main], cores[row]):
                groups.merge(main, row)
    return series


def _join_beginnings(
    groups: DisjointSet[int],
    names: dict[int, SeriesName],
    series: dict[str, int],
    cores: Sequence[str],
    popularity: Sequence[int],
) -> None:
    """Group titles whose stem begins with the full stem of a series, as "Dragon Ball Z" does."""
    stem_popularity: defaultdict[str, int] = defaultdict(int)
    for row, name in names.items():
        stem_popularity[name.stem] = max(stem_popularity[name.stem], popularity[row])
    for row, name in names.items():
        words = name.stem.split()
        for length in range(len(words) - 1, 1, -1):
            main = series.get(" ".join(words[:length]))
            if main is None:
                continue
            is_phrase = words[length - 1] in PARTICLES or (length == 2 and words[2] in PARTICLES)
            # a title that is much better known than the shorter one is another work
            is_better_known = stem_popularity[name.stem] > 4 * popularity[main]
            both_japanese = bool(cores[main] and cores[row])
            disagree = both_japanese and not share_beginning(cores[main], cores[row])
            if not (is_phrase or is_better_known or disagree):
                groups.merge(main, row)
            break


def _join_worlds(groups: DisjointSet[int], rows: Iterable[int], titles: Sequence[str]) -> None:
    """Group titles that contain the name of the same fictional world."""
    first_row: dict[str, int] = {}
    for row in rows:
        for world in WORLD_NAMES.findall(normalize_title(_CROSSOVER.split(titles[row])[0])):
            groups.merge(first_row.setdefault(world, row), row)
