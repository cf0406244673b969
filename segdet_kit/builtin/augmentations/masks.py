"""mmdet's instance masks, bitmaps and polygons: affine maps of them, and one to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely


def map_masks(
    masks: Any, matrix: np.ndarray, size: tuple[int, int], warp: Callable[[np.ndarray], np.ndarray]
) -> Any:
    """Map ``BitmapMasks`` by ``warp``, or ``PolygonMasks`` by the 2x3 ``matrix``, onto (height, width).

    Polygons are clipped to the image. One with no area, inside it or ever, is left as a point.
    """
    if isinstance(masks.masks, np.ndarray):
        return type(masks)([warp(mask) for mask in masks.masks], *size)
    window = shapely.box(0, 0, size[1], size[0])
    mapped = [
        [part.reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2] for part in polygons]
        for polygons in masks.masks
    ]
    return type(masks)([_clip(polygons, window) for polygons in mapped], *size)


def as_bitmaps(masks: Any) -> Any:
    """Return ``BitmapMasks`` of (N, H, W) uint8, drawn anew from ``PolygonMasks``."""
    if isinstance(masks.masks, np.ndarray):
        return masks
    drawn = masks.to_bitmap()
    drawn.masks = drawn.masks.astype(np.uint8)
    return drawn


def _clip(polygons: list[np.ndarray], window: shapely.Polygon) -> list[np.ndarray]:
    """Cut polygons (K, 2) to the window; the parts are flat arrays (x1, y1, x2, y2, ...)."""
    clipped = []
    for points in polygons:
        polygon = shapely.Polygon(points)
        if window.covers(polygon):
            clipped.append(points.ravel())
            continue
        inside = shapely.intersection(shapely.make_valid(polygon), window)
        clipped += [
            np.asarray(part.exterior.coords)[:-1].ravel()
            for part in shapely.get_parts(inside)
            if part.geom_type == "Polygon"
        ]
    return clipped or [np.zeros(6)]
