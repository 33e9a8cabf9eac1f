"""Exact nearest neighbours of vectors, by cosine or Euclidean distance, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["cosine_neighbors", "nearest_indices", "similarity_blocks", "unit_vectors"]

ROWS = 512  # rows of the similarity matrix in memory at once


def unit_vectors(vectors: Float32[np.ndarray, "items d"]) -> Float32[np.ndarray, "items d"]:
    """Return vectors of length 1, whose products are cosines; a vector of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Float32[np.ndarray, "items d"] = vectors / np.maximum(lengths, np.float32(1e-12))
    return result


def similarity_blocks(
    points: Float32[np.ndarray, "items d"], *, cosine: bool
) -> Iterator[tuple[slice, Float32[np.ndarray, "rows items"]]]:
    """Yield the similarity of each item to all others, a block of rows at a time.

    Args:
        points: one vector an item.
        cosine: take the dot product of unit vectors; else xᵀy − |y|² / 2, which orders a row as
            Euclidean distance does.

    Yields:
        The rows of a block, and their similarities; −∞ of an item to itself.
    """
    half = np.float32(0) if cosine else 0.5 * (points * points).sum(axis=1)
    for start in range(0, len(points), ROWS):
        rows = slice(start, start + ROWS)
        close = points[rows] @ points.T
        close -= half
        own = np.arange(start, start + len(close))
        close[np.arange(len(close)), own] = -np.inf
        yield rows, close


def nearest_indices(
    similarity: Float32[np.ndarray, "rows items"], count: int
) -> Int64[np.ndarray, "rows neighbours"]:
    """Return the columns of the largest values of each row, the largest first."""
    nearest = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    nearest.sort(axis=1)  # ties stay in row order
    order = np.argsort(-np.take_along_axis(similarity, nearest, 1), axis=1, kind="stable")
    return np.take_along_axis(nearest, order, 1)


def cosine_neighbors(
    unit: Float32[np.ndarray, "items d"], count: int
) -> tuple[Int64[np.ndarray, "items neighbours"], Float32[np.ndarray, "items neighbours"]]:
    """Return the nearest items by cosine, nearest first, and their cosines; exact.

    Args:
        unit: directions.
        count: how many neighbours of each; an item is none of its own.
    """
    rows, cosines = [], []
    for _, close in similarity_blocks(unit, cosine=True):
        found = nearest_indices(close, count)
        rows.append(found)
        cosines.append(np.take_along_axis(close, found, 1))
    return np.concatenate(rows), np.concatenate(cosines)
