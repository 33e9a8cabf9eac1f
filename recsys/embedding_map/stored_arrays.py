"""Stored arrays: validation of the arrays of a map or timeline that was read from a file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Shaped
from safetensors import SafetensorError

from recsys.defaults import MAP_NEIGHBORS
from recsys.embedding_map.types import MapLayout

__all__ = ["DECODE_ERRORS", "checked_array", "checked_layout"]

# what a damaged or foreign file raises while it is decoded
DECODE_ERRORS = (
    SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError,
    OverflowError, RecursionError,
)  # fmt: skip
_Array = Shaped[np.ndarray, "..."]


def checked_layout(
    points: _Array,
    preserved: _Array,
    quality: Sequence[float],
    shape: tuple[int, int],
    name: str,
) -> MapLayout:
    """Return a layout that was read from a file, once it is validated.

    Args:
        points: the positions.
        preserved: number of preserved neighbours of each item.
        quality: trustworthiness and continuity.
        shape: of the positions, (items, dimensions).
        name: for the message.

    Returns:
        The layout.

    Raises:
        ValueError: a shape, a type or a value is wrong.
    """
    points = checked_array(points, shape, "f", None, name)
    preserved = checked_array(preserved, shape[:1], "u", MAP_NEIGHBORS + 1, f"{name} kept")
    trustworthiness, continuity = (float(value) for value in quality)
    return MapLayout(
        points.astype(np.float32), preserved.astype(np.uint8), trustworthiness, continuity
    )


def checked_array(
    array: _Array, shape: tuple[int, ...], kinds: str, below: int | None, name: str
) -> _Array:
    """Return an array that was read from a file, once it is validated.

    Args:
        array: the array.
        shape: its shape.
        kinds: the NumPy kinds that its type may have: ``f``, ``u``, ``i``.
        below: an upper bound of integers, which must also be 0 or more; None for no bound.
        name: for the message.

    Returns:
        The array.

    Raises:
        ValueError: the shape, the type or a value is wrong.
    """
    if array.shape != shape or array.dtype.kind not in kinds:
        raise ValueError(f"{name} has the shape {array.shape} and the type {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity")
    if below is not None and array.size and not 0 <= array.min() <= array.max() < below:
        raise ValueError(f"{name} holds a number outside 0 to {below - 1}")
    return array
