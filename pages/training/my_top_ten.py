"""My top ten at each evaluation: the current profile, folded into the model of a snapshot."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.shared.number_format import count_noun
from pages.shared.resources import recommender
from pages.shared.run_follower import FollowedRun, snapshot_recommender
from pages.shared.session import current_entries, current_profile
from recsys.errors import CheckpointError

__all__ = ["draw_my_top_ten", "moves"]

SHOWN = 10
Move = tuple[str, str]  # the sign that is drawn, and its word


def moves(now: list[int], before: list[int]) -> list[Move]:
    """Return how each title moved since the previous list.

    Args:
        now: anime ids of the list, best first.
        before: anime ids of the previous list; empty for the first list.

    Returns:
        For each title the sign and the word, both empty on a first list.
    """
    if not before:
        return [("", "")] * len(now)
    ranks = {anime_id: rank for rank, anime_id in enumerate(before)}
    result: list[Move] = []
    for rank, anime_id in enumerate(now):
        rise = ranks[anime_id] - rank if anime_id in ranks else None
        if rise is None:
            result.append(("new", "new in the list"))
        elif rise:
            result.append(
                (f"{'↑' if rise > 0 else '↓'} {abs(rise)}", "rose" if rise > 0 else "fell")
            )
        else:
            result.append(("", "unchanged"))
    return result


def _top_ten(run: FollowedRun, step: int, rated: dict[int, float], others: list[int]) -> list[int]:
    model = snapshot_recommender(run.run, step)
    result = model.recommend(rated, min(SHOWN, len(model.items)), seen=others)
    return [recommendation.item_id for recommendation in result]


def draw_my_top_ten(run: FollowedRun, step: int) -> None:
    """Draw the current profile's list at a snapshot, and what moved since the previous one.

    Args:
        run: the run.
        step: of a snapshot that the run keeps.
    """
    profile = current_profile()
    if profile is None:
        st.caption("Rate a few anime on the page Profile to see how your own list changes here.")
        return
    entries = current_entries().values()
    rated = {entry.anime_id: float(entry.rating) for entry in entries if entry.rating is not None}
    others = [entry.anime_id for entry in entries if entry.rating is None]
    earlier = [snapshot for snapshot in run.run.snapshots() if snapshot < step]
    try:
        now = _top_ten(run, step, rated, others)
        before = _top_ten(run, earlier[-1], rated, others) if earlier else []
    except CheckpointError:
        st.caption("The training deleted this snapshot a moment ago; the next one appears soon.")
        return
    rows = []
    for rank, (anime_id, (sign, word)) in enumerate(zip(now, moves(now, before), strict=True), 1):
        anime = recommender().catalogue.get(anime_id)
        title = escape(anime.title if anime else f"anime {anime_id}")
        kind = word.split(maxsplit=1)[0] if word else ""
        rows.append(
            f'<li><span class="place">{rank}</span>'
            f'<span class="title" title="{title}">{title}</span>'
            f'<span class="move {kind}" title="{word}">{sign}</span></li>'
        )
    dropped = sum(anime_id not in now for anime_id in before)
    change = f"{count_noun(dropped, 'title')} dropped out" if dropped else "no title dropped out"
    since = f"since step {earlier[-1]:,}: {change}" if earlier else "first evaluation"
    st.html(
        f'<ol class="mine" aria-label="My top ten at step {step:,}">{"".join(rows)}</ol>'
        f'<p class="quiet">{escape(profile.name)} · {since}</p>'
    )
