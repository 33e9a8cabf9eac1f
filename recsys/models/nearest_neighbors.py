"""Nearest neighbours: exact, by cosine or Euclidean distance, in blocks of rows.

Ties keep the order of the rows, and neither a tie nor the block size changes a result.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["cosine_neighbors", "nearest_indices", "similarity_blocks", "unit_vectors"]

BLOCK_ROWS = 512  # rows of the similarity matrix in memory at a time


def unit_vectors(vectors: Float32[np.ndarray, "items d"]) -> Float32[np.ndarray, "items d"]:
    """Return the vectors scaled to length 1, so that dot products are cosines; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Float32[np.ndarray, "items d"] = vectors / np.maximum(lengths, np.float32(1e-12))
    return result


def similarity_blocks(
    points: Float32[np.ndarray, "items d"], *, cosine: bool
) -> Iterator[tuple[slice, Float32[np.ndarray, "rows items"]]]:
    """Yield the similarities of the items to all items, in blocks of rows.

    Args:
        points: one vector per item.
        cosine: use xᵀy, the cosine of unit vectors; else xᵀy − |y|² / 2, which orders the items of
            a row as their Euclidean distance does.

    Yields:
        The rows of a block, and their similarities; −∞ between an item and itself.
    """
    half = np.float32(0) if cosine else 0.5 * (points * points).sum(axis=1)
    for start in range(0, len(points), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        similarity = points[rows] @ points.T
        similarity -= half
        own = np.arange(start, start + len(similarity))
        similarity[np.arange(len(similarity)), own] = -np.inf
        yield rows, similarity


def nearest_indices(
    similarity: Float32[np.ndarray, "rows items"], count: int
) -> Int64[np.ndarray, "rows neighbours"]:
    """Return the columns of the largest values of each row, the largest first.

    Args:
        similarity: a row per item.
        count: number of columns to return, at most the number of items.
    """
    nearest = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    nearest.sort(axis=1)  # ties stay in row order
    order = np.argsort(-np.take_along_axis(similarity, nearest, 1), axis=1, kind="stable")
    return np.take_along_axis(nearest, order, 1)


def cosine_neighbors(
    unit: Float32[np.ndarray, "items d"], count: int
) -> tuple[Int64[np.ndarray, "items neighbours"], Float32[np.ndarray, "items neighbours"]]:
    """Return the nearest items of each item by cosine, the nearest first.

    Args:
        unit: unit vectors, one per item.
        count: number of neighbours; an item is not its own neighbour.

    Returns:
        The rows of the neighbours, and their cosines.
    """
    neighbors, cosines = [], []
    for _, similarity in similarity_blocks(unit, cosine=True):
        block = nearest_indices(similarity, count)
        neighbors.append(block)
        cosines.append(np.take_along_axis(similarity, block, 1))
    return np.concatenate(neighbors), np.concatenate(cosines)
