"""Boxes [x1, y1, x2, y2] in pixels."""

from __future__ import annotations

from collections.abc import Sequence


def extent(points: Sequence[float]) -> list[float]:
    """Return the smallest box around ``[x1, y1, x2, y2, ...]``."""
    return [min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2])]


ROUNDING = 1e-6
"""Pixels by which a length may be off that was written as a share of the image."""


def clipped(box: Sequence[float], width: int, height: int) -> list[float] | None:
    """Return what of a box lies in an image; None where that is less than a pixel wide or high."""
    x1, y1, x2, y2 = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
    return [x1, y1, x2, y2] if min(x2 - x1, y2 - y1) >= 1 - ROUNDING else None
