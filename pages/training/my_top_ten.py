"""My own top ten at each evaluation: the current profile, folded into the model as it stood."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.shared.resources import profile_store, recommender
from pages.shared.run_follower import FollowedRun, snapshot_recommender
from pages.shared.session import current_profile
from recsys.errors import CheckpointError

__all__ = ["draw_my_top_ten", "moves"]

SHOWN = 10
Move = tuple[str, str]  # the sign, and what it says


def moves(now: list[int], before: list[int]) -> list[Move]:
    """Say of each title how it moved since the list before; nothing on a first list."""
    if not before:
        return [("", "")] * len(now)
    places = {anime_id: place for place, anime_id in enumerate(before)}
    told: list[Move] = []
    for place, anime_id in enumerate(now):
        rise = places[anime_id] - place if anime_id in places else None
        if rise is None:
            told.append(("new", "new on the list"))
        elif rise:
            told.append((f"{'↑' if rise > 0 else '↓'} {abs(rise)}", "rose" if rise > 0 else "fell"))
        else:
            told.append(("", "stayed"))
    return told


def _list(seen: FollowedRun, step: int, rated: dict[int, float], others: list[int]) -> list[int]:
    model = snapshot_recommender(seen.run, step)
    listed = model.recommend(rated, min(SHOWN, len(model.items)), seen=others)
    return [entry.item_id for entry in listed]


def draw_my_top_ten(seen: FollowedRun, step: int) -> None:
    """Draw the list of the current profile at an evaluation, and what moved since the one before.

    Args:
        seen: the run.
        step: of an evaluation of which a snapshot is kept.
    """
    profile = current_profile()
    if profile is None:
        st.caption("Rate a few anime on the page Profile, and your own list evolves here.")
        return
    entries = profile_store().entries(profile.id)
    rated = {one.anime_id: float(one.rating) for one in entries if one.rating is not None}
    others = [one.anime_id for one in entries if one.rating is None]
    kept = seen.run.snapshots()
    earlier = [one for one in kept if one < step]
    try:
        now = _list(seen, step, rated, others)
        before = _list(seen, earlier[-1], rated, others) if earlier else []
    except CheckpointError:
        st.caption("This evaluation's model was just thinned out; the next one will be shown.")
        return
    rows = []
    for place, (anime_id, (sign, told)) in enumerate(zip(now, moves(now, before), strict=True), 1):
        anime = recommender().catalogue.get(anime_id)
        title = escape(anime.title if anime else f"anime {anime_id}")
        kind = told.split(maxsplit=1)[0] if told else ""
        rows.append(
            f'<li><span class="place">{place}</span>'
            f'<span class="title" title="{title}">{title}</span>'
            f'<span class="move {kind}" title="{told}">{sign}</span></li>'
        )
    gone = [one for one in before if one not in now]
    left = f"{len(gone)} of ten left the list" if gone else "nobody left the list"
    since = f"since step {earlier[-1]:,}: {left}" if earlier else "the first evaluation"
    st.html(
        f'<ol class="mine" aria-label="My top ten at step {step:,}">{"".join(rows)}</ol>'
        f'<p class="quiet">{escape(profile.name)} · {since}</p>'
    )
