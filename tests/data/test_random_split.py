"""Splits: nothing lost, nothing twice, and the promised side for everybody."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions
from recsys.data.random_split import sample_items, split_edges, split_edges_per_user, split_users
from recsys.errors import DataError

shares, seeds = st.floats(0, 1), st.integers(0, 10**6)


def table(seed, users=9, items=7):
    rng = np.random.default_rng(seed)
    mask = rng.random((users, items)) < 0.5
    rows, columns = np.nonzero(mask)
    ratings = rng.integers(1, 11, rows.size)
    return Interactions.from_rows(
        IdMap(np.arange(users)), IdMap(np.arange(items)), rows, columns, ratings
    )


def entries(part):
    return set(
        zip(
            part.users.ids[part.rows].tolist(),
            part.items.ids[part.columns].tolist(),
            part.ratings.tolist(),
            strict=True,
        )
    )


@given(seeds, shares)
def test_every_split_divides_the_entries_in_two(seed, share):
    interactions = table(seed)
    for split in (split_edges, split_edges_per_user, split_users):
        kept, held = split(interactions, share, np.random.default_rng(seed))
        assert entries(kept) | entries(held) == entries(interactions)
        assert not entries(kept) & entries(held)
        again = split(interactions, share, np.random.default_rng(seed))
        assert entries(again[0]) == entries(kept)


@given(seeds, shares)
def test_the_held_out_share_is_the_given_one(seed, share):
    interactions = table(seed)
    _, held = split_edges(interactions, share, np.random.default_rng(seed))
    assert len(held) == round(len(interactions) * share)
    kept, held = split_edges_per_user(interactions, share, np.random.default_rng(seed))
    degrees = interactions.user_degrees
    assert (kept.user_degrees[degrees > 0] >= 1).all()
    assert (np.abs(held.user_degrees - degrees * share) <= np.where(degrees > 0, 1, 0)).all()
    kept, held = split_users(interactions, share, np.random.default_rng(seed))
    assert not set(kept.users.ids.tolist()) & set(held.users.ids.tolist())
    assert len(held.users) == round(9 * share)


@given(seeds, shares)
def test_a_sample_of_items_has_all_their_entries(seed, share):
    interactions = table(seed)
    sampled = sample_items(interactions, share, np.random.default_rng(seed))
    kept = set(sampled.items.ids.tolist())
    assert entries(sampled) == {entry for entry in entries(interactions) if entry[1] in kept}
    assert len(kept) <= round(7 * share)
    assert (sampled.user_degrees > 0).all()


def test_a_share_beyond_1_is_refused():
    with pytest.raises(DataError, match="between 0 and 1"):
        split_edges(table(0), 1.5, np.random.default_rng(0))
