"""The objects of tiles as the objects of one image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from segdet_kit.results import Detections
from segdet_kit.tiling.grid import Span

if TYPE_CHECKING:
    Floats = npt.NDArray[np.float32]

SAME = 0.5
"""Objects of two tiles are one if the smaller one's box lies in the other's by more than this part."""
NEAR = 2
"""Pixels from the edge of a tile within which an object is taken for one that is cut."""


@dataclass(frozen=True)
class Found:
    """An object. ``box``: x1 y1 x2 y2 in the image. ``mask``: of some pixels of it, from ``corner``, their
    left and top. ``tile``: the number of the tile it was seen in; ``cut``: whether it ends at an edge of it
    inside of the image.
    """

    box: Floats
    label: int
    score: float
    tile: int
    cut: bool
    mask: npt.NDArray[np.bool_] | None = None
    corner: tuple[int, int] = (0, 0)


def found_in_tile(
    found: Detections, tile: int, row: Span, column: Span, shape: tuple[int, int]
) -> list[Found]:
    """Return the objects of a tile in the pixels of its image, of ``shape`` (height, width)."""
    assert found.scores is not None
    left, top = column.start, row.start
    height, width = shape
    inner = np.array([left > 0, top > 0, column.end < width, row.end < height])
    objects = []
    for index, box in enumerate(found.boxes):
        distance = np.abs(box - [0, 0, column.end - left, row.end - top])
        mask, corner = None, (left, top)
        if found.masks is not None:
            mask, (x, y) = _cropped(found.masks[index])
            corner = (left + x, top + y)
        shifted = box + np.array([left, top, left, top], np.float32)
        cut = bool((inner & (distance <= NEAR)).any())
        label, score = int(found.labels[index]), float(found.scores[index])
        objects.append(Found(shifted, label, score, tile, cut, mask, corner))
    return objects


def joined(objects: Sequence[Found], side: int) -> list[Found]:
    """Return each object once, the surest first. Whole ones are preferred to those that a tile cuts.

    Two of one tile are never taken for one: that the model has decided. An object that is larger than the
    overlap may be whole in no tile; its parts stay. ``side``: of a tile, and so the most of an object.
    """
    boxes = np.array([each.box for each in objects], np.float32).reshape(-1, 4)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    labels = np.array([each.label for each in objects], int)
    tiles = np.array([each.tile for each in objects], int)
    gone = np.zeros(len(objects), bool)
    nearby = _neighbours(boxes, side)
    kept = []
    for index in sorted(range(len(objects)), key=lambda index: (objects[index].cut, -objects[index].score)):
        if gone[index]:
            continue
        kept.append(objects[index])
        near = nearby(index)
        near = near[(labels[near] == labels[index]) & (tiles[near] != tiles[index])]
        same = _shared(boxes[near], boxes[index]) > SAME * np.minimum(areas[near], areas[index])
        gone[near[same]] = True
    return sorted(kept, key=lambda each: -each.score)


def _neighbours(boxes: Floats, side: int) -> Callable[[int], npt.NDArray[np.intp]]:
    """Return a function of a box's index, which gives those of all that can overlap it: boxes that are no
    larger than ``side`` have their middles in the same cell of that size, or in one beside it.
    """
    middles = ((boxes[:, :2] + boxes[:, 2:]) / (2 * side)).astype(int)
    cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for index, (x, y) in enumerate(middles.tolist()):
        cells[x, y].append(index)

    def near(index: int) -> npt.NDArray[np.intp]:
        x, y = middles[index].tolist()
        around = ((x + right, y + down) for right in (-1, 0, 1) for down in (-1, 0, 1))
        return np.array([each for cell in around for each in cells.get(cell, ())], np.intp)

    return near


def run_lengths(each: Found, shape: tuple[int, int]) -> dict[str, Any]:
    """Return the mask of an object as COCO's run lengths in an image of ``shape``, which is not made."""
    assert each.mask is not None
    height, width = shape
    left, top = each.corner
    columns, rows = np.nonzero(each.mask.T)
    places = (columns + left) * height + rows + top
    starts = places[np.diff(places, prepend=-2) != 1]
    ends = places[np.diff(places, append=places[-1:] + 2) != 1] + 1
    edges = np.stack([starts, ends], axis=1).ravel()
    counts = np.diff(edges, prepend=0, append=height * width)
    return {"size": [height, width], "counts": counts.tolist()}


def _cropped(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.bool_], tuple[int, int]]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return mask[:0, :0], (0, 0)
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy(), (int(columns[0]), int(rows[0]))


def _shared(boxes: Floats, box: Floats) -> Floats:
    wide = np.minimum(boxes[:, 2], box[2]) - np.maximum(boxes[:, 0], box[0])
    high = np.minimum(boxes[:, 3], box[3]) - np.maximum(boxes[:, 1], box[1])
    shared: Floats = wide.clip(0) * high.clip(0)
    return shared
