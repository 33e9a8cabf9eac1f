"""Label placement: cluster names at the densest point of each cluster, without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["HEIGHT", "WIDTH_OF_LETTER", "MapLabel", "densest_point", "place_labels"]

WIDTH_OF_LETTER, HEIGHT, PADDING = 6.9, 20.0, 4.0  # pixels, at a font size of 12
CLEARANCE = 13.0  # pixels around a kept-free point that no label may cover
# Offsets that are tried in this order: label widths to the right, lines up.
OFFSETS = ((0, 0), (0, 1), (0, -1), (0.5, 0), (-0.5, 0), (0, 2), (0, -2), (0.5, 1), (-0.5, -1),
           (0.5, -1), (-0.5, 1), (0, 3), (0, -3))  # fmt: skip
Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class MapLabel:
    """A label of the map.

    Attributes:
        text: the label.
        x, y: point that it labels, in units of the map.
        right, up: offset of the label from that point, in pixels.
        narrow: whether it also fits on a phone.
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
    """Return a point where a group is densest; unlike the mean it lies inside the group.

    Args:
        points: coordinates of the group's titles, at least one.
        low: lower left corner of the map.
        cell: side of the grid cells in which titles are counted.

    Returns:
        The mean of the titles in the densest 3 × 3 cells.
    """
    cells: Int64[np.ndarray, "titles two"] = np.floor((points - low) / cell).astype(np.int64)
    occupied, inverse = np.unique(cells, axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel())
    adjacent = np.abs(occupied[:, None] - occupied[None]).max(axis=2) <= 1
    best = occupied[(adjacent @ counts).argmax()]
    x, y = points[np.abs(cells - best).max(axis=1) <= 1].mean(axis=0)
    return float(x), float(y)


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    left, bottom, right, top = box
    return all(
        left >= other_right or right <= other_left or bottom >= other_top or top <= other_bottom
        for other_left, other_bottom, other_right, other_top in taken
    )


def _clearance(x: float, y: float) -> Box:
    return x - CLEARANCE, y - CLEARANCE, x + CLEARANCE, y + CLEARANCE


def place_labels(
    texts: Sequence[str],
    positions: Sequence[tuple[float, float]],
    *,
    wide: float,
    narrow: float,
    across: tuple[float, float],
    free: Sequence[tuple[float, float]] = (),
) -> list[MapLabel]:
    """Place labels greedily so that no two overlap; a label without room is left out.

    A label may stand up to three lines or half its width beside its point, and stays between the
    left and the right end of the map on a wide screen.

    Args:
        texts: labels, the most important first.
        positions: points that they label.
        wide: pixels per unit of the map on a wide screen.
        narrow: the same on a phone; labels that would overlap or be cut off there are marked.
        across: left and right end of the map.
        free: points that no label may cover.

    Returns:
        The labels that have room on a wide screen.
    """
    placed: list[MapLabel] = []
    wide_boxes: list[Box] = [_clearance(x * wide, y * wide) for x, y in free]
    narrow_boxes: list[Box] = [_clearance(x * narrow, y * narrow) for x, y in free]
    narrow_left, narrow_right = (end * narrow for end in across)
    wide_left, wide_right = (end * wide for end in across)
    for text, (x, y) in zip(texts, positions, strict=True):
        width = WIDTH_OF_LETTER * len(text) + PADDING
        for widths, lines in OFFSETS:
            up, middle = lines * HEIGHT, x * wide + widths * width
            right = max(min(middle, wide_right - width / 2), wide_left + width / 2) - x * wide
            wide_box, narrow_box = (
                (
                    x * scale + right - width / 2,
                    y * scale + up - HEIGHT / 2,
                    x * scale + right + width / 2,
                    y * scale + up + HEIGHT / 2,
                )
                for scale in (wide, narrow)
            )
            if _is_free(wide_box, wide_boxes):
                inside = narrow_left <= narrow_box[0] and narrow_box[2] <= narrow_right
                fits = inside and _is_free(narrow_box, narrow_boxes)
                wide_boxes.append(wide_box)
                if fits:
                    narrow_boxes.append(narrow_box)
                placed.append(MapLabel(text, x, y, right, up, fits))
                break
    return placed
