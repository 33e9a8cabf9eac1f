"""Dataset preparation: the training edges of a table of ratings, and the validation split."""

from __future__ import annotations

import numpy as np

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.data.random_split import sample_items, split_edges_per_user
from recsys.errors import TrainingError

__all__ = ["can_hold_out", "hold_out_likes", "training_likes"]


def training_likes(ratings: Interactions, settings: Settings) -> Interactions:
    """Return the training edges of a table of ratings: sample, core, likes, no empty rows.

    Args:
        ratings: all rows of the ratings file.
        settings: the settings of data and training.

    Returns:
        The likes, over the users and items that have one.

    Raises:
        TrainingError: no like is left, or no user has a negative, an item that the user does not
            like; a ranking loss compares likes with negatives.
    """
    data = settings.data
    table = ratings
    if data.sample_items < 1:
        rng = np.random.default_rng(settings.training.seed)
        table = sample_items(table, data.sample_items, rng)
    if data.core > 1:
        table = table.core(data.core)
    likes = table.likes(data.like_at).without_empty()
    if len(likes) == 0:
        raise TrainingError(
            f"No rating of {data.like_at:g} or more is left of {len(ratings)} rows (core "
            f"{data.core}); there is nothing to learn from and nothing was started."
        )
    if bool((likes.user_degrees == len(likes.items)).all()):
        raise TrainingError(_no_negative(likes))
    return likes


def _no_negative(likes: Interactions) -> str:
    """Return why likes of which nobody has a negative cannot be learned from."""
    if len(likes.items) == 1:
        reason = f"All likes are of one anime (id {likes.items.ids[0]})"
        advice = "Give ratings of more anime."
    elif len(likes.users) == 1:
        reason = f"All likes are by one user ({likes.users.ids[0]})"
        advice = "Give ratings of more users."
    else:
        reason = (
            f"Each of the {len(likes.users):,} users likes each of the {len(likes.items):,} anime "
            "that anybody likes"
        )
        advice = "Give more ratings, or a higher threshold for likes."
    return (
        f"{reason}, so there is no anime that a like could be ranked above; nothing was started. "
        f"{advice}"
    )


def hold_out_likes(
    likes: Interactions, share: float, settings: Settings
) -> tuple[Interactions, Interactions]:
    """Split likes into training and validation edges: a share of each user's likes is held out.

    The same seed holds out the same likes, in every process and after every resume.

    Args:
        likes: the training edges.
        share: of each user's likes, rounded; every user keeps at least one.
        settings: with the seed.

    Returns:
        The training edges and the validation edges, over the same users and items.

    Raises:
        TrainingError: no user has enough likes to hold one out.
    """
    if not can_hold_out(likes, share):
        raise TrainingError(
            f"No user has enough likes to hold out {share:.0%} of them for validation; nothing was "
            "started. Give more ratings, or a validation share of 0."
        )
    rng = np.random.default_rng([settings.training.seed, 1])
    return split_edges_per_user(likes, share, rng)


def can_hold_out(likes: Interactions, share: float) -> bool:
    """Return whether a share of some user's likes rounds to one or more, and leaves one.

    Args:
        likes: the training edges.
        share: of each user's likes.
    """
    degrees = likes.user_degrees
    return bool(((np.rint(degrees * share) >= 1) & (degrees > 1)).any())
