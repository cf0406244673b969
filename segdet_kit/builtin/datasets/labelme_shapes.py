"""The areas that LabelMe's shapes enclose, as COCO's segmentations."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_coco_eval.core import mask as rle
from PIL import Image

from segdet_kit.builtin.datasets.boxes import extent
from segdet_kit.errors import DataError
from segdet_kit.images import MAX_PIXELS

AREAS = {"polygon": 3, "rectangle": 2, "circle": 2, "mask": 2}
"""Kinds of shapes that are objects, and how many points each has at least."""
CIRCLE_POINTS = 64


@dataclass(frozen=True)
class Area:
    """A polygon ``[x1, y1, x2, y2, ...]`` in pixels, or for a mask its box, and its pixels (H, W) within."""

    points: list[float]
    pixels: npt.NDArray[np.uint8] | None = None


def area_of(shape: Mapping[str, Any], where: str) -> Area:
    """Return what a shape of one of the kinds ``AREAS`` encloses.

    A circle is a centre and a point on its line, and becomes a polygon. A mask is a PNG in base64, for the
    box of its first and last pixel. Raises ``DataError``, which begins with ``where``.
    """
    kind = shape.get("shape_type", "polygon")
    try:
        points = [(float(x), float(y)) for x, y in shape["points"]]
    except (TypeError, ValueError):
        raise DataError(f"{where} has points that are not two numbers each") from None
    if len(points) < AREAS[kind] or not all(math.isfinite(value) for point in points for value in point):
        raise DataError(f"{where} is a {kind} of {len(points)} points", f"it takes {AREAS[kind]} finite ones")
    if kind == "polygon" or len(points) == 4:  # a rectangle of newer versions has all its corners
        return Area([value for point in points for value in point])
    (x1, y1), (x2, y2) = points[:2]
    if kind == "rectangle":
        return Area([x1, y1, x2, y1, x2, y2, x1, y2])
    if kind == "circle":
        radius = math.hypot(x2 - x1, y2 - y1)
        angles = [2 * math.pi * step / CIRCLE_POINTS for step in range(CIRCLE_POINTS)]
        return Area(
            [value for a in angles for value in (x1 + radius * math.cos(a), y1 + radius * math.sin(a))]
        )
    pixels = _decoded(shape.get("mask"), where)
    left, top = round(x1), round(y1)
    return Area([left, top, left + pixels.shape[1], top + pixels.shape[0]], pixels)


def merged(areas: Sequence[Area], width: int, height: int) -> tuple[list[float], Any]:
    """Return the extent of several areas as one, and their union: polygons, or run lengths of a mask."""
    if all(area.pixels is None for area in areas):
        return extent([value for area in areas for value in area.points]), [area.points for area in areas]
    union = np.zeros((height, width), np.uint8)
    for area in areas:
        if area.pixels is None:
            union |= rle.decode(rle.frPyObjects([area.points], height, width)[0])
        else:
            left, top = int(area.points[0]), int(area.points[1])
            here = union[max(top, 0) :, max(left, 0) :]
            there = area.pixels[max(-top, 0) :, max(-left, 0) :]
            rows, columns = min(len(here), len(there)), min(here.shape[1], there.shape[1])
            here[:rows, :columns] |= there[:rows, :columns]
    encoded = rle.encode(np.asfortranarray(union))
    x, y, w, h = (float(value) for value in rle.toBbox(encoded))
    mask = {"size": [height, width], "counts": encoded["counts"].decode("ascii")}
    return [x, y, x + w, y + h], mask


def _decoded(text: Any, where: str) -> npt.NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True))) as stored:
            if stored.width * stored.height > MAX_PIXELS:
                raise DataError(f"{where} has a mask that claims {stored.width}x{stored.height} pixels")
            pixels = np.asarray(stored.convert("L"))
    except (TypeError, ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        raise DataError(f"{where} has a mask that is no PNG in base64") from None
    return (pixels > 0).astype(np.uint8)
