"""Masks: as pixels, as COCO's segmentations, and as outlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from faster_coco_eval.core import mask as rle

Mask: TypeAlias = npt.NDArray[np.bool_]
Point: TypeAlias = tuple[int, int]
Ring: TypeAlias = list[Point]


def pixels(segmentation: Any, height: int, width: int) -> Mask:
    """Return the mask (H, W) of polygons or run lengths, as COCO's tools draw them."""
    if isinstance(segmentation, dict) and not isinstance(segmentation["counts"], list):
        encoded = segmentation
    elif isinstance(segmentation, dict):
        encoded = rle.frPyObjects(segmentation, height, width)
    else:
        polygons = [polygon for polygon in segmentation if len(polygon) >= 6]
        encoded = rle.merge(rle.frPyObjects(polygons, height, width))
    return np.asarray(rle.decode(encoded), dtype=bool)


def outline(segmentation: Any, height: int, width: int) -> list[float]:
    """Return one polygon ``[x1, y1, x2, y2, ...]`` that is drawn as the same pixels.

    What is one polygon within the image stays as it is. Otherwise the polygon runs along the pixels' edges;
    holes and further parts are reached on a way that is gone twice, there and back, and encloses nothing.
    Empty for a mask without a pixel.
    """
    if isinstance(segmentation, list) and len(segmentation) == 1 and len(segmentation[0]) >= 6:
        (points,) = segmentation
        if all(0 <= value <= (height if i % 2 else width) for i, value in enumerate(points)):
            return [float(value) for value in points]
    found = rings(pixels(segmentation, height, width))
    path = [point for ring in found[:1] for point in ring]
    for ring in found[1:]:
        path += [found[0][0], *ring, ring[0]]
    return [float(value) for point in (path + found[0][:1] if len(found) > 1 else path) for value in point]


def rings(mask: Mask) -> list[Ring]:
    """Return the closed lines (x, y) between a mask's pixels and the others, by their corners.

    A pixel belongs to the mask where an odd number of rings go around it.
    """
    padded = np.pad(mask, 1).astype(np.int8)
    ahead: dict[Point, list[Point]] = {}
    # Along every edge the mask lies to the right, as seen with y pointing down.
    for y, x in np.argwhere(np.diff(padded, axis=0)[:, 1:-1]).tolist():
        one, other = (x, y), (x + 1, y)
        below = padded[y + 1, x + 1]
        ahead.setdefault(one if below else other, []).append(other if below else one)
    for y, x in np.argwhere(np.diff(padded, axis=1)[1:-1]).tolist():
        one, other = (x, y), (x, y + 1)
        right = padded[y + 1, x + 1]
        ahead.setdefault(other if right else one, []).append(one if right else other)
    found = []
    while ahead:
        start = next(iter(ahead))
        ring = [start]
        point = _step(ahead, start)
        while point != start:
            ring.append(point)
            point = _step(ahead, point)
        found.append(_corners(ring))
    return found


def _step(ahead: dict[Point, list[Point]], point: Point) -> Point:
    ways = ahead[point]
    to = ways.pop()
    if not ways:
        del ahead[point]
    return to


def _corners(ring: Sequence[Point]) -> Ring:
    """Leave out the points at which a line goes straight on."""
    return [
        point
        for before, point, after in zip([ring[-1], *ring[:-1]], ring, [*ring[1:], ring[0]], strict=True)
        if (point[0] - before[0], point[1] - before[1]) != (after[0] - point[0], after[1] - point[1])
    ]
