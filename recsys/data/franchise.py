"""Which titles belong together: one franchise number for a series, its sequels, films and specials.

Two kinds of evidence are joined. *Relations* between titles (sequel, side story, …) are certain but
end in 2018; *names* carry on from there: "Vinland Saga Season 2" shares its stem with "Vinland
Saga", "Dragon Ball Z" begins with the whole of "Dragon Ball", and "Kidou Senshi Gundam: Suisei no
Majo" holds a name that belongs to one world only. A false join hides titles that a person has
never met, a missed one shows a sequel too many; so doubtful names are not joined.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Int, Int32

from recsys.data.title_parsing import (
    SeriesName,
    japanese_core,
    normalize_title,
    series_name,
    share_beginning,
)

__all__ = ["franchises"]

# Joined at once. "other" and "character" are left out: they tie Evangelion to Vinland Saga by way
# of joint advertisements; so is "alternative_setting", which ties Steins;Gate to Robotics;Notes.
SAME_STORY = frozenset({"sequel", "prequel", "alternative_version", "summary", "full_story"})
# Joined where the smaller title has no home yet: a crossover film is a side story of two.
INTO_HOME = frozenset({"parent_story"})
FROM_HOME = frozenset({"side_story", "spin_off"})

# Names so particular that a title holding one belongs to that world, however it begins.
WORLDS = re.compile(
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
_GUEST = re.compile(r" (?:x|×|vs\.?) ")  # "A x B" is A's; B is its guest
UNNAMED = frozenset({"Music", "CM"})  # songs and adverts bear the names of other things
PARTICLES = frozenset({"a", "de", "e", "ga", "mo", "na", "ni", "no", "of", "the", "to", "wa", "wo"})
WELL_KNOWN = 100_000  # members; a one-word name followed by a subtitle is then surely that one


class _Parts:
    """Disjoint sets over ``0 … n − 1``."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def find(self, x: int) -> int:
        while self.parent[x] != x:
            self.parent[x] = self.parent[self.parent[x]]
            x = self.parent[x]
        return x

    def join(self, x: int, y: int) -> None:
        x, y = self.find(x), self.find(y)
        self.parent[max(x, y)] = min(x, y)


def _join_stems(
    parts: _Parts,
    names: dict[int, SeriesName],
    cores: Sequence[str],
    members: Sequence[int],
    *,
    translated: bool = False,
) -> dict[str, int]:
    """Join titles of one stem; return for each stem the best known title that bears it.

    One word may name many things, and so may a translated name that nothing follows: there the
    Japanese titles must agree. A stem of two words is returned only where a title is no more.
    """
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in names.items():
        groups[name.stem].append(row)
    groups.pop("", None)
    homes: dict[str, int] = {}
    for stem, group in groups.items():
        alone = [row for row in group if names[row].alone]
        home = max(alone or group, key=lambda row: (members[row], -row))
        words = stem.count(" ") + 1
        if alone or words > 2:
            homes[stem] = home
        famous = bool(alone) and members[home] >= WELL_KNOWN
        for row in group:
            name = names[row]
            if translated:
                sure = words > 1 and (name.season or not name.alone)
            else:
                sure = name.season or words > 1 or (famous and not name.alone)
                sure = sure or not cores[home] or not cores[row]
            if sure or share_beginning(cores[home], cores[row]):
                parts.join(home, row)
    return homes


def _join_beginnings(
    parts: _Parts,
    names: dict[int, SeriesName],
    homes: dict[str, int],
    cores: Sequence[str],
    members: Sequence[int],
) -> None:
    """Join "Dragon Ball Z" to "Dragon Ball": a stem that begins with the whole of another."""
    fame: defaultdict[str, int] = defaultdict(int)
    for row, name in names.items():
        fame[name.stem] = max(fame[name.stem], members[row])
    for row, name in names.items():
        words = name.stem.split()
        for length in range(len(words) - 1, 1, -1):
            home = homes.get(" ".join(words[:length]))
            if home is None:
                continue
            phrase = words[length - 1] in PARTICLES or (length == 2 and words[2] in PARTICLES)
            # What outshines its namesake by far is something else.
            outshone = fame[name.stem] > 4 * members[home]
            refused = cores[home] and cores[row] and not share_beginning(cores[home], cores[row])
            if not (phrase or outshone or refused):
                parts.join(home, row)
            break


def _join_worlds(parts: _Parts, rows: Iterable[int], titles: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        for world in WORLDS.findall(normalize_title(_GUEST.split(titles[row])[0])):
            parts.join(first.setdefault(world, row), row)


def _join_same_story(
    parts: _Parts, row_of: dict[int, int], relations: Iterable[tuple[int, int, str]]
) -> dict[int, set[int]]:
    """Join what continues the same story; return for each smaller title the rows of its homes."""
    homes: defaultdict[int, set[int]] = defaultdict(set)
    for one, other, kind in relations:
        x, y = row_of.get(one), row_of.get(other)
        if x is None or y is None:
            continue
        if kind in SAME_STORY:
            parts.join(x, y)
        elif kind in INTO_HOME:
            homes[x].add(y)
        elif kind in FROM_HOME:
            homes[y].add(x)
    return homes


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
    """Number the franchises: titles that belong together get the smallest anime id among them.

    Args:
        ids: distinct anime ids.
        titles: romanised titles.
        english: English titles, whose stems are joined as well.
        japanese: Japanese titles, which confirm or refuse what a short name suggests.
        members: people who have each title in their list (0 unknown), which tells a series from
            an obscure namesake.
        types: TV, Movie, …; songs and adverts are joined by relations only.
        relations: directed edges (anime id, related id, kind in the words of MyAnimeList); ids
            that are unknown here are passed over.
    """
    n = len(titles)
    parts = _Parts(n)
    homes = _join_same_story(parts, {int(id_): row for row, id_ in enumerate(ids)}, relations)
    known = [0] * n if members is None else members
    cores = [""] * n if japanese is None else [japanese_core(title) for title in japanese]
    named = [row for row in range(n) if types is None or types[row] not in UNNAMED]
    names = {row: series_name(titles[row]) for row in named}
    _join_beginnings(parts, names, _join_stems(parts, names, cores, known), cores, known)
    if english is not None:  # a light novel's long name is often shorter there
        names = {row: series_name(english[row] or "") for row in named}
        _join_stems(parts, names, cores, known, translated=True)
    _join_worlds(parts, named, titles)
    for child in sorted(homes):
        if parts.find(child) not in {parts.find(home) for home in homes[child]}:
            parts.join(child, max(homes[child], key=lambda home: (known[home], -home)))
    smallest: dict[int, int] = {}
    for row, id_ in enumerate(ids):
        root = parts.find(row)
        smallest[root] = min(smallest.get(root, int(id_)), int(id_))
    return np.array([smallest[parts.find(row)] for row in range(n)], dtype=np.int32)
