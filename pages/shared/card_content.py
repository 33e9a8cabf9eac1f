"""From what the library knows to what a card shows."""

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

REASONS = 3
WORTH_SAYING = 3.0  # percent: a smaller part of everybody or against a title explains nothing


def _line(anime: Anime) -> str:
    episodes = None
    if anime.episodes:
        episodes = f"{anime.episodes} episode{'s' if anime.episodes > 1 else ''}"
    parts = (str(anime.year) if anime.year else None, anime.type, episodes)
    return " · ".join(part for part in parts if part)


def _hue(anime: Anime) -> int:
    """Give each title a colour of its own for the drawn cover, the same on every day."""
    return int(hashlib.sha256(anime.title.encode()).hexdigest()[:4], 16) % 360


def unknown_card(entry: Entry) -> Card:
    """Return the card of an entry whose anime the catalogue lacks: what was said is not lost."""
    return Card(
        anime_id=entry.anime_id,
        title=f"Anime {entry.anime_id}",
        line="not in this catalogue; what you said is kept",
        rating=entry.rating,
        kind=entry.kind,
        known=False,
    )


def card_of(
    anime: Anime,
    *,
    entry: Entry | None = None,
    because: Sequence[Reason] = (),
    against: Sequence[Reason] = (),
    move: str = "",
    known: bool = True,
) -> Card:
    """Return the card of an anime, with what the profile says of it."""
    english = anime.title_english or ""
    japanese = anime.title_japanese or ""
    other = english if english and english.casefold() != anime.title.casefold() else japanese
    return Card(
        anime_id=anime.anime_id,
        title=anime.title,
        other_title=other,
        line=_line(anime),
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


def _reason(recommender: Recommender, one: Recommendation, part: Contribution) -> Reason:
    if part.item_id is None:
        label = _everybody(recommender, one, part)
    else:
        anime = recommender.catalogue.get(part.item_id)
        label = anime.title if anime else f"anime {part.item_id}"
    return Reason(label, one.percent(part))


def _everybody(recommender: Recommender, one: Recommendation, part: Contribution) -> str:
    """Say what the part of a score is that is the same whatever was rated."""
    likes = to_numpy(recommender.item_factors.log_degrees)
    mine = likes[recommender.items.find(np.array([one.item_id]))[0]]
    if mine > np.median(likes):
        return "well liked by many" if part.value > 0 else "known to many"
    return "known to few" if part.value > 0 else "liked by few"


def _moves(ids: Sequence[int], before: Sequence[int]) -> Mapping[int, str]:
    """Say of each title how it moved since the last list; nothing on a first list."""
    if not before:
        return {}
    places = {anime_id: place for place, anime_id in enumerate(before)}
    moves = {}
    for place, anime_id in enumerate(ids):
        old = places.get(anime_id)
        if old is None:
            moves[anime_id] = "new"
        elif old != place:
            moves[anime_id] = f"{'rose' if old > place else 'fell'} {abs(old - place)}"
    return moves


def recommendation_cards(
    recommender: Recommender, listed: Sequence[Recommendation], before: Sequence[int] = ()
) -> list[Card]:
    """Return the cards of a list: titles, facts, reasons in percent, and what moved.

    Args:
        recommender: the model with its catalogue.
        listed: the recommendations, best first.
        before: anime ids of the list shown before, in its order.
    """
    moves = _moves([one.item_id for one in listed], before)
    cards = []
    for one in listed:
        anime = recommender.catalogue.get(one.item_id)
        if anime is None:
            continue
        rated = [part for part in one.contributions if part.item_id is not None and part.value > 0]
        speaking = rated[:REASONS] + [
            p for p in one.contributions if p.item_id is None and one.percent(p) >= WORTH_SAYING
        ]
        against = [p for p in reversed(one.contributions) if one.percent(p) <= -WORTH_SAYING][:1]
        cards.append(
            card_of(
                anime,
                because=[_reason(recommender, one, part) for part in speaking],
                against=[_reason(recommender, one, part) for part in against],
                move=moves.get(one.item_id, ""),
            )
        )
    return cards
