"""Drawing synthetic people from a fitted model, and measuring how much they resemble real ones.

Nobody in the demo community exists. A person is a taste vector, a list length and a way of rating,
drawn together from a Gaussian mixture; a list is drawn without replacement from the softmax of the
taste's scores plus a bias per anime, and the biases are set so that anime come out as popular as
they are; who drew a sequel has mostly seen what came before; ratings are cut from a latent liking
so that their histogram is the real one.
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
    "nearest_real_list",
    "prequel_share",
    "synthetic_fidelity",
]

BLOCK = 500  # people at a time


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticModel:
    """What synthetic people are drawn from.

    Attributes:
        anime: ids of the items.
        factors: item vectors whose product with a taste is a softmax logit, [items × d].
        popularity: real share of all ratings that each anime has; sums to 1.
        liking: mean rating of each anime.
        tastes: of the people to draw, [people × d].
        lengths: list length of each.
        means: mean rating of each.
        sequels: pairs of item rows (earlier, later).
        prequel_share: real share of those who saw the later one that saw the earlier one.
        histogram: real share of the ratings 1 … 10; sums to 1.
    """

    anime: IdMap
    factors: Float32[np.ndarray, "items d"]
    popularity: Float64[np.ndarray, " items"]
    liking: Float64[np.ndarray, " items"]
    tastes: Float32[np.ndarray, "people d"]
    lengths: Int64[np.ndarray, " people"]
    means: Float64[np.ndarray, " people"]
    sequels: Int64[np.ndarray, "pairs 2"]
    prequel_share: float
    histogram: Float64[np.ndarray, " ten"]


def draw_synthetic_ratings(
    model: SyntheticModel, rng: np.random.Generator, rounds: int = 8
) -> Interactions:
    """Draw the lists and ratings of all people.

    Args:
        model: the fitted model.
        rng: all randomness.
        rounds: how often the biases are corrected; each round draws the whole community.
    """
    seed = int(rng.integers(2**62))
    bias = np.log(model.popularity + 1e-9)
    bias -= bias.mean()
    insert = 0.5
    chosen = np.zeros((len(model.lengths), len(model.anime)), dtype=bool)
    for _ in range(rounds):
        # the same noise in every round, so that the rounds settle
        chosen = _lists(model, bias, insert, np.random.default_rng(seed))
        share = chosen.sum(axis=0) / chosen.sum()
        bias += 0.7 * np.log((model.popularity + 1e-6) / (share + 1e-6))
        insert = float(np.clip(insert + model.prequel_share - _prequels(chosen, model), 0, 1))
    rows, columns = np.nonzero(chosen)
    return Interactions.from_rows(
        IdMap(np.arange(1, len(model.lengths) + 1)),
        model.anime,
        rows,
        columns,
        _ratings(model, rows, columns, rng),
    ).without_empty()


def _lists(
    model: SyntheticModel,
    bias: Float64[np.ndarray, " items"],
    insert: float,
    rng: np.random.Generator,
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Draw each list without replacement (Gumbel top-n), then add what comes before sequels."""
    people, items = len(model.lengths), len(model.anime)
    chosen = np.zeros((people, items), dtype=bool)
    for first in range(0, people, BLOCK):
        part = slice(first, first + BLOCK)
        keys = model.tastes[part] @ model.factors.T + bias.astype(np.float32)
        keys -= np.log(-np.log(rng.random(keys.shape, dtype=np.float32) + 1e-12) + 1e-12)
        order = np.argsort(-keys, axis=1)
        for person, length in enumerate(model.lengths[part]):
            chosen[first + person, order[person, :length]] = True
        # in place of the person's last choices, so that lists keep their length
        missing = chosen[part][:, model.sequels[:, 1]] & ~chosen[part][:, model.sequels[:, 0]]
        missing &= rng.random(missing.shape) < insert
        for sequel_fan in np.flatnonzero(missing.any(axis=1)).tolist():
            wanted = np.unique(model.sequels[missing[sequel_fan], 0])
            listed = order[sequel_fan, : model.lengths[first + sequel_fan]]
            gone = listed[::-1][: wanted.size]
            chosen[first + sequel_fan, gone] = False
            chosen[first + sequel_fan, wanted[: gone.size]] = True
    return chosen


def _prequels(
    chosen: np.ndarray[tuple[int, int], np.dtype[np.bool_]], model: SyntheticModel
) -> float:
    earlier, later = chosen[:, model.sequels[:, 0]], chosen[:, model.sequels[:, 1]]
    return float((earlier & later).sum() / max(later.sum(), 1))


def _ratings(
    model: SyntheticModel,
    rows: Int64[np.ndarray, " n"],
    columns: Int64[np.ndarray, " n"],
    rng: np.random.Generator,
) -> Int64[np.ndarray, " n"]:
    """Cut a latent liking (anime, person, taste, chance) into the real histogram."""
    fit = np.einsum("nd,nd->n", model.tastes[rows], model.factors[columns])
    latent = (
        (model.liking[columns] - model.liking.mean())
        + (model.means[rows] - model.means.mean())
        + 0.25 * (fit - fit.mean()) / max(float(fit.std()), 1e-9)
        + rng.normal(scale=0.9, size=rows.size)
    )
    rank = np.empty(rows.size, dtype=np.int64)
    rank[np.argsort(latent, kind="stable")] = np.arange(rows.size)
    ends = np.rint(np.cumsum(model.histogram) * rows.size)
    ratings: Int64[np.ndarray, " n"] = 1 + np.searchsorted(ends[:-1], rank, side="right")
    return ratings


@dataclass(frozen=True, slots=True)
class SyntheticFidelity:
    """How much two tables of ratings resemble each other.

    Attributes:
        popularity: Pearson correlation of log(1 + ratings) over the anime; 1 is the same.
        lengths: Kolmogorov–Smirnov distance of the ratings per person; 0 is the same.
        histogram: total variation distance of the ratings 1 … 10; 0 is the same.
        prequels: difference of the shares of those who rated a sequel that rated what came before.
    """

    popularity: float
    lengths: float
    histogram: float
    prequels: float


def synthetic_fidelity(
    one: Interactions, other: Interactions, sequels: Int64[np.ndarray, "pairs 2"]
) -> SyntheticFidelity:
    """Compare two tables.

    Args:
        one, other: ratings in the same columns.
        sequels: pairs of item rows (earlier, later).
    """
    # per person, so that tables of different size compare
    counts = [t.item_degrees / max(len(t.users), 1) * 1000 for t in (one, other)]
    logs = [np.log1p(c) for c in counts]
    histograms = [
        np.bincount(t.ratings.astype(int), minlength=11)[1:] / len(t) for t in (one, other)
    ]
    grid = np.arange(1, max(int(t.user_degrees.max()) for t in (one, other)) + 1)
    below = [
        np.searchsorted(np.sort(t.user_degrees), grid, side="right") / len(t.users)
        for t in (one, other)
    ]
    shares = [prequel_share(t, sequels) for t in (one, other)]
    return SyntheticFidelity(
        float(np.corrcoef(logs[0], logs[1])[0, 1]),
        float(np.abs(below[0] - below[1]).max()),
        float(np.abs(histograms[0] - histograms[1]).sum() / 2),
        abs(shares[0] - shares[1]),
    )


def prequel_share(table: Interactions, sequels: Int64[np.ndarray, "pairs 2"]) -> float:
    """Return, over all who rated a sequel, the share that rated what came before it."""
    both = later = 0
    columns = table.to_scipy().tocsc()
    for earlier, after in sequels:
        who = columns.indices[columns.indptr[after] : columns.indptr[after + 1]]
        before = columns.indices[columns.indptr[earlier] : columns.indptr[earlier + 1]]
        later += who.size
        both += np.intersect1d(who, before, assume_unique=True).size
    return both / max(later, 1)


def nearest_real_list(
    drawn: Interactions, real: Interactions, least: int = 10
) -> Float64[np.ndarray, " people"]:
    """Return, for each drawn person, the largest Jaccard similarity to any real list.

    Args:
        drawn, real: tables in the same columns.
        least: real lists shorter than this are left out: any two can agree on three titles.
    """
    real = real.with_users(real.user_degrees >= least)
    theirs = real.to_scipy().toarray().T
    lengths = real.user_degrees.astype(np.float32)
    nearest = np.zeros(len(drawn.users))
    matrix = drawn.to_scipy()
    for first in range(0, len(drawn.users), BLOCK):
        block = matrix[first : first + BLOCK]
        common = block.toarray() @ theirs
        union = np.asarray(block.sum(axis=1)).reshape(-1, 1) + lengths - common
        nearest[first : first + BLOCK] = (common / np.maximum(union, 1)).max(axis=1)
    return nearest
