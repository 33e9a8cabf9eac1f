"""Card content: cards of anime, entries and recommendations, with the reasons in words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from pages.shared.grid import Card, Reason
from recsys.data.catalogue import Anime
from recsys.profiles.store import Entry
from recsys.serving.fold_in import to_numpy
from recsys.serving.ranking import Contribution, Recommendation
from recsys.serving.recommender import Recommender

__all__ = ["card_of", "recommendation_cards", "unknown_card"]

REASONS = 3  # rated titles named for each recommendation
LEAST_PERCENT = 3.0  # a smaller baseline or negative contribution is not worth a line


def card_of(
    anime: Anime,
    *,
    entry: Entry | None = None,
    because: Sequence[Reason] = (),
    against: Sequence[Reason] = (),
    move: str = "",
    known: bool = True,
) -> Card:
    """Return the card of an anime.

    Args:
        anime: its facts.
        entry: the profile's entry for it, if there is one.
        because: reasons for it, largest first.
        against: reasons against it.
        move: change of its rank, as in ``Card``.
        known: whether the model covers it.
    """
    english = anime.title_english or ""
    japanese = anime.title_japanese or ""
    other = english if english and english.casefold() != anime.title.casefold() else japanese
    return Card(
        anime_id=anime.anime_id,
        title=anime.title,
        other_title=other,
        line=_facts_line(anime),
        genres=tuple(anime.genres[:3]),
        score=anime.score,
        cover_url=anime.cover_url,
        hue=_hue(anime),
        because=tuple(because),
        against=tuple(against),
        move=move,
        rating=entry.rating if entry else None,
        kind=entry.kind if entry else None,
        known=known,
    )


def unknown_card(entry: Entry) -> Card:
    """Return the card of an entry whose anime is not in the catalogue."""
    return Card(
        anime_id=entry.anime_id,
        title=f"Anime {entry.anime_id}",
        line="not in this catalogue; your entry is saved",
        rating=entry.rating,
        kind=entry.kind,
        known=False,
    )


def recommendation_cards(
    model: Recommender,
    recommendations: Sequence[Recommendation],
    *,
    before: Sequence[int] = (),
    familiarity: float = 0.0,
) -> list[Card]:
    """Return the cards of a list: titles, facts, reasons in percent, and changes of rank.

    Args:
        model: the model with the catalogue.
        recommendations: the list, best first.
        before: anime ids of the list shown before, in its order; empty for a first list.
        familiarity: the niche–familiar setting of the list, −1 to 1.
    """
    moves = _moves([item.item_id for item in recommendations], before)
    cards = []
    for item in recommendations:
        anime = model.catalogue.get(item.item_id)
        if anime is None:
            continue
        rated = [part for part in item.contributions if part.item_id is not None and part.value > 0]
        because = rated[:REASONS] + [
            part
            for part in item.contributions
            if part.item_id is None and item.percent(part) >= LEAST_PERCENT
        ]
        against = [
            part for part in reversed(item.contributions) if item.percent(part) <= -LEAST_PERCENT
        ]
        cards.append(
            card_of(
                anime,
                because=[_reason(model, item, part, familiarity) for part in because],
                against=[_reason(model, item, part, familiarity) for part in against[:1]],
                move=moves.get(item.item_id, ""),
            )
        )
    return cards


def _facts_line(anime: Anime) -> str:
    episodes = None
    if anime.episodes:
        episodes = f"{anime.episodes} episode{'s' if anime.episodes > 1 else ''}"
    parts = (str(anime.year) if anime.year else None, anime.type, episodes)
    return " · ".join(part for part in parts if part)


def _hue(anime: Anime) -> int:
    """Return the colour of the drawn cover in degrees, always the same for a title."""
    return int(hashlib.sha256(anime.title.encode()).hexdigest()[:4], 16) % 360


def _reason(
    model: Recommender, item: Recommendation, part: Contribution, familiarity: float
) -> Reason:
    if part.item_id is None:
        label = _baseline_label(_is_popular(model, item.item_id), part.value, familiarity)
    else:
        anime = model.catalogue.get(part.item_id)
        label = anime.title if anime else f"anime {part.item_id}"
    return Reason(label, item.percent(part))


def _is_popular(model: Recommender, anime_id: int) -> bool:
    """Return whether a title has more likes than the median title."""
    likes = to_numpy(model.item_factors.log_degrees)
    row = model.items.find(np.array([anime_id]))[0]
    return bool(likes[row] > np.median(likes))


def _baseline_label(popular: bool, contribution: float, familiarity: float) -> str:
    """Return the name of the part of a score that does not depend on the rated titles."""
    if familiarity < 0 and popular == (contribution < 0):
        return f"{'popular' if popular else 'little known'} (you asked for less popular titles)"
    if popular:
        return "its popularity"
    return "the average taste" if contribution > 0 else "its low popularity"


def _moves(ids: Sequence[int], before: Sequence[int]) -> Mapping[int, str]:
    """Return the change of rank of each title that moved since the list before."""
    if not before:
        return {}
    ranks = {anime_id: rank for rank, anime_id in enumerate(before)}
    moves = {}
    for rank, anime_id in enumerate(ids):
        old = ranks.get(anime_id)
        if old is None:
            moves[anime_id] = "new"
        elif old != rank:
            moves[anime_id] = f"{'rose' if old > rank else 'fell'} {abs(old - rank)}"
    return moves
