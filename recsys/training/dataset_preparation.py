"""The edges to learn from, and those held out of them: from a table of ratings and the recipe."""

from __future__ import annotations

import numpy as np

from recsys.config import Settings
from recsys.data.interactions import Interactions
from recsys.data.random_split import sample_items, split_edges_per_user
from recsys.errors import TrainingError

__all__ = ["hold_out_likes", "training_likes"]


def training_likes(ratings: Interactions, settings: Settings) -> Interactions:
    """Return the training edges of a table of ratings: sample, core, likes, no empty rows.

    Raises:
        TrainingError: nothing is left.
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
    return likes


def hold_out_likes(
    likes: Interactions, share: float, settings: Settings
) -> tuple[Interactions, Interactions]:
    """Split likes into those to train on and those held out: a share of each person's.

    The same seed holds out the same likes, in every process and on every resume.

    Raises:
        TrainingError: everybody has too few likes to hold one out.
    """
    rng = np.random.default_rng([settings.training.seed, 1])
    train, held_out = split_edges_per_user(likes, share, rng)
    if len(held_out) == 0:
        raise TrainingError(
            f"Nobody has enough likes to hold out {share:.0%} of them for validation; nothing was "
            "started. Give more ratings, or a validation share of 0."
        )
    return train, held_out
