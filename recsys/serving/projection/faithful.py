"""How much of the full space a picture keeps: true neighbours, trustworthiness, continuity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int64, Shaped, UInt8

from recsys.serving.projection.value import Layout

__all__ = ["cosine_neighbours", "directions", "held_to", "kept_neighbours", "near", "strangeness"]

ROWS = 512  # of the table of all pairs, in memory at once


def directions(vectors: Float32[np.ndarray, "items d"]) -> Float32[np.ndarray, "items d"]:
    """Return vectors of length 1, whose products are cosines; a vector of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Float32[np.ndarray, "items d"] = vectors / np.maximum(lengths, np.float32(1e-12))
    return result


def _closeness(
    points: Float32[np.ndarray, "items d"], *, cosine: bool
) -> Iterator[tuple[slice, Float32[np.ndarray, "rows items"]]]:
    """Yield how close each item is to all others, larger is closer, some rows at a time.

    By the product of directions, or by −|x − y|² + |x|², which orders a row as distance does. An
    item is never close to itself.
    """
    half = np.float32(0) if cosine else 0.5 * (points * points).sum(axis=1)
    for start in range(0, len(points), ROWS):
        rows = slice(start, start + ROWS)
        close = points[rows] @ points.T
        close -= half
        own = np.arange(start, start + len(close))
        close[np.arange(len(close)), own] = -np.inf
        yield rows, close


def near(
    close: Float32[np.ndarray, "rows items"], count: int
) -> Int64[np.ndarray, "rows neighbours"]:
    """Return the columns of the largest values of each row, the largest first."""
    found = np.argpartition(-close, count - 1, axis=1)[:, :count]
    found.sort(axis=1)  # so that equals stand in the order of their rows
    order = np.argsort(-np.take_along_axis(close, found, 1), axis=1, kind="stable")
    return np.take_along_axis(found, order, 1)


def cosine_neighbours(
    unit: Float32[np.ndarray, "items d"], count: int
) -> tuple[Int64[np.ndarray, "items neighbours"], Float32[np.ndarray, "items neighbours"]]:
    """Return the nearest items by cosine, nearest first, and their cosines; exact.

    Args:
        unit: directions.
        count: how many neighbours of each; an item is none of its own.
    """
    rows, cosines = [], []
    for _, close in _closeness(unit, cosine=True):
        found = near(close, count)
        rows.append(found)
        cosines.append(np.take_along_axis(close, found, 1))
    return np.concatenate(rows), np.concatenate(cosines)


def kept_neighbours(
    true: Int64[np.ndarray, "items k"], drawn: Int64[np.ndarray, "items k"]
) -> UInt8[np.ndarray, " items"]:
    """Count the true neighbours of each item that are among those on the picture."""
    same = true[:, :, None] == drawn[:, None, :]
    counts: UInt8[np.ndarray, " items"] = same.any(axis=2).sum(axis=1).astype(np.uint8)
    return counts


def strangeness(
    close: Float32[np.ndarray, "rows items"],
    chosen: Int64[np.ndarray, "rows k"],
) -> float:
    """Sum how far beyond the k nearest the chosen items lie: Σ max(0, r(i, j) − k).

    Args:
        close: how close all items are to each of some.
        chosen: k items for each of them.
    """
    k = chosen.shape[1]
    ordered = np.sort(close, axis=1)
    items = close.shape[1]
    values = np.take_along_axis(close, chosen, 1)
    beyond = 0.0
    for row, value in zip(ordered, values, strict=True):
        rank = items - np.searchsorted(row, value, side="right") + 1
        beyond += float(np.maximum(rank - k, 0).sum())
    return beyond


def held_to(
    unit: Float32[np.ndarray, "items d"],
    true: Int64[np.ndarray, "items k"],
    points: Float32[np.ndarray, "items dimensions"],
    flat: Shaped[np.ndarray, "items two"] | None = None,
) -> Layout:
    """Hold a picture to the full space that it shows.

    With U_i the k nearest on the picture and r(i, j) the rank of j among the neighbours of i in
    the full space, trustworthiness is

        1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_{j∈U_i} max(0, r(i, j) − k).

    Continuity is the same with picture and space exchanged.

    Args:
        unit: directions in the full space, compared by cosine.
        true: the k nearest of each item there.
        points: the picture, compared by distance.
        flat: the part of the picture that is judged, where not all of it is.

    Source: Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001.
    """
    n, k = true.shape
    judged = (points if flat is None else flat).astype(np.float32)
    judged = judged - judged.mean(axis=0)
    drawn, torn = [], 0.0
    for rows, close in _closeness(judged, cosine=False):
        drawn.append(near(close, k))
        torn += strangeness(close, true[rows])
    on_picture = np.concatenate(drawn)
    strange = sum(
        strangeness(close, on_picture[rows]) for rows, close in _closeness(unit, cosine=True)
    )
    unit_of_loss = 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0))
    return Layout(
        points,
        kept_neighbours(true, on_picture),
        round(1.0 - unit_of_loss * strange, 6),
        round(1.0 - unit_of_loss * torn, 6),
    )
