"""Synthetic ratings: users drawn from a fitted model, and their similarity to real ratings.

No user of the demo community exists. A user is an embedding, a list length and a mean rating, drawn
together from a Gaussian mixture. A list is drawn without replacement from a softmax of the user's
scores plus a bias per item; the biases are fitted so that items are as popular as in the real
ratings. A user with a sequel mostly has the title before it too. Ratings are quantiles of a latent
preference, so that their histogram is the real one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from recsys.data.ids import IdMap
from recsys.data.interactions import Interactions

__all__ = [
    "SyntheticFidelity",
    "SyntheticModel",
    "draw_synthetic_ratings",
    "max_list_similarity",
    "prequel_share",
    "synthetic_fidelity",
]

BLOCK = 500  # users that are processed at a time


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticModel:
    """Parameters of the synthetic users and their ratings.

    Attributes:
        items: ids of the items.
        item_embeddings: [items × d]; the product with a user embedding is a softmax logit.
        popularity: share of all real ratings that each item has; sums to 1.
        item_means: mean rating of each item.
        user_embeddings: of the users to draw, [users × d].
        list_lengths: number of ratings of each user.
        user_means: mean rating of each user.
        sequels: pairs of item rows (earlier, later).
        prequel_share: of the real users who rated the later one, the share that rated the earlier.
        histogram: share of the real ratings 1 … 10; sums to 1.
    """

    items: IdMap
    item_embeddings: Float32[np.ndarray, "items d"]
    popularity: Float64[np.ndarray, " items"]
    item_means: Float64[np.ndarray, " items"]
    user_embeddings: Float32[np.ndarray, "users d"]
    list_lengths: Int64[np.ndarray, " users"]
    user_means: Float64[np.ndarray, " users"]
    sequels: Int64[np.ndarray, "pairs 2"]
    prequel_share: float
    histogram: Float64[np.ndarray, " ten"]


def draw_synthetic_ratings(
    model: SyntheticModel, rng: np.random.Generator, rounds: int = 8
) -> Interactions:
    """Draw the lists and ratings of all users.

    Args:
        model: the fitted model.
        rng: source of all randomness.
        rounds: number of times that the biases are corrected; each round draws all lists.

    Returns:
        The ratings, without items that nobody rated; user ids count from 1.
    """
    seed = int(rng.integers(2**62))
    bias = np.log(model.popularity + 1e-9)
    bias -= bias.mean()
    insertion_rate = 0.5
    chosen = np.zeros((len(model.list_lengths), len(model.items)), dtype=bool)
    for _ in range(rounds):
        # the same noise in every round, so that the rounds converge
        chosen = _draw_lists(model, bias, insertion_rate, np.random.default_rng(seed))
        share = chosen.sum(axis=0) / chosen.sum()
        bias += 0.7 * np.log((model.popularity + 1e-6) / (share + 1e-6))
        missing = model.prequel_share - _drawn_prequel_share(chosen, model)
        insertion_rate = float(np.clip(insertion_rate + missing, 0, 1))
    rows, columns = np.nonzero(chosen)
    return Interactions.from_rows(
        IdMap(np.arange(1, len(model.list_lengths) + 1)),
        model.items,
        rows,
        columns,
        _draw_ratings(model, rows, columns, rng),
    ).without_empty()


def _draw_lists(
    model: SyntheticModel,
    bias: Float64[np.ndarray, " items"],
    insertion_rate: float,
    rng: np.random.Generator,
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Draw lists without replacement (Gumbel top-n), then insert prequels at the given rate."""
    users = len(model.list_lengths)
    chosen = np.zeros((users, len(model.items)), dtype=bool)
    for first in range(0, users, BLOCK):
        part = slice(first, first + BLOCK)
        keys = model.user_embeddings[part] @ model.item_embeddings.T + bias.astype(np.float32)
        keys -= np.log(-np.log(rng.random(keys.shape, dtype=np.float32) + 1e-12) + 1e-12)
        order = np.argsort(-keys, axis=1)
        for user, length in enumerate(model.list_lengths[part]):
            chosen[first + user, order[user, :length]] = True
        # prequels replace the user's last choices, so that lists keep their length
        missing = chosen[part][:, model.sequels[:, 1]] & ~chosen[part][:, model.sequels[:, 0]]
        missing &= rng.random(missing.shape) < insertion_rate
        for user in np.flatnonzero(missing.any(axis=1)).tolist():
            prequels = np.unique(model.sequels[missing[user], 0])
            drawn = order[user, : model.list_lengths[first + user]]
            removed = drawn[::-1][: prequels.size]
            chosen[first + user, removed] = False
            chosen[first + user, prequels[: removed.size]] = True
    return chosen


def _drawn_prequel_share(
    chosen: np.ndarray[tuple[int, int], np.dtype[np.bool_]], model: SyntheticModel
) -> float:
    earlier, later = chosen[:, model.sequels[:, 0]], chosen[:, model.sequels[:, 1]]
    return float((earlier & later).sum() / max(later.sum(), 1))


def _draw_ratings(
    model: SyntheticModel,
    rows: Int64[np.ndarray, " n"],
    columns: Int64[np.ndarray, " n"],
    rng: np.random.Generator,
) -> Int64[np.ndarray, " n"]:
    """Rank a latent preference (item, user, score, noise) and cut it into the real histogram."""
    scores = np.einsum("nd,nd->n", model.user_embeddings[rows], model.item_embeddings[columns])
    latent = (
        (model.item_means[columns] - model.item_means.mean())
        + (model.user_means[rows] - model.user_means.mean())
        + 0.25 * (scores - scores.mean()) / max(float(scores.std()), 1e-9)
        + rng.normal(scale=0.9, size=rows.size)
    )
    rank = np.empty(rows.size, dtype=np.int64)
    rank[np.argsort(latent, kind="stable")] = np.arange(rows.size)
    ends = np.rint(np.cumsum(model.histogram) * rows.size)
    ratings: Int64[np.ndarray, " n"] = 1 + np.searchsorted(ends[:-1], rank, side="right")
    return ratings


@dataclass(frozen=True, slots=True)
class SyntheticFidelity:
    """Similarity of two tables of ratings.

    Attributes:
        popularity: Pearson correlation of log(1 + number of ratings) over the items; 1 is equal.
        lengths: Kolmogorov–Smirnov distance of the numbers of ratings per user; 0 is equal.
        histogram: total variation distance of the ratings 1 … 10; 0 is equal.
        prequels: absolute difference of the two values of ``prequel_share``.
    """

    popularity: float
    lengths: float
    histogram: float
    prequels: float


def synthetic_fidelity(
    first: Interactions, second: Interactions, sequels: Int64[np.ndarray, "pairs 2"]
) -> SyntheticFidelity:
    """Compare two tables.

    Args:
        first, second: ratings in the same columns.
        sequels: pairs of item rows (earlier, later).

    Returns:
        The four measures.
    """
    # counts per 1,000 users, so that tables of different size are comparable
    counts = [t.item_degrees / max(len(t.users), 1) * 1000 for t in (first, second)]
    logs = [np.log1p(c) for c in counts]
    histograms = [
        np.bincount(t.ratings.astype(int), minlength=11)[1:] / len(t) for t in (first, second)
    ]
    grid = np.arange(1, max(int(t.user_degrees.max()) for t in (first, second)) + 1)
    below = [
        np.searchsorted(np.sort(t.user_degrees), grid, side="right") / len(t.users)
        for t in (first, second)
    ]
    shares = [prequel_share(t, sequels) for t in (first, second)]
    return SyntheticFidelity(
        float(np.corrcoef(logs[0], logs[1])[0, 1]),
        float(np.abs(below[0] - below[1]).max()),
        float(np.abs(histograms[0] - histograms[1]).sum() / 2),
        abs(shares[0] - shares[1]),
    )


def prequel_share(table: Interactions, sequels: Int64[np.ndarray, "pairs 2"]) -> float:
    """Return, over all users who rated a sequel, the share that rated the title before it."""
    both = later = 0
    columns = table.to_scipy().tocsc()
    for earlier, after in sequels:
        viewers = columns.indices[columns.indptr[after] : columns.indptr[after + 1]]
        viewers_before = columns.indices[columns.indptr[earlier] : columns.indptr[earlier + 1]]
        later += viewers.size
        both += np.intersect1d(viewers, viewers_before, assume_unique=True).size
    return both / max(later, 1)


def max_list_similarity(
    drawn: Interactions, real: Interactions, min_length: int = 10
) -> Float64[np.ndarray, " users"]:
    """Return, for each drawn user, the largest Jaccard similarity to the list of any real user.

    Args:
        drawn, real: tables in the same columns.
        min_length: shorter real lists are left out, since they may be equal by chance.
    """
    real = real.with_users(real.user_degrees >= min_length)
    real_lists = real.to_scipy().toarray().T
    lengths = real.user_degrees.astype(np.float32)
    similarity = np.zeros(len(drawn.users))
    matrix = drawn.to_scipy()
    for first in range(0, len(drawn.users), BLOCK):
        block = matrix[first : first + BLOCK]
        common = block.toarray() @ real_lists
        union = np.asarray(block.sum(axis=1)).reshape(-1, 1) + lengths - common
        similarity[first : first + BLOCK] = (common / np.maximum(union, 1)).max(axis=1)
    return similarity
