"""Names on the map: where each group is densest, and no name over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["MapLabel", "densest_point", "place_labels"]

WIDTH_OF_LETTER, HEIGHT, AIR = 6.9, 20.0, 4.0  # pixels, at a size of 12
ROOM = 13.0  # pixels to each side of a place that no name may cover
OFFSETS = ((0, 0), (0, 1), (0, -1), (0.5, 0), (-0.5, 0), (0, 2), (0, -2), (0.5, 1), (-0.5, -1),
           (0.5, -1), (-0.5, 1), (0, 3), (0, -3))  # fmt: skip


@dataclass(frozen=True, slots=True)
class MapLabel:
    """A name at a place of the map.

    Attributes:
        text: the name.
        x, y: where its group is.
        right, up: pixels that the name stands beside it.
        narrow: it also has room on a phone.
    """

    text: str
    x: float
    y: float
    right: float
    up: float
    narrow: bool


def densest_point(
    points: Float32[np.ndarray, "titles two"], low: Float32[np.ndarray, " two"], cell: float
) -> tuple[float, float]:
    """Return where a group's titles stand closest: a mean outlier-proof and inside the group.

    Args:
        points: places of the group's titles, at least one.
        low: corner of the map.
        cell: side of the squares in which titles are counted.
    """
    at: Int64[np.ndarray, "titles two"] = np.floor((points - low) / cell).astype(np.int64)
    squares, where = np.unique(at, axis=0, return_inverse=True)
    counts = np.bincount(where.ravel())
    near = np.abs(squares[:, None] - squares[None]).max(axis=2) <= 1
    best = squares[(near @ counts).argmax()]
    x, y = points[np.abs(at - best).max(axis=1) <= 1].mean(axis=0)
    return float(x), float(y)


def _free(box: tuple[float, float, float, float], taken: Sequence[tuple[float, ...]]) -> bool:
    left, bottom, right, top = box
    return all(
        left >= east or right <= west or bottom >= north or top <= south
        for west, south, east, north in taken
    )


def _around(x: float, y: float) -> tuple[float, float, float, float]:
    return x - ROOM, y - ROOM, x + ROOM, y + ROOM


def place_labels(
    texts: Sequence[str],
    places: Sequence[tuple[float, float]],
    *,
    wide: float,
    narrow: float,
    across: tuple[float, float],
    free: Sequence[tuple[float, float]] = (),
) -> list[MapLabel]:
    """Place names, the first the surest, so that none covers another.

    A name may stand a line or two beside its group, and within the ends of the map at a desk; one
    that finds no room is left out.

    Args:
        texts: names, the most important first.
        places: where their groups are.
        wide: pixels per unit of the map at a desk.
        narrow: the same on a phone; names that would overlap there, or be cut off at its edge, are
            marked.
        across: left and right end of the map.
        free: places that no name may cover.
    """
    placed: list[MapLabel] = []
    at_desk: list[tuple[float, ...]] = [_around(x * wide, y * wide) for x, y in free]
    on_phone: list[tuple[float, ...]] = [_around(x * narrow, y * narrow) for x, y in free]
    left_end, right_end = (end * narrow for end in across)
    first, last = (end * wide for end in across)
    for text, (x, y) in zip(texts, places, strict=True):
        width = WIDTH_OF_LETTER * len(text) + AIR
        for aside, lines in OFFSETS:
            up, middle = lines * HEIGHT, x * wide + aside * width
            right = max(min(middle, last - width / 2), first + width / 2) - x * wide
            box, small = (
                (
                    x * scale + right - width / 2,
                    y * scale + up - HEIGHT / 2,
                    x * scale + right + width / 2,
                    y * scale + up + HEIGHT / 2,
                )
                for scale in (wide, narrow)
            )
            if _free(box, at_desk):
                inside = left_end <= small[0] and small[2] <= right_end
                roomy = inside and _free(small, on_phone)
                at_desk.append(box)
                if roomy:
                    on_phone.append(small)
                placed.append(MapLabel(text, x, y, right, up, roomy))
                break
    return placed
